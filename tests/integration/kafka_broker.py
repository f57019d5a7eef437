"""A real Apache Kafka for the integration tests: one KRaft node from its Maven jars, on free loop-back ports.

`SKUTWIN_TEST_BOOTSTRAP` names a running cluster instead; without Maven and a JDK a Docker engine serves.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.load.broker import PROPERTIES, START_DEADLINE_S, KafkaBroker, free_ports, wait_for_metadata
from tests.integration.services import ServiceMissing

__all__ = ["KafkaBroker", "kafka_bootstrap", "kafka_broker", "kafka_libs", "own_broker"]

ROOT = Path(__file__).resolve().parents[2]
POM = ROOT / "tests" / "services" / "kafka" / "pom.xml"

# Forgets nobody for long, and looks for stuck transactions every second.
MORE = """\
num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.min.session.timeout.ms=500
log.cleaner.backoff.ms=1000
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=500
log.retention.check.interval.ms=5000
"""


def own_broker(home: Path) -> KafkaBroker:
    """A broker for tests, not started yet.

    Raises:
        ServiceMissing: no JDK or no Maven.
    """
    return KafkaBroker(kafka_libs(), home, MORE)


def kafka_libs() -> Path:
    """The folder of the broker's jars, fetched through Maven the first time.

    Raises:
        ServiceMissing: no JDK or no Maven.
    """
    version = _pom_version()
    folder = ROOT / ".cache" / f"kafka-{version}"
    libs = folder / "libs"
    if shutil.which("java") is None:
        raise ServiceMissing("Apache Kafka", _HOW)
    if libs.is_dir():
        return libs
    if shutil.which("mvn") is None:
        raise ServiceMissing("Apache Kafka", _HOW)
    fetched = folder.with_name(f"{folder.name}.{os.getpid()}")
    subprocess.run(
        [
            "mvn",
            "-q",
            "-B",
            "-f",
            str(POM),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={fetched / 'libs'}",
        ],
        check=True,
        timeout=600,
    )
    try:
        fetched.rename(folder)  # at one moment, so that a broken fetch is never taken for a whole one
    except OSError:
        shutil.rmtree(fetched)  # another test run was first
    return libs


_HOW = (
    "install a JDK (17 or later) and Maven (Debian: apt-get install openjdk-17-jdk-headless maven), "
    "or a Docker engine with `pip install testcontainers`, "
    "or set SKUTWIN_TEST_BOOTSTRAP=host:port to a cluster that tests may write to"
)


def _pom_version() -> str:
    found = ET.parse(POM).getroot().findtext(".//{*}kafka.version")  # noqa: S314 (our own file)
    assert found is not None
    return found


def _in_docker() -> Iterator[str]:
    """A broker through testcontainers.

    Raises:
        ServiceMissing: no engine answers, or the library is not installed.
    """
    engine = shutil.which("docker")
    if engine is None or subprocess.run([engine, "info"], capture_output=True, check=False).returncode:
        raise ServiceMissing("Apache Kafka", _HOW)
    try:
        core = importlib.import_module("testcontainers.core.container")
    except ImportError as err:
        raise ServiceMissing("Apache Kafka", _HOW) from err
    port, controller_port = free_ports(2)
    properties = (PROPERTIES + MORE).format(
        port=port, controller_port=controller_port, data="/var/lib/kafka/data"
    )
    container = core.DockerContainer(f"apache/kafka:{_pom_version()}").with_bind_ports(port, port)
    for line in properties.replace("PLAINTEXT://127.0.0.1", "PLAINTEXT://0.0.0.0", 1).splitlines():
        name, _, value = line.partition("=")
        container = container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    with container:
        bootstrap = f"127.0.0.1:{port}"
        wait_for_metadata(bootstrap, time.monotonic() + START_DEADLINE_S)
        yield bootstrap


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Kafka.

    Raises:
        ServiceMissing: there is none and none can be started.
    """
    given = os.environ.get("SKUTWIN_TEST_BOOTSTRAP")
    if given:
        yield given
        return
    try:
        broker = own_broker(tmp_path_factory.mktemp("kafka"))
    except ServiceMissing:
        yield from _in_docker()
        return
    try:
        broker.start()
        yield broker.bootstrap
    finally:
        broker.stop()


@pytest.fixture
def kafka_broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker of the test's own, for faults.

    Raises:
        ServiceMissing: it needs a JDK and Maven.
    """
    broker = own_broker(tmp_path / "kafka")
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
