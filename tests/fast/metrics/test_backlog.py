"""How old the oldest waiting record is, as the backlog shows it."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from consumer.backlog import Backlog
from consumer.kafka.memory import MemoryBroker, MemorySource
from consumer.metrics import Metrics
from consumer.ports.records import Record, TopicPartition
from tests.fast.clocks import HandClock

TOPIC, LATER = "listings", "later"
ONE, TWO, PUT_BACK = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1), TopicPartition(LATER, 0)


class Group:
    """One member that reads two topics, and what it shows."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker(self.clock)
        self.broker.create_topic(TOPIC, 2)
        self.broker.create_topic(LATER, 1)
        self.registry = CollectorRegistry()
        self.backlog = Backlog("embed", Metrics(self.registry, self.clock), self.clock, put_back=[LATER])
        self.source = MemorySource(self.broker, "group")
        self.source.subscribe([TOPIC, LATER], self)
        self.polled: list[Record] = []
        self.source.poll(1, 0)

    def assigned(self, partitions: list[TopicPartition]) -> None:
        self.backlog.assigned(partitions)

    def revoked(self, partitions: list[TopicPartition], *, lost: bool) -> None:  # noqa: ARG002 (the port's)
        self.backlog.gone(partitions)

    def write(self, where: TopicPartition) -> None:
        self.broker.produce(where.topic, b"k", b"v", partition=where.partition)

    def poll(self, count: int = 10) -> None:
        records = self.source.poll(count, 0)
        self.backlog.polled(records)
        self.polled += records

    def commit(self) -> None:
        self.backlog.committed(self.polled, {r.where: r.offset + 1 for r in self.polled})
        self.polled = []

    def look(self) -> None:
        """As a loop does that has turned for longer than the time between two looks."""
        self.clock.advance(6)
        self.backlog.look(self.source)

    def age_s(self) -> float | None:
        shown = self.registry.get_sample_value("skutwin_caught_up_to_timestamp_seconds", {"role": "embed"})
        return None if shown is None else self.clock.now_ms() / 1000 - shown

    def lag(self, where: TopicPartition) -> float | None:
        labels = {"role": "embed", "topic": where.topic, "partition": str(where.partition)}
        return self.registry.get_sample_value("skutwin_lag_records", labels)


@pytest.fixture
def group() -> Group:
    return Group()


def test_who_has_read_and_committed_all_is_caught_up_to_now(group: Group) -> None:
    """An idle night makes nothing old."""
    group.write(ONE)
    group.poll()
    group.commit()
    group.clock.advance(8 * 3600)
    group.look()
    assert group.age_s() == 0
    assert group.lag(ONE) == group.lag(TWO) == 0


def test_what_was_polled_and_not_committed_grows_old(group: Group) -> None:
    """A batch that hangs is as old as its first record, whether anything turns or not."""
    group.clock.advance(2)
    group.write(ONE)
    group.poll()
    group.clock.advance(40)
    assert group.age_s() == 40
    group.look()
    assert group.age_s() == 46


def test_a_backlog_is_as_old_as_the_last_record_done(group: Group) -> None:
    """Of what was not even read nothing is younger than what was."""
    for _ in range(3):
        group.write(ONE)
        group.clock.advance(10)
    group.poll(1)
    group.commit()
    assert group.age_s() == 30
    group.look()
    assert group.age_s() == 36
    assert group.lag(ONE) == 2


def test_the_most_belated_partition_counts(group: Group) -> None:
    """One partition that is done does not hide another that is not."""
    group.write(TWO)
    group.clock.advance(20)
    group.write(ONE)
    group.poll()
    first = [record for record in group.polled if record.where == ONE]
    group.backlog.committed(first, {ONE: 1})
    assert group.age_s() == 20


def test_what_waits_on_purpose_makes_nothing_late(group: Group) -> None:
    """A retry before its time has a lag, and no age."""
    group.write(PUT_BACK)
    group.clock.advance(500)
    group.poll()
    group.look()
    assert group.age_s() == 0
    group.commit()
    group.look()
    assert group.lag(PUT_BACK) == 0


def test_what_went_to_another_member_is_shown_no_more(group: Group) -> None:
    """A gauge that nobody moves would raise an alarm for ever."""
    group.write(ONE)
    group.poll()
    group.commit()
    group.look()
    assert group.lag(ONE) == 0
    group.source.close()
    assert group.lag(ONE) is None
    assert group.age_s() is None


def test_a_timestamp_from_the_future_counts_as_now(group: Group) -> None:
    """A producer's clock that is ahead hides no backlog."""
    ahead = Record(TOPIC, 0, 0, group.clock.now_ms() + 3_600_000, b"k", b"v", ())
    group.backlog.polled([ahead])
    group.clock.advance(70)
    assert group.age_s() == 70
