"""Another topic's listings into the topic `listings`, each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from consumer.backfill.ends import after_last_records
from consumer.errors import TransactionAborted
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.ownership import Ownership
from consumer.ports.records import OutRecord, Record, TopicPartition

_AT_ONCE = 2_000
_WAIT_S = 0.5


def copy_topic(
    source_topic: str,
    client: Mapping[str, Any],
    topic: str,
    group: str,
    *,
    progress: Callable[[int], None],
    asked_to_stop: Callable[[], bool],
) -> int:
    """Copy what the topic holds now and was not copied before: keys, values, headers, deletions.

    Args:
        source_topic: its values are Listings, its keys their ids; what is not becomes a dead letter later.
        client: librdkafka's settings.
        topic: `listings`.
        group: keeps the position, and is the transactional id.
        progress: told how many records are copied.
        asked_to_stop: looked at between two transactions.

    Returns:
        How many records were copied now.

    Raises:
        Misconfigured: there is no such topic.
        BrokerFault: Kafka fails; what was committed stays.
    """
    target = after_last_records(client, source_topic)
    sink = KafkaSink(client, group)
    with closing(KafkaSource(client, group)) as source, closing(sink):
        reached = {where: offset or 0 for where, offset in source.committed(list(target)).items()}
        held = Ownership()
        sink.open()
        source.subscribe([source_topic], _Listener(held))
        count = 0
        while any(reached[where] < end for where, end in target.items()) and not asked_to_stop():
            records = source.poll(_AT_ONCE, _WAIT_S)
            if not records:
                continue
            stamp = held.stamp({record.where for record in records})
            offsets = {record.where: record.offset + 1 for record in records}
            if not held.valid(stamp):
                continue
            try:
                sink.commit([_copied(record, topic) for record in records], offsets, source)
            except TransactionAborted:
                for where, first in _firsts(records).items():
                    source.seek(where, first)
                continue
            reached.update(offsets)
            count += len(records)
            progress(sum(min(reached[where], end) for where, end in target.items()))
        return count


class _Listener:
    def __init__(self, held: Ownership) -> None:
        self._held = held

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        self._held.assigned(partitions)

    def revoked(self, partitions: Sequence[TopicPartition], *, lost: bool) -> None:
        del lost  # nothing is unfinished between two polls
        self._held.gone(partitions)


def _copied(record: Record, topic: str) -> OutRecord:
    return OutRecord(topic, record.key, record.value, record.headers)


def _firsts(records: Sequence[Record]) -> dict[TopicPartition, int]:
    firsts: dict[TopicPartition, int] = {}
    for record in records:
        firsts.setdefault(record.where, record.offset)
    return firsts
