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

{{/* The parts of a pod that all of them share; call with a dictionary:
  root, name (of the container), args, settings (of its own), resources; account (its name, or none before there is
  one); port and probes of what serves; state (an emptyDir's size, or none where a claim has that name). */}}
{{- define "skutwin.pod" -}}
{{- $root := .root -}}
{{- with .account }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "skutwin.podSecurity" $root | nindent 2 }}
containers:
  - name: {{ .name }}
    image: {{ include "skutwin.image" $root | quote }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args: {{ toJson .args }}
    securityContext:
      {{- include "skutwin.containerSecurity" $root | nindent 6 }}
    env:
      - name: SKUTWIN_INSTANCE
        valueFrom:
          fieldRef: {fieldPath: metadata.name}
      - {name: SKUTWIN_OPS_HOST, value: "0.0.0.0"}
      - {name: SKUTWIN_OPS_PORT, value: "9464"}
      - {name: SKUTWIN_SERVE_HOST, value: "0.0.0.0"}
      - {name: SKUTWIN_SERVE_PORT, value: "9465"}
      - {name: SKUTWIN_CACHE_DIR, value: /var/lib/skutwin/cache}
      {{- include "skutwin.environment" (list $root .settings) | trim | nindent 6 }}
    {{- with .port }}
    ports:
      - {name: {{ .name }}, containerPort: {{ .number }}, protocol: TCP}
    {{- end }}
    {{- with .probes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    resources:
      {{- toYaml .resources | nindent 6 }}
    volumeMounts:
      {{- include "skutwin.mounts" $root | trim | nindent 6 }}
      - {name: state, mountPath: /var/lib/skutwin}
volumes:
  {{- include "skutwin.volumes" $root | trim | nindent 2 }}
  {{- with .state }}
  - name: state
    emptyDir: {sizeLimit: {{ . }}}
  {{- end }}
{{- end -}}

{{/* Where pods of this kind like to be; call with the root, the component and its values. */}}
{{- define "skutwin.placement" -}}
{{- $root := index . 0 -}}
{{- $own := index . 2 -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "skutwin.selector" $root | nindent 8 }}
        app.kubernetes.io/component: {{ index . 1 }}
{{- with $own.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
