"""A member that keeps its partitions while it is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from consumer.kafka.source import KafkaSource
from consumer.ports.records import TopicPartition
from tests.integration.kafka.real_log import RealLog
from tests.integration.stream.waiting import eventually


@dataclass
class Member:
    """A source and what it was told of its partitions."""

    source: KafkaSource
    held: set[TopicPartition] = field(default_factory=set)
    told: int = 0

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        self.held |= set(partitions)
        self.told += 1

    def revoked(self, partitions: Sequence[TopicPartition], *, lost: bool) -> None:
        assert not lost
        self.held -= set(partitions)
        self.told += 1


Join = Callable[[str], Member]


@pytest.fixture
def join(kafka_bootstrap: str) -> Iterator[Join]:
    """Static members of one group over a topic of four partitions, which may be away for a minute."""
    log = RealLog(kafka_bootstrap)
    topic = log.topic(partitions=4)
    members: list[Member] = []

    def one(instance: str) -> Member:
        source = KafkaSource(log.config, f"static-{log.unique}", instance=instance, away_s=60.0)
        members.append(Member(source))
        source.subscribe([topic], members[-1])
        return members[-1]

    yield one
    for member in members:
        member.source.close()


def test_a_static_member_that_comes_back_finds_its_partitions_and_moves_nobodys(join: Join) -> None:
    """It left without a word and is back under the same name: the other one noticed nothing."""
    first, second = join("one"), join("two")
    eventually(lambda: _polled(first, second) and len(first.held) == len(second.held) == 2, "two each")
    mine, told = set(first.held), second.told

    first.source.close()
    back = join("one")
    eventually(lambda: _polled(back, second) and back.held == mine, "it has its own again")
    assert second.told == told


def _polled(*members: Member) -> bool:
    for member in members:
        member.source.poll(10, 0.05)
    return True
