"""The Helm chart, rendered by helm with several values, against the schemas of what it asks a cluster for."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from consumer.settings import load_settings
from tests.integration.deploy.chart import (
    CHART,
    KUBERNETES,
    VALUES,
    ChartRefused,
    Resource,
    environment,
    of_kind,
    pods,
    rendered,
)

FULL = next(path for path in VALUES if path.stem == "full")
each_values = pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
CUSTOM = {"ServiceMonitor", "PrometheusRule", "ScaledObject"}


@each_values
def test_helm_finds_nothing_to_complain_about(helm: Path, values: Path) -> None:
    """`helm lint --strict` passes."""
    command = [helm, "lint", "--strict", "--kube-version", KUBERNETES, "-f", values, CHART]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@each_values
@pytest.mark.parametrize("version", ["1.27", "1.31", "1.34"])
def test_every_resource_is_what_kubernetes_takes(helm: Path, values: Path, version: str) -> None:
    """By the schemas of three releases, strictly: a field that is not there is refused."""
    standard = [one for one in rendered(helm, values) if one["kind"] not in CUSTOM]
    assert len(standard) >= 3
    for resource in standard:
        kubernetes_validate.validate(resource, version, strict=True)


def test_kedas_and_the_prometheus_operators_resources_are_what_they_take(helm: Path) -> None:
    """By the packages' models of them: what a model drops or changes is no field of theirs."""
    from cloudcoil.models.keda.v1alpha1 import ScaledObject  # noqa: PLC0415 (seconds to import)
    from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor  # noqa: PLC0415

    models = {
        "ScaledObject": ScaledObject,
        "PrometheusRule": PrometheusRule,
        "ServiceMonitor": ServiceMonitor,
    }
    custom = [one for one in rendered(helm, FULL) if one["kind"] in CUSTOM]
    assert {one["kind"] for one in custom} == CUSTOM
    for resource in custom:
        read = models[resource["kind"]].model_validate(resource)
        assert read.model_dump(by_alias=True, exclude_unset=True, mode="json") == resource


