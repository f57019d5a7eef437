"""A file's listings into the topic `listings`, each exactly once, however often the process is killed.

How far the file has been read is committed with the listings themselves, in one Kafka transaction: as the
offset of a group that nobody joins, named after the file's content. So it needs no state on this machine, and
goes on from another one; it is forgotten with the broker's `offsets.retention.minutes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka import Consumer, KafkaException, Producer

from consumer.backfill.listing_lines import BadLine, Line, lines
from consumer.errors import Misconfigured
from consumer.kafka.config import member_config, transactional_config
from consumer.kafka.faults import fault_of
from consumer.kafka.source import KafkaSource
from consumer.ports.records import TopicPartition

_CALL_S = 30.0
_AT_ONCE = 1_000
_AT_ONCE_BYTES = 8 * 2**20


@dataclass(slots=True)
class Published:
    """What became of a file.

    Attributes:
        lines: that were published now; those of an earlier run are in the topic already.
        bad: refused lines.
        pictures_left_out: why; their listings went on without them.
    """

    lines: int = 0
    bad: list[BadLine] = field(default_factory=list)
    pictures_left_out: list[BadLine] = field(default_factory=list)


def file_id(path: Path) -> str:
    """16 hex digits of the file's content.

    Raises:
        Misconfigured: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
    except OSError as err:
        raise Misconfigured(f"{path}: {err.strerror or err}") from None


def publish_file(
    path: Path,
    url_of: Callable[[str], str],
    client: Mapping[str, Any],
    topic: str,
    group: str,
    *,
    progress: Callable[[int], None],
    asked_to_stop: Callable[[], bool],
) -> Published:
    """Publish what of the file is not in the topic yet.

    Args:
        path: JSON lines in the Listing contract.
        url_of: from a picture's file name to its URL; raises `PictureFault`.
        client: librdkafka's settings.
        topic: `listings`.
        group: keeps the position, and is the transactional id: a second process with this file ends this one.
        progress: told the byte that it has come to.
        asked_to_stop: looked at between two transactions.

    Raises:
        BrokerFault: Kafka fails; what was committed stays.
        Misconfigured: Kafka refuses, or the file cannot be read.
    """
    where = TopicPartition(topic, 0)
    published = Published()
    with closing(KafkaSource(client, group)) as member:
        start = member.committed([where])[where] or 0
    progress(start)
    writer = _Writer(client, topic, group)
    with closing(writer):
        for batch in _batches(lines(path, start, url_of)):
            if asked_to_stop():
                break
            writer.commit([line for line in batch if line.listing is not None], batch[-1].end)
            for line in batch:
                published.lines += line.listing is not None
                published.bad += line.bad
                published.pictures_left_out += line.left_out
            progress(batch[-1].end)
    return published


class _Writer:
    def __init__(self, client: Mapping[str, Any], topic: str, group: str) -> None:
        self._client, self._topic = client, topic
        self._where = TopicPartition(topic, 0)
        self._producer = Producer({**transactional_config(client, group), "linger.ms": 20})
        # Without a member the brokers fence nobody by it; the transactional id does.
        self._consumer = Consumer(member_config(client, group, None))
        self._call("opening the file's transactional id", self._producer.init_transactions)

    def commit(self, batch: Sequence[Line], end: int) -> None:
        """One transaction: these listings, and the byte to go on at."""
        producer, offset = self._producer, confluent_kafka.TopicPartition(*self._where, end)
        try:
            producer.begin_transaction()
            for line in batch:
                producer.produce(self._topic, key=line.key, value=line.listing)
                producer.poll(0)
        except KafkaException as exc:
            raise fault_of(exc.args[0], "publishing listings", self._client) from exc
        metadata = self._consumer.consumer_group_metadata()
        self._call(
            "committing listings",
            lambda limit: producer.send_offsets_to_transaction([offset], metadata, limit),
        )
        self._call("committing listings", producer.commit_transaction)

    def close(self) -> None:
        self._consumer.close()

    def _call(self, what: str, call: Callable[[float], object]) -> None:
        try:
            call(_CALL_S)
        except KafkaException as exc:
            raise fault_of(exc.args[0], what, self._client) from exc


def _batches(given: Iterator[Line]) -> Iterator[list[Line]]:
    """Batches that a transaction holds with ease; a last one of bad lines alone still moves the position."""
    batch: list[Line] = []
    size = 0
    for line in given:
        batch.append(line)
        size += len(line.listing or b"")
        if len(batch) >= _AT_ONCE or size >= _AT_ONCE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
