from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence

import pytest

from consumer.errors import BrokerFault, Fenced, Misconfigured, OutcomeUnknown, TransactionAborted
from consumer.kafka.memory import MemoryBroker, MemorySink, MemorySource, MemoryStateReader, Moment
from consumer.kafka.memory_log import TransactionState
from consumer.ports.log import Sink, Source
from consumer.ports.records import Headers, OutRecord, TopicPartition
from tests.fast.clocks import HandClock
from tests.log_suite import Assigned, LogSuite, out, take, values


class MemoryLog:
    """`LogUnderTest` over the broker in memory."""

    def __init__(self, *, hears_late: bool = False) -> None:
        self.broker = MemoryBroker(HandClock())
        self._hears_late = hears_late
        self._names = itertools.count()

    def topic(self, partitions: int = 1) -> str:
        name = f"topic-{next(self._names)}"
        self.broker.create_topic(name, partitions)
        return name

    def source(self, group: str) -> MemorySource:
        return MemorySource(self.broker, group, hears_late=self._hears_late)

    def sink(self, transactional_id: str) -> Sink:
        return MemorySink(self.broker, transactional_id)

    def state_reader(self, topics: Sequence[str]) -> MemoryStateReader:
        return MemoryStateReader(self.broker, topics)

    def produce(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        self.broker.produce(topic, key, value, headers, partition=partition)

    def leave_open(self, transactional_id: str, records: Sequence[OutRecord]) -> None:
        transaction = self.broker.begin(transactional_id, self.broker.initialise(transactional_id))
        for record in records:
            self.broker.produce(record.topic, record.key, record.value, transaction=transaction)

    def expel(self, source: Source) -> None:
        assert isinstance(source, MemorySource)
        source.expel()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


class TestMemoryLog(LogSuite):
    """The shared suite."""


class TestMemoryLogWithLateNews(LogSuite):
    """The shared suite, with members that learn of a rebalance in their next poll only."""

    @pytest.fixture
    def log(self) -> MemoryLog:
        return MemoryLog(hears_late=True)


class Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("moment", list(Moment))
def test_a_death_inside_a_commit_shows_all_or_nothing(log: MemoryLog, moment: Moment) -> None:
    """Wherever the process dies, its successor finds records and offset together, or neither."""
    into, topic = log.topic(), log.topic()
    log.produce(into, b"k", b"in")
    source = log.source("group")
    source.subscribe([into], Assigned())
    where = take(source, 1)[0].where

    def die(now: Moment) -> None:
        if now is moment:
            raise Killed

    sink = MemorySink(log.broker, "id", die)
    sink.open()
    with pytest.raises(Killed):
        sink.commit(out(topic, "x"), {where: 1}, source)
    log.sink("id").open()
    committed = moment is Moment.AFTER_COMMIT
    assert values(log.broker.records(topic)) == ([b"x"] if committed else [])
    assert log.broker.committed("group", where) == (1 if committed else None)
    sink.hook = lambda _: None
    with pytest.raises(Fenced):
        sink.commit(out(topic, "zombie"), {}, source)


def test_an_abort_inside_a_commit_leaves_the_sink_usable(log: MemoryLog) -> None:
    """A hook that aborts hides that transaction, and the next one commits."""
    into, topic = log.topic(), log.topic()
    source = log.source("group")
    source.subscribe([into], Assigned())
    aborts = iter([True, False])

    def abort(now: Moment) -> None:
        if now is Moment.AFTER_PRODUCE and next(aborts):
            raise TransactionAborted("for a test")

    sink = MemorySink(log.broker, "id", abort)
    sink.open()
    with pytest.raises(TransactionAborted):
        sink.commit(out(topic, "hidden"), {}, source)
    sink.commit(out(topic, "shown"), {}, source)
    assert values(log.broker.records(topic)) == [b"shown"]
    assert values(log.broker.records(topic, "read_uncommitted")) == [b"hidden", b"shown"]


def test_an_unknown_outcome_after_the_commit_is_a_commit(log: MemoryLog) -> None:
    """What is raised after the commit takes nothing back."""
    into, topic = log.topic(), log.topic()
    source = log.source("group")
    source.subscribe([into], Assigned())

    def forget(now: Moment) -> None:
        if now is Moment.AFTER_COMMIT:
            raise OutcomeUnknown("for a test")

    sink = MemorySink(log.broker, "id", forget)
    sink.open()
    with pytest.raises(OutcomeUnknown):
        sink.commit(out(topic, "x"), {}, source)
    assert values(log.broker.records(topic)) == [b"x"]


def test_a_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced(log: MemoryLog) -> None:
    """The coordinator's time-out ends the transaction of a frozen process."""
    into, topic = log.topic(), log.topic()
    source = log.source("group")
    source.subscribe([into], Assigned())

    def freeze(now: Moment) -> None:
        if now is Moment.BEFORE_COMMIT:
            log.broker.time_out("id")

    sink = MemorySink(log.broker, "id", freeze)
    sink.open()
    with pytest.raises(Fenced):
        sink.commit(out(topic, "x"), {}, source)
    assert log.broker.records(topic) == []


def test_compaction_keeps_the_last_committed_record_of_each_key_and_its_offset(log: MemoryLog) -> None:
    """Aborted records save nobody, offsets stay, and a reader still reaches the end."""
    topic = log.topic()
    for key, value in ((b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"b", None)):
        log.produce(topic, key, value)
    log.leave_open("id", [OutRecord(topic, b"a", b"aborted")])
    log.broker.time_out("id")
    log.broker.compact(topic)
    assert [(r.offset, r.key, r.value) for r in log.broker.records(topic)] == [
        (2, b"a", b"2"),
        (3, b"b", None),
    ]
    log.broker.compact(topic, drop_tombstones=True)
    assert [(r.offset, r.value) for r in log.broker.records(topic)] == [(2, b"2")]
    assert log.broker.latest(topic).keys() == {b"a"}
    reader = log.state_reader([topic])
    assert values(reader.poll(9, 0)) == [b"2"]
    assert reader.reached(reader.ends())


def test_compaction_leaves_what_an_open_transaction_holds_up(log: MemoryLog) -> None:
    """Nothing past the last stable offset is compacted: the transaction may yet be aborted."""
    topic = log.topic()
    log.produce(topic, b"a", b"1")
    log.leave_open("id", [OutRecord(topic, b"a", b"2")])
    log.broker.compact(topic)
    log.broker.time_out("id")
    assert values(log.broker.records(topic)) == [b"1"]


def test_a_pending_offset_is_not_answered(log: MemoryLog) -> None:
    """While a transaction holds a group's offset, nobody is told an old one (KIP-447)."""
    topic = log.topic()
    log.produce(topic, b"k", b"v")
    where = TopicPartition(topic, 0)
    epoch = log.broker.initialise("id")
    log.broker.begin("id", epoch).offsets["group"] = {where: 1}
    source, listener = log.source("group"), Assigned()
    source.subscribe([topic], listener)
    assert source.poll(1, 0) == []
    assert listener.owned == {where}
    with pytest.raises(BrokerFault, match="pending"):
        source.committed([where])
    log.broker.end("id", epoch, TransactionState.COMMITTED)
    assert source.committed([where]) == {where: 1}
    assert source.poll(1, 0) == []


def test_a_moved_partition_waits_for_its_holder(log: MemoryLog) -> None:
    """The newcomer gets a partition only after the holder has heard of it in a poll."""
    topic = log.topic(2)
    old, new, holder, newcomer = log.source("g"), log.source("g"), Assigned(), Assigned()
    old.subscribe([topic], holder)
    old.poll(1, 0)
    new.subscribe([topic], newcomer)
    new.poll(1, 0)
    assert (len(holder.owned), len(newcomer.owned)) == (2, 0)
    old.poll(1, 0)
    assert holder.gone == [(TopicPartition(topic, 1), False)]
    new.poll(1, 0)
    assert newcomer.owned == {TopicPartition(topic, 1)}


def test_late_news_of_a_rebalance_refuse_a_commit_until_the_next_poll() -> None:
    """A member that has not heard of a new generation commits nothing; after a poll it does."""
    log = MemoryLog(hears_late=True)
    topic = log.topic(2)
    first, second, sink = log.source("g"), log.source("g"), log.sink("id")
    first.subscribe([topic], Assigned())
    first.poll(1, 0)
    second.subscribe([topic], Assigned())
    sink.open()
    with pytest.raises(TransactionAborted, match="no longer knows"):
        sink.commit([], {TopicPartition(topic, 0): 1}, first)
    first.poll(1, 0)
    sink.commit([], {TopicPartition(topic, 0): 1}, first)
    assert first.committed([TopicPartition(topic, 0)]) == {TopicPartition(topic, 0): 1}


def test_fresh_metadata_vouch_even_for_a_partition_that_is_gone(log: MemoryLog) -> None:
    """As on a real broker, ownership is not checked (KIP-447): a role must do it itself."""
    topic = log.topic(2)
    first, second, sink, listener = log.source("g"), log.source("g"), log.sink("id"), Assigned()
    first.subscribe([topic], listener)
    first.poll(1, 0)
    second.subscribe([topic], Assigned())
    first.poll(1, 0)
    second.poll(1, 0)
    gone = listener.gone[0][0]
    sink.open()
    sink.commit([], {gone: 7}, first)
    assert second.committed([gone]) == {gone: 7}


def test_a_seek_past_the_end_begins_at_the_earliest_record(log: MemoryLog) -> None:
    """An offset out of range is reset as `auto.offset.reset=earliest` does."""
    topic = log.topic()
    log.produce(topic, b"k", b"v")
    source, listener = log.source("g"), Assigned()
    source.subscribe([topic], listener)
    source.poll(1, 0)
    source.seek(TopicPartition(topic, 0), 99)
    assert values(source.poll(1, 0)) == [b"v"]


def test_a_missing_topic_names_the_mending_command(log: MemoryLog) -> None:
    """Reading or writing an unknown topic says what makes it."""
    with pytest.raises(Misconfigured, match="skutwin topics create"):
        log.source("g").subscribe(["nowhere"], Assigned())
    with pytest.raises(Misconfigured, match="skutwin topics create"):
        log.broker.produce("nowhere", b"k", b"v")


def test_a_waiting_poll_is_woken_by_a_record() -> None:
    """With `waits` threads share the broker: a poll returns as soon as another thread has written."""
    broker = MemoryBroker(HandClock(), waits=True)
    broker.create_topic("topic")
    source = MemorySource(broker, "g")
    source.subscribe(["topic"], Assigned())
    source.poll(1, 0)
    got: list[bytes | None] = []
    reader = threading.Thread(target=lambda: got.extend(values(source.poll(1, 60))))
    reader.start()
    broker.produce("topic", b"k", b"v")
    reader.join(30)
    assert got == [b"v"]
