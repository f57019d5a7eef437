"""What the drift commands read, on a real Kafka."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from consumer.deadletters.reading import read_to_end
from consumer.drift.sample import Sample, listings_from, newest_listings
from consumer.drift.told import Told
from consumer.kafka.offsets import Offsets
from consumer.kafka.state_reader import KafkaStateReader
from consumer.ports.clock import SystemClock
from consumer.ports.log import StateReader
from consumer.ports.records import TopicPartition

Started = Callable[[str, int], Callable[[int], None]]
"""Begins a stage of a given length, and gives what to tell its progress to."""

_TIMEOUT_S = 8.0


def told_on_kafka(config: Mapping[str, Any], topic: str) -> Told:
    """All that the topic `drift` says now; `config` is from `client_config`.

    Raises:
        Misconfigured: the topic is missing.
        BrokerFault: the broker does not answer.
    """

    def reader(topics: Sequence[str]) -> StateReader:
        return KafkaStateReader(config, topics)

    return Told.of(read_to_end(reader, topic, SystemClock()))


def sample_on_kafka(
    config: Mapping[str, Any], topic: str, started: Started, *, last: int, since: datetime | None = None
) -> Sample:
    """The newest listings of the inner log.

    Args:
        config: from `client_config`.
        topic: the inner log.
        started: shows the progress.
        last: at most so many.
        since: only what was written from then on.

    Raises:
        Misconfigured: the topic is missing.
        BrokerFault: the broker does not answer.
    """
    offsets, clock = Offsets(config), SystemClock()
    partitions = offsets.partitions([topic], _TIMEOUT_S)
    ends = offsets.ends(partitions, "read_uncommitted", _TIMEOUT_S)
    starts = dict.fromkeys(partitions, 0)
    if since is not None:
        starts = offsets.since(partitions, int(since.timestamp() * 1000), _TIMEOUT_S)
    length = sum(end - starts[where] for where, end in ends.items())
    progress = started("read the newest listings", max(1, length if since else min(length, 2 * last)))

    def open_at(begin: Mapping[TopicPartition, int]) -> StateReader:
        return KafkaStateReader(config, [topic], start=begin)

    if since is not None:
        return listings_from(open_at, starts, ends, clock, last=last, progress=progress)
    return newest_listings(open_at, ends, clock, last=last, progress=progress)
