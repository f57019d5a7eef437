"""A real Apache Kafka for the integration tests: one KRaft node from its Maven jars, on free loop-back ports.

`SKUTWIN_TEST_BOOTSTRAP` names a running cluster instead; without Maven and a JDK a Docker engine serves.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.integration.services import ServiceMissing

ROOT = Path(__file__).resolve().parents[2]
POM = ROOT / "tests" / "services" / "kafka" / "pom.xml"
START_DEADLINE_S = 60.0

# One node that starts at once, forgets nobody for long, and looks for stuck transactions every second.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
num.partitions=1
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
log.cleaner.backoff.ms=1000
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=500
log.retention.check.interval.ms=5000
"""


class KafkaBroker:
    """One broker process that tests may stop, kill and start again on the same data and ports."""

    def __init__(self, libs: Path, home: Path) -> None:
        self._libs = libs
        self._home = home
        self._port, self._controller_port = _free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self._formatted = False

    @property
    def bootstrap(self) -> str:
        """Its address; the same after a restart."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Format the storage the first time, start, and wait until it answers."""
        self._home.mkdir(parents=True, exist_ok=True)
        properties = self._home / "server.properties"
        if not self._formatted:
            properties.write_text(
                PROPERTIES.format(
                    port=self._port, controller_port=self._controller_port, data=self._home / "data"
                )
            )
            cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
            subprocess.run(
                [
                    *self._java("kafka.tools.StorageTool"),
                    "format",
                    f"--cluster-id={cluster}",
                    "-c",
                    str(properties),
                ],
                check=True,
                capture_output=True,
                timeout=START_DEADLINE_S,
            )
            self._formatted = True
        with (self._home / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java("kafka.Kafka"), str(properties)], stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """Shut down in order, or after a while not."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start on the same data and ports."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let it stand still: connections stay and nothing answers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _java(self, main: str) -> list[str]:
        options = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        quiet = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        return ["java", *options, *quiet, "-cp", f"{self._libs}/*", main]

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"the broker ended:\n{self._log_tail()}")
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.1)  # until the port is open there is nothing to wait on
                continue
            _wait_for_metadata(self.bootstrap, deadline)
            return
        raise RuntimeError(f"the broker was not ready within {START_DEADLINE_S:.0f} s:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        return (self._home / "broker.log").read_text(errors="replace")[-3000:]


def _wait_for_metadata(bootstrap: str, deadline: float) -> None:
    while True:
        try:
            AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(timeout=5)
        except KafkaException:
            if time.monotonic() > deadline:
                raise
        else:
            return


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


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


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
    port, controller_port = _free_ports(2)
    properties = PROPERTIES.format(port=port, controller_port=controller_port, data="/var/lib/kafka/data")
    container = core.DockerContainer(f"apache/kafka:{_pom_version()}").with_bind_ports(port, port)
    for line in properties.replace("PLAINTEXT://127.0.0.1", "PLAINTEXT://0.0.0.0", 1).splitlines():
        name, _, value = line.partition("=")
        container = container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    with container:
        bootstrap = f"127.0.0.1:{port}"
        _wait_for_metadata(bootstrap, time.monotonic() + START_DEADLINE_S)
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
        broker = KafkaBroker(kafka_libs(), tmp_path_factory.mktemp("kafka"))
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
    broker = KafkaBroker(kafka_libs(), tmp_path / "kafka")
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