@each_values
def test_every_pod_is_what_the_restricted_profile_admits(helm: Path, values: Path) -> None:
    """Kubernetes' Pod Security Standards, the restricted one, and a root that cannot be written besides."""
    found = dict(pods(rendered(helm, values)))
    assert found
    for name, pod in found.items():
        spec = pod["spec"]
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] > 0
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        assert spec["automountServiceAccountToken"] is False
        kinds = {kind for volume in spec["volumes"] for kind in volume if kind != "name"}
        assert kinds <= {"emptyDir", "secret", "configMap", "persistentVolumeClaim", "projected"}
        for container in spec["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False
            assert own["readOnlyRootFilesystem"] is True
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert not any("hostPort" in port for port in container.get("ports", []))


@each_values
def test_every_pod_is_given_settings_that_exist(
    helm: Path, values: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a pod gets is loaded as the process would, numbers and lists as they were meant."""
    for pod in (pod for _, pod in pods(rendered(helm, values))):
        with monkeypatch.context() as around:
            for variable, value in environment(pod).items():
                around.setenv(variable, value)
            settings = load_settings()
        assert settings.milvus_uri.startswith("http")
        if values == FULL:
            assert settings.cache_max_bytes == 2**31
            assert settings.picture_ports == (80, 443, 8443)
            assert settings.kafka_security["sasl.mechanism"] == "SCRAM-SHA-512"
            assert settings.artifact == Path("/artifact/2026-11/mine")


@each_values
def test_a_pods_name_is_its_instance_and_probes_ask_pages_that_exist(helm: Path, values: Path) -> None:
    """A name that stays when the pod starts anew, and one page for each of the three probes."""
    roles = of_kind(rendered(helm, values), "StatefulSet")
    assert {name.rpartition("-")[2] for name in roles} == {"embed", "match"}
    for role in roles.values():
        (container,) = role["spec"]["template"]["spec"]["containers"]
        instance = next(one for one in container["env"] if one["name"] == "SKUTWIN_INSTANCE")
        assert instance["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
        asked = {probe: container[probe]["httpGet"] for probe in container if probe.endswith("Probe")}
        assert asked == {
            "startupProbe": {"path": "/startupz", "port": "metrics"},
            "livenessProbe": {"path": "/livez", "port": "metrics"},
            "readinessProbe": {"path": "/readyz", "port": "metrics"},
        }
        assert ("SKUTWIN_STATIC_MEMBER_S" in environment(role["spec"]["template"])) == (
            container["name"] == "embed"
        )
        assert environment(role["spec"]["template"])["SKUTWIN_OPS_PORT"] == str(
            container["ports"][0]["containerPort"]
        )
        assert {"requests", "limits"} <= container["resources"].keys()


def test_secrets_come_by_reference_alone(helm: Path) -> None:
    """Nothing that is secret stands in a resource; a password among the values is refused."""
    for _, pod in pods(rendered(helm, FULL)):
        given = {
            one["name"]: one["valueFrom"] for one in pod["spec"]["containers"][0]["env"] if "value" not in one
        }
        assert given["SKUTWIN_MILVUS_TOKEN"] == {"secretKeyRef": {"name": "milvus", "key": "token"}}
        assert given["SKUTWIN_KAFKA__SASL_PASSWORD"]["secretKeyRef"]["name"] == "kafka-user"
    for assignment in ('settings.milvus_token="x"', 'settings.kafka={"sasl.password":"x"}'):
        with pytest.raises(ChartRefused, match="settings"):
            rendered(helm, None, assignment)


@pytest.mark.parametrize(
    ("assignment", "named"),
    [
        ("settings.kafka_bootstrapp=1", "kafka_bootstrapp"),
        ('settings.milvus_uri="./milvus.db"', "milvus_uri"),
        ("embed.replicas=-1", "replicas"),
        ("listingsPartitions=0", "listingsPartitions"),
        ("terminationGracePeriodSeconds=1", "terminationGracePeriodSeconds"),
        ("embedd.replicas=1", "embedd"),
        ('autoscaling={"enabled":true}', "embeddingVersion"),
        (
            'autoscaling={"enabled":true,"embeddingVersion":"a","minReplicas":9}',
            "minReplicas is 9, and listingsPartitions 8",
        ),
    ],
)
def test_wrong_values_are_refused_by_name(helm: Path, assignment: str, named: str) -> None:
    """By the values' schema, or by what two of them say of one another."""
    with pytest.raises(ChartRefused, match=named):
        rendered(helm, None, assignment)


def test_embedders_grow_with_the_lag_up_to_the_partitions(helm: Path) -> None:
    """KEDA counts the embed group's lag and nobody else says how many there are."""
    resources = rendered(helm, FULL)
    (scaled,) = of_kind(resources, "ScaledObject").values()
    target = of_kind(resources, "StatefulSet")[scaled["spec"]["scaleTargetRef"]["name"]]
    assert "replicas" not in target["spec"]
    assert target["metadata"]["name"].endswith("-embed")
    assert (scaled["spec"]["minReplicaCount"], scaled["spec"]["maxReplicaCount"]) == (2, 12)
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"]["consumerGroup"] == "shop.skutwin-embed-0a1b2c3d"
    assert trigger["metadata"]["topic"] == "shop.listings"
    assert all(isinstance(value, str) for value in trigger["metadata"].values())
    (job,) = of_kind(resources, "Job").values()
    words = job["spec"]["template"]["spec"]["containers"][0]["args"]
    assert words[words.index("--partitions") + 1] == "12"


def test_what_selects_pods_selects_those_of_the_release(helm: Path) -> None:
    """Service, budgets, policies and monitor find the pods, or the service, that they are for, and no job."""
    resources = rendered(helm, FULL)
    labels = {name: pod["metadata"]["labels"] for name, pod in pods(resources)}
    fits = partial(_selected, labels)
    services = of_kind(resources, "Service")
    service = services["shop-skutwin"]
    roles = {"shop-skutwin-embed", "shop-skutwin-match"}
    assert fits(service["spec"]["selector"]) == roles
    assert fits(services["shop-skutwin-serve"]["spec"]["selector"]) == {"shop-skutwin-serve"}
    for name, budget in of_kind(resources, "PodDisruptionBudget").items():
        assert fits(budget["spec"]["selector"]["matchLabels"]) == {name}
    for name, policy in of_kind(resources, "NetworkPolicy").items():
        assert fits(policy["spec"]["podSelector"]["matchLabels"]) == {name}
    (monitor,) = of_kind(resources, "ServiceMonitor").values()
    wanted = monitor["spec"]["selector"]["matchLabels"]
    scraped = [one for one in services.values() if wanted.items() <= one["metadata"]["labels"].items()]
    assert scraped == [service]
    assert {port["name"] for port in service["spec"]["ports"]} >= {monitor["spec"]["endpoints"][0]["port"]}


def test_an_index_is_built_anew_only_when_somebody_asks(helm: Path) -> None:
    """The job is there to be started by hand, with the matchers' settings, and is no match itself."""
    (job,) = of_kind(rendered(helm), "CronJob").values()
    assert job["spec"]["suspend"] is True
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["reindex"]
    assert "SKUTWIN_MILVUS_URI" in {one["name"] for one in container["env"]}


def test_a_pod_reaches_what_its_role_needs_and_no_more(helm: Path) -> None:
    """The matcher reaches no picture server, the embedder no private network by a picture's URL."""
    policies = of_kind(rendered(helm), "NetworkPolicy")
    ports = {
        name.rpartition("-")[2]: {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
        for name, policy in policies.items()
    }
    assert ports == {
        "embed": {53, 9092, 80, 443},
        "match": {53, 9092, 19530},
        "reindex": {53, 9092, 19530},
        "doctor": {53, 9092, 19530},
        "topics": {53, 9092},
    }
    web = next(
        rule
        for rule in policies["shop-skutwin-embed"]["spec"]["egress"]
        if {port["port"] for port in rule["ports"]} == {80, 443}
    )
    refused = {network for peer in web["to"] for network in peer["ipBlock"]["except"]}
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "172.16.0.0/12", "fc00::/7"} <= refused


def _selected(labels: dict[str, Resource], wanted: dict[str, Any]) -> set[str]:
    return {name for name, held in labels.items() if wanted.items() <= held.items()}
