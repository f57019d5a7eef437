{{/* Names: of the release, shortened so that a role and an ordinal still fit behind. */}}
{{- define "skutwin.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "skutwin.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "skutwin.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "skutwin.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "skutwin.labels" -}}
{{ include "skutwin.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "skutwin.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* What Kubernetes' restricted profile asks of a pod, and of a container. */}}
{{- define "skutwin.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "skutwin.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* A value as a setting is written: lists parted by commas, whole numbers without an exponent. */}}
{{- define "skutwin.plain" -}}
{{- if kindIs "slice" . -}}
{{- range $place, $each := . }}{{ if $place }},{{ end }}{{ include "skutwin.plain" $each }}{{ end -}}
{{- else if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- printf "%.0f" . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* Settings as environment; call with the root and a role's own settings. */}}
{{- define "skutwin.environment" -}}
{{- $root := index . 0 -}}
{{- range $name, $value := merge (deepCopy (index . 1)) $root.Values.settings }}
{{- if kindIs "map" $value }}
{{- range $key, $held := $value }}
- name: SKUTWIN_{{ upper $name }}__{{ $key | upper | replace "." "_" }}
  value: {{ include "skutwin.plain" $held | quote }}
{{- end }}
{{- else }}
- name: SKUTWIN_{{ upper $name }}
  value: {{ include "skutwin.plain" $value | quote }}
{{- end }}
{{- end }}
{{- range $name, $where := $root.Values.secretSettings }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef: {name: {{ $where.secret }}, key: {{ $where.key | quote }}}
{{- end }}
{{- if $root.Values.artifact.existingClaim }}
- name: SKUTWIN_ARTIFACT
  value: {{ printf "/artifact/%s" $root.Values.artifact.path | trimSuffix "/" | quote }}
{{- end }}
{{- end -}}

{{- define "skutwin.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if .Values.artifact.existingClaim }}
- {name: artifact, mountPath: /artifact, readOnly: true}
{{- end }}
{{- range $number, $file := .Values.secretFiles }}
- {name: secret-{{ $number }}, mountPath: {{ $file.path | quote }}, readOnly: true}
{{- end }}
{{- end -}}

{{- define "skutwin.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
{{- with .Values.artifact.existingClaim }}
- name: artifact
  persistentVolumeClaim: {claimName: {{ . }}, readOnly: true}
{{- end }}
{{- range $number, $file := .Values.secretFiles }}
- name: secret-{{ $number }}
  secret: {secretName: {{ $file.secret }}}
{{- end }}
{{- end -}}
