"""A real Kafka of the bench's own: one KRaft node from its jars, on free loop-back ports."""

from __future__ import annotations

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

_START_S = 60.0
_STOP_S = 20.0
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={home}/data
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


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
    home.mkdir(parents=True)
    port, controller = free_ports(2)
    properties = home / "server.properties"
    properties.write_text(_PROPERTIES.format(port=port, controller=controller, home=home))
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    storage = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(properties)]
    subprocess.run([*_java(libs), *storage], check=True, capture_output=True, timeout=_START_S)
    with (home / "broker.log").open("ab") as log:
        process = subprocess.Popen(
            [*_java(libs), "kafka.Kafka", str(properties)], stdout=log, stderr=log, start_new_session=True
        )
    try:
        _answers(f"127.0.0.1:{port}", process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_S)


def free_ports(count: int) -> list[int]:
    """Ports at which nobody listens at the moment."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def _java(libs: Path) -> list[str]:
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return ["java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", quiet, "-cp", f"{libs}/*"]


def _answers(bootstrap: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(timeout=2)
        except KafkaException as err:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the broker at {bootstrap} did not start; see its broker.log") from err
        else:
            return
