"""The Compose file against what it starts: settings, ports, folders, and the versions that tests run on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from consumer.settings import load_settings
from consumer.settings.settings import Settings
from tests.fast.deploy.files import DEPLOY, ROOT, compose, ours, read, refusal, services
from tests.integration.milvus_server import PACKAGES

OPS_PORT = Settings.model_fields["ops_port"].default
SERVE_PORT = Settings.model_fields["serve_port"].default
PUBLISHED = {"kafka": 29092, "milvus": 19530, "prometheus": 9090, "grafana": 3000, "serve": SERVE_PORT}


def test_all_that_was_promised_is_there() -> None:
    """Broker, index with its two stores, both roles, listings, metrics and dashboards."""
    wanted = {"kafka", "milvus", "etcd", "minio", "embed", "match", "listings", "prometheus", "grafana"}
    assert wanted <= set(services())


@pytest.mark.parametrize("name", sorted(services()))
def test_an_image_is_pinned_to_one_release(name: str) -> None:
    """A tag that moves would start something else next month; our own image is built here."""
    _, colon, tag = services()[name]["image"].partition(":")
    if name in ours():
        assert services()[name]["build"]["context"] == ".."
        return
    assert colon
    assert re.search(r"\d+[.-]\d+", tag), tag
    assert not re.search(r"latest|main|nightly|dev", tag)


def test_kafka_and_milvus_are_of_the_versions_that_tests_run_on() -> None:
    """Nothing else of them has been seen to work."""
    pom = ET.parse(ROOT / "tests" / "services" / "kafka" / "pom.xml").getroot()  # noqa: S314 (our own file)
    assert services()["kafka"]["image"] == f"apache/kafka:{pom.findtext('.//{*}kafka.version')}"
    tested = dict(package.split("==") for package in PACKAGES if "==" in package)
    assert services()["milvus"]["image"] == f"milvusdb/milvus:v{tested['milvus']}"


@pytest.mark.parametrize("name", sorted(ours()))
def test_each_of_our_services_gets_settings_that_exist(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in its environment is loaded as the process would, which refuses what it does not know."""
    for variable in [name for name in os.environ if name.startswith("SKUTWIN_")]:
        monkeypatch.delenv(variable)
    for variable, value in ours()[name]["environment"].items():
        assert variable.startswith("SKUTWIN_")
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.kafka_bootstrap == "kafka:9092"
    assert ("SKUTWIN_MILVUS_URI" in ours()[name]["environment"]) == (name == "match")


@pytest.mark.parametrize("name", sorted(ours()))
def test_each_of_our_services_runs_a_command_that_exists(name: str) -> None:
    """Its commands and options are looked up in the command line itself."""
    words = [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", word) for word in ours()[name]["command"]]
    assert not refusal(words)


def test_addresses_name_services_and_the_ports_that_they_listen_on() -> None:
    """Kafka's listener inside the network, Milvus' port, and the consumers' ops port for Prometheus."""
    kafka = services()["kafka"]["environment"]
    assert "INSIDE://:9092" in kafka["KAFKA_LISTENERS"].split(",")
    assert "INSIDE://kafka:9092" in kafka["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert ours()["match"]["environment"]["SKUTWIN_MILVUS_URI"] == "http://milvus:19530"
    scraped = read(DEPLOY / "compose" / "prometheus.yml")["scrape_configs"]
    looked_up = {
        (name, lookup["port"])
        for config in scraped
        for lookup in config["dns_sd_configs"]
        for name in lookup["names"]
    }
    assert looked_up == {("embed", OPS_PORT), ("match", OPS_PORT)}
    datasource = read(DEPLOY / "compose" / "grafana" / "datasources" / "prometheus.yml")["datasources"][0]
    assert datasource["url"] == "http://prometheus:9090"


def test_ports_are_open_to_this_machine_alone() -> None:
    """Nothing here asks for a password, so nothing may be reached from elsewhere."""
    published = {name: one["ports"] for name, one in services().items() if "ports" in one}
    assert published == {name: [f"127.0.0.1:{port}:{port}"] for name, port in PUBLISHED.items()}


def test_every_mounted_file_and_volume_is_there() -> None:
    """A missing source would silently become an empty folder."""
    for source, _ in _mounts():
        if source.startswith("."):
            assert (DEPLOY / source).exists(), source
        else:
            assert source in compose()["volumes"]


def test_configuration_points_at_where_it_is_mounted() -> None:
    """Prometheus finds its file and rules, Grafana its dashboards and the one that it opens with."""
    targets = dict(_mounts())
    command = " ".join(services()["prometheus"]["command"])
    assert f"--config.file={targets['./compose/prometheus.yml']}" in command
    (rules,) = read(DEPLOY / "compose" / "prometheus.yml")["rule_files"]
    inside = _inside(rules, targets)
    assert list(inside.parent.glob(inside.name)), rules
    (provider,) = read(DEPLOY / "compose" / "grafana" / "dashboards" / "skutwin.yml")["providers"]
    assert list(_inside(provider["options"]["path"], targets).glob("*.json"))
    home = services()["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert _inside(home, targets).is_file()


@pytest.mark.parametrize("name", sorted(ours()))
def test_our_services_may_write_nothing_and_hold_no_rights(name: str) -> None:
    """The root is read-only, no capability is left, and none can be gained."""
    service = ours()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(folder.startswith("/tmp") for folder in service["tmpfs"])  # noqa: S108 (a tmpfs of the container)


def test_nobody_starts_before_what_it_needs() -> None:
    """Topics before roles, a healthy broker and index before both, roles before listings."""
    wanted = {
        "topics": {"kafka": "service_healthy"},
        "embed": {"topics": "service_completed_successfully"},
        "match": {"topics": "service_completed_successfully", "milvus": "service_healthy"},
        "serve": {"topics": "service_completed_successfully"},
        "listings": {"embed": "service_healthy", "match": "service_healthy"},
        "milvus": {"etcd": "service_healthy", "minio": "service_healthy"},
    }
    for name, before in wanted.items():
        told = {other: how["condition"] for other, how in services()[name]["depends_on"].items()}
        assert told == before
        for other, condition in before.items():
            checked = "healthcheck" in services()[other] or other in ours()  # the image brings its own
            assert checked or condition != "service_healthy"


def _mounts() -> Iterator[tuple[str, str]]:
    for service in services().values():
        for mount in service.get("volumes", []):
            source, target, *_ = mount.split(":")
            yield source, target


def _inside(path: str, targets: dict[str, str]) -> Path:
    """The file of this repository that a path inside a container is."""
    source, target = max(
        ((source, target) for source, target in targets.items() if Path(path).is_relative_to(target)),
        key=lambda mount: len(mount[1]),
    )
    return DEPLOY / source / Path(path).relative_to(target)


def test_a_word_that_is_none_would_be_noticed() -> None:
    """Neither a command nor an option that is mistyped passes for one."""
    assert refusal(["topics", "creat"])
    assert refusal(["run", "--rôle", "embed"])
    assert not refusal(["run", "--role=embed"])
