"""How far a group must have come to have read all that a topic holds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from consumer.kafka.offsets import Offsets
from consumer.kafka.state_reader import KafkaStateReader
from consumer.ports.records import TopicPartition

_TIMEOUT_S = 8.0
_FIRST_LOOK = 4
_AT_ONCE = 2_000
_WAIT_S = 0.2


def after_last_records(client: Mapping[str, Any], topic: str) -> dict[TopicPartition, int]:
    """The offset behind the last committed record of each partition; 0 where there is none.

    The end of a partition is no measure: behind the last record stand the markers of transactions, which no
    group ever commits.

    Raises:
        Misconfigured: there is no such topic.
        BrokerFault: Kafka does not answer.
    """
    offsets = Offsets(client)
    partitions = offsets.partitions([topic], _TIMEOUT_S)
    ends = offsets.ends(partitions, "read_committed", _TIMEOUT_S)
    found = {where: 0 for where, end in ends.items() if not end}
    look = _FIRST_LOOK
    while len(found) < len(partitions):
        left = {where: max(0, end - look) for where, end in ends.items() if where not in found}
        last = _last(client, topic, {**ends, **left}, {where: ends[where] for where in left})
        found.update({where: offset + 1 for where, offset in last.items()})
        found.update({where: 0 for where, start in left.items() if not start and where not in last})
        look *= 8
    return found


def _last(
    client: Mapping[str, Any],
    topic: str,
    start: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """The last record's offset of each partition that has one between its start and its end."""
    last: dict[TopicPartition, int] = {}
    with closing(KafkaStateReader(client, [topic], start=start)) as reader:
        while not reader.reached(ends):
            for record in reader.poll(_AT_ONCE, _WAIT_S):
                if record.where in ends and record.offset < ends[record.where]:
                    last[record.where] = record.offset
    return last
