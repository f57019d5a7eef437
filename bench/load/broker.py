"""A real Kafka of one's own: one KRaft node from its jars, on free loop-back ports; for benches and tests."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

START_DEADLINE_S = 60.0
_STOP_S = 20.0
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""
"""Of a node that starts at once and is alone."""


class KafkaBroker:
    """One broker process that may be stopped, killed and started again on the same data and ports.

    Args:
        libs: the folder of Apache Kafka's jars.
        home: a folder of its own, made if it is missing.
        more: lines of its properties besides `PROPERTIES`.
    """

    def __init__(self, libs: Path, home: Path, more: str = "") -> None:
        self._libs = libs
        self._home = home
        self._properties = PROPERTIES + more
        self._port, self._controller_port = free_ports(2)
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
                self._properties.format(
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
            process.wait(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=_STOP_S)

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
            wait_for_metadata(self.bootstrap, deadline)
            return
        raise RuntimeError(f"the broker was not ready within {START_DEADLINE_S:.0f} s:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        return (self._home / "broker.log").read_text(errors="replace")[-3000:]


def wait_for_metadata(bootstrap: str, deadline: float) -> None:
    """Until a broker there answers, at most to this moment of the monotonic clock.

    Raises:
        KafkaException: none does.
    """
    while True:
        try:
            AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(timeout=5)
        except KafkaException:
            if time.monotonic() > deadline:
                raise
        else:
            return


@contextmanager
def kafka(libs: Path, home: Path) -> Iterator[str]:
    """The address of a broker that runs while the context is open.

    Args:
        libs: the folder of Apache Kafka's jars, such as the tests fetch to `.cache/kafka-…/libs`.
        home: a folder of its own.

    Raises:
        RuntimeError: it did not start.
    """
    if not libs.is_dir() or not list(libs.glob("kafka_2*.jar")):
        raise RuntimeError(
            f"{libs} holds no jars of Apache Kafka: run `make integration` once, which fetches them,"
            " or name a cluster with --bootstrap"
        )
    broker = KafkaBroker(libs, home)
    try:
        broker.start()
        yield broker.bootstrap
    finally:
        broker.stop()


def free_ports(count: int) -> list[int]:
    """Ports at which nobody listens at the moment."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports
