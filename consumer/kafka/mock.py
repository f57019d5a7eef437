"""The demo's embedded broker: librdkafka's mock cluster in a child process.

It serves other processes over TCP and needs neither Java nor Docker. Groups, rebalances, plain commits, reads
and topics with a given number of partitions work. What does not: it accepts transactions without keeping
them, so that offsets sent in one are not stored and aborted records are shown; nothing is compacted or
written to a disk; it has no configurations, no topic ids and no controller, so that admin requests time out
(`list_topics` and `list_offsets` answer). Good for a demo, no ground for a guarantee.

`python -m consumer.kafka.mock TOPIC:PARTITIONS…` prints its address and lives until its standard input ends.
"""

from __future__ import annotations

import ctypes
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import confluent_kafka

from consumer.errors import BrokerFault

CLUSTER_PREFIX = "mockCluster"  # of a mock cluster's id; a real one's is 22 characters of base64
_START_S = 20.0
_PRODUCER = 0  # rd_kafka_type_t


@contextmanager
def mock_cluster(topics: Mapping[str, int] | None = None) -> Iterator[str]:
    """Start one in a child process; yields its bootstrap address.

    Args:
        topics: partitions by name; others come into being on their first use, with four.

    Raises:
        BrokerFault: the child did not start.
    """
    child = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-m", "consumer.kafka.mock", *(f"{name}:{n}" for name, n in (topics or {}).items())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a Ctrl-C is for us; the child follows when we are gone
    )
    try:
        yield _address_of(child)
    finally:
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _address_of(child: subprocess.Popen[str]) -> str:
    if child.stdout is None:
        raise RuntimeError("the child was started without a pipe")
    ready, _, _ = select.select([child.stdout], [], [], _START_S)
    address = child.stdout.readline().strip() if ready else ""
    if not address:
        raise BrokerFault(f"the embedded broker did not start within {_START_S:.0f} s")
    return address


def _librdkafka() -> ctypes.CDLL:
    """The library that confluent-kafka has loaded; its C calls for mock clusters have no Python face."""
    package = Path(confluent_kafka.__file__).parent
    for pattern in ("../confluent_kafka.libs/librdkafka*.so*", ".dylibs/librdkafka*.dylib"):
        for path in sorted(package.glob(pattern)):
            return ctypes.CDLL(str(path))
    raise BrokerFault("confluent-kafka was not installed from a wheel: its librdkafka cannot be found")


def _start(topics: Sequence[tuple[str, int]]) -> str:
    library = _librdkafka()
    library.rd_kafka_conf_new.restype = ctypes.c_void_p
    library.rd_kafka_new.restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    quiet = ctypes.c_void_p(library.rd_kafka_conf_new())
    library.rd_kafka_conf_set(quiet, b"log_level", b"0", None, 0)
    holder = ctypes.c_void_p(library.rd_kafka_new(_PRODUCER, quiet, None, 0))
    cluster = ctypes.c_void_p(library.rd_kafka_mock_cluster_new(holder, 1))
    if not cluster:
        raise BrokerFault("librdkafka could not start its mock cluster")
    library.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)
    for name, partitions in topics:
        code = library.rd_kafka_mock_topic_create(cluster, name.encode(), partitions, 1)
        if code:
            raise BrokerFault(f"librdkafka's mock cluster refused the topic {name} (error {code})")
    address: bytes = library.rd_kafka_mock_cluster_bootstraps(cluster)
    return address.decode()


def main(arguments: Sequence[str]) -> None:
    """Serve until standard input ends."""
    topics = [(name, int(partitions)) for name, _, partitions in (each.rpartition(":") for each in arguments)]
    sys.stdout.write(_start(topics) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
