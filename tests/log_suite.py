"""What the log's ports promise, as one suite: run against the broker in memory and against a real Kafka.

A test module subclasses `LogSuite` and gives a `log` fixture, a `LogUnderTest`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from consumer.errors import Fenced, TransactionAborted
from consumer.ports.log import Sink, Source, StateReader
from consumer.ports.records import Headers, OutRecord, Record, TopicPartition


class LogUnderTest(Protocol):
    """One broker, and the ways a test needs to reach into it."""

    def topic(self, partitions: int = 1) -> str:
        """Make a topic with a name of its own."""

    def source(self, group: str) -> Source: ...

    def sink(self, transactional_id: str) -> Sink: ...

    def state_reader(self, topics: Sequence[str]) -> StateReader: ...

    def produce(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        """Write outside any transaction, and wait until it is there."""

    def leave_open(self, transactional_id: str, records: Sequence[OutRecord]) -> None:
        """Write inside a transaction and stay in it, as a process does that died or froze there."""

    def expel(self, source: Source) -> None:
        """Let the member's session time out while its process lives."""


@dataclass
class Assigned:
    """A listener that notes what it owns, and does what a test asks before a partition goes."""

    owned: set[TopicPartition] = field(default_factory=set)
    gone: list[tuple[TopicPartition, bool]] = field(default_factory=list)
    before_revoke: Callable[[Sequence[TopicPartition]], object] = lambda _: None
    after_loss: Callable[[Sequence[TopicPartition]], object] = lambda _: None
    after_assign: Callable[[Sequence[TopicPartition]], object] = lambda _: None

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        self.owned.update(partitions)
        self.after_assign(partitions)

    def revoked(self, partitions: Sequence[TopicPartition], *, lost: bool) -> None:
        (self.after_loss if lost else self.before_revoke)(partitions)
        self.owned.difference_update(partitions)
        self.gone += [(where, lost) for where in partitions]


DEADLINE_S = 30.0


def until(done: Callable[[], bool], step: Callable[[], object], what: str) -> None:
    """Step until it is done, with a deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not done():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {DEADLINE_S:.0f} s: {what}")
        step()


def take(reader: Source | StateReader, count: int) -> list[Record]:
    """Poll until so many records have come."""
    batch: list[Record] = []
    until(
        lambda: len(batch) >= count,
        lambda: batch.extend(reader.poll(count - len(batch), 0.2)),
        f"{count} records, got {[record.value for record in batch]}",
    )
    return batch


def join(source: Source, topics: Sequence[str], listener: Assigned, partitions: int) -> None:
    """Subscribe and poll (nothing must come) until so many partitions are owned; they stay paused."""
    listener.after_assign = source.pause
    source.subscribe(topics, listener)
    until(lambda: len(listener.owned) >= partitions, lambda: source.poll(1, 0.1), "an assignment")
    source.resume(sorted(listener.owned))
    listener.after_assign = lambda _: None


def values(records: Sequence[Record]) -> list[bytes | None]:
    return [record.value for record in records]


def out(topic: str, *texts: str) -> list[OutRecord]:
    return [OutRecord(topic, text.encode(), text.encode()) for text in texts]


class LogSuite:
    """Subclass and give the fixture `log`."""

    def test_records_come_in_order_with_key_value_and_headers(self, log: LogUnderTest) -> None:
        """A record is read as it was written: order, key, value, nulls and headers."""
        topic = log.topic()
        headers = (("a", b"1"), ("a", b"2"), ("b", b""))
        log.produce(topic, b"k", b"v", headers)
        log.produce(topic, b"k", None)
        log.produce(topic, None, b"")
        source = log.source("readers")
        source.subscribe([topic], Assigned())
        first, second, third = take(source, 3)
        source.close()
        assert (first.key, first.value, first.headers) == (b"k", b"v", headers)
        assert (second.key, second.value, second.headers) == (b"k", None, ())
        assert (third.key, third.value) == (None, b"")
        assert [first.offset, second.offset, third.offset] == [0, 1, 2]
        assert first.timestamp_ms > 0

    def test_a_transaction_shows_all_its_records_and_offsets_or_none(self, log: LogUnderTest) -> None:
        """Records of two topics and the group's offset appear together with the commit."""
        into, one, two = log.topic(), log.topic(), log.topic()
        log.produce(into, b"k", b"in")
        source, sink = log.source("movers"), log.sink("mover")
        source.subscribe([into], Assigned())
        (record,) = take(source, 1)
        assert source.committed([record.where]) == {record.where: None}
        sink.open()
        sink.commit([*out(one, "x"), *out(two, "y", "z")], {record.where: record.offset + 1}, source)
        assert source.committed([record.where]) == {record.where: 1}
        sink.close()
        source.close()
        reader = log.state_reader([one, two])
        assert sorted(values(take(reader, 3)), key=str) == [b"x", b"y", b"z"]
        reader.close()

    def test_records_keep_their_order_within_a_partition(self, log: LogUnderTest) -> None:
        """What one transaction writes comes in the order it was given, by partition."""
        into, topic = log.topic(), log.topic(2)
        source, sink, listener = log.source("keepers"), log.sink("keeper"), Assigned()
        join(source, [into], listener, 1)
        sink.open()
        written = [OutRecord(topic, b"k", str(n).encode(), partition=n % 2) for n in range(40)]
        sink.commit(written, {}, source)
        sink.close()
        source.close()
        reader = log.state_reader([topic])
        got = take(reader, 40)
        reader.close()
        for partition in (0, 1):
            mine = [record for record in got if record.partition == partition]
            assert values(mine) == [str(n).encode() for n in range(40) if n % 2 == partition]

    def test_the_key_chooses_the_partition_as_java_does(self, log: LogUnderTest) -> None:
        """Records without a partition go where murmur2 of the key says."""
        into, topic = log.topic(), log.topic(8)
        source, sink = log.source("choosers"), log.sink("chooser")
        join(source, [into], Assigned(), 1)
        sink.open()
        sink.commit(out(topic, "21", "foobar", "abc"), {}, source)
        sink.close()
        source.close()
        reader = log.state_reader([topic])
        got = {record.key: record.partition for record in take(reader, 3)}
        reader.close()
        # Kafka's own UtilsTest gives the hashes -973932308, -790332482 and 479470107.
        assert got == {
            key: (number & 0x7FFFFFFF) % 8
            for key, number in ((b"21", -973932308), (b"foobar", -790332482), (b"abc", 479470107))
        }

    def test_an_open_transaction_hides_all_that_comes_after_it(self, log: LogUnderTest) -> None:
        """A read_committed reader stops before an open transaction, and goes on when it is aborted."""
        topic = log.topic()
        log.produce(topic, b"1", b"before")
        log.leave_open("sleeper", out(topic, "hidden"))
        log.produce(topic, b"2", b"after")
        reader = log.state_reader([topic])
        ends = reader.ends()
        assert ends == {TopicPartition(topic, 0): 3}, (
            "the read_uncommitted end lies past the open transaction"
        )
        assert values(take(reader, 1)) == [b"before"]
        assert reader.poll(5, 0.5) == []
        assert not reader.reached(ends)
        successor = log.sink("sleeper")
        successor.open()
        assert values(take(reader, 1)) == [b"after"]
        until(lambda: reader.reached(ends), lambda: reader.poll(5, 0.1), "the ends")
        successor.close()
        reader.close()

    def test_a_state_reader_reaches_ends_behind_an_aborted_tail(self, log: LogUnderTest) -> None:
        """Ends are reached though nothing comes before them but aborted and control records."""
        topic = log.topic()
        log.produce(topic, b"k", b"v")
        log.leave_open("aborter", out(topic, "x", "y"))
        sink = log.sink("aborter")
        sink.open()
        sink.close()
        reader = log.state_reader([topic])
        ends = reader.ends()
        got: list[Record] = []
        until(lambda: reader.reached(ends), lambda: got.extend(reader.poll(10, 0.1)), "the ends")
        assert values(got) == [b"v"]
        assert ends[TopicPartition(topic, 0)] == 4, "one record, two aborted ones, one control record"
        reader.close()

    def test_a_state_reader_of_empty_topics_is_at_their_ends(self, log: LogUnderTest) -> None:
        """Empty partitions are reached, beside full ones."""
        empty, full = log.topic(2), log.topic()
        log.produce(full, b"k", b"v")
        reader = log.state_reader([empty, full])
        ends = reader.ends()
        got: list[Record] = []
        until(lambda: reader.reached(ends), lambda: got.extend(reader.poll(10, 0.1)), "the ends")
        assert values(got) == [b"v"]
        log.produce(empty, b"k", b"later", partition=1)
        assert not reader.reached(reader.ends())
        assert values(take(reader, 1)) == [b"later"]
        reader.close()

    def test_a_successor_fences_the_holder_of_its_id(self, log: LogUnderTest) -> None:
        """Opening an id again ends the former holder: it commits nothing any more."""
        into, topic = log.topic(), log.topic()
        log.produce(into, b"k", b"in")
        source, old, new = log.source("fenced"), log.sink("twin"), log.sink("twin")
        source.subscribe([into], Assigned())
        (record,) = take(source, 1)
        old.open()
        old.commit(out(topic, "first"), {}, source)
        new.open()
        with pytest.raises(Fenced, match="twin"):
            old.commit(out(topic, "zombie"), {record.where: 1}, source)
        assert source.committed([record.where]) == {record.where: None}
        new.commit(out(topic, "second"), {record.where: 1}, source)
        old.close()
        new.close()
        source.close()
        reader = log.state_reader([topic])
        assert values(take(reader, 2)) == [b"first", b"second"]
        reader.close()

    def test_an_expelled_member_cannot_commit(self, log: LogUnderTest) -> None:
        """A member whose session timed out commits neither offsets nor records; then it comes back."""
        into, topic = log.topic(), log.topic()
        log.produce(into, b"k", b"in")
        source, sink, listener = log.source("expelled"), log.sink("expelled"), Assigned()
        source.subscribe([into], listener)
        (record,) = take(source, 1)
        sink.open()
        log.expel(source)
        with pytest.raises(TransactionAborted):
            sink.commit(out(topic, "stale"), {record.where: 1}, source)
        assert values(take(source, 1)) == [b"in"], "it is polled again"
        assert listener.gone == [(record.where, True)]
        sink.commit(out(topic, "fresh"), {record.where: 1}, source)
        sink.close()
        source.close()
        reader = log.state_reader([topic])
        assert values(take(reader, 1)) == [b"fresh"]
        reader.close()

    def test_a_paused_partition_gives_nothing_and_goes_on_where_it_was(self, log: LogUnderTest) -> None:
        """Paused partitions are silent, others flow; after resume nothing is missing."""
        topic = log.topic(2)
        for number in range(6):
            log.produce(topic, b"k", str(number).encode(), partition=number % 2)
        source, listener = log.source("pausers"), Assigned()
        join(source, [topic], listener, 2)
        quiet, loud = TopicPartition(topic, 0), TopicPartition(topic, 1)
        source.pause([quiet])
        assert values(take(source, 3)) == [b"1", b"3", b"5"]
        assert source.poll(5, 0.3) == []
        source.resume([quiet])
        assert values(take(source, 3)) == [b"0", b"2", b"4"]
        log.produce(topic, b"k", b"7", partition=loud.partition)
        assert values(take(source, 1)) == [b"7"]
        source.close()

    def test_pausing_in_the_middle_loses_nothing_fetched_ahead(self, log: LogUnderTest) -> None:
        """Records that were fetched ahead of a pause come after the resume, each once."""
        topic = log.topic()
        for number in range(20):
            log.produce(topic, b"k", str(number).encode())
        source, listener = log.source("middle"), Assigned()
        source.subscribe([topic], listener)
        got = take(source, 5)
        source.pause(sorted(listener.owned))
        assert source.poll(5, 0.3) == []
        source.resume(sorted(listener.owned))
        got += take(source, 15)
        assert values(got) == [str(n).encode() for n in range(20)]
        source.close()

    def test_a_seek_moves_the_next_record(self, log: LogUnderTest) -> None:
        """After a seek, back or forth, the next record is the one at that offset."""
        topic = log.topic()
        for number in range(6):
            log.produce(topic, b"k", str(number).encode())
        source = log.source("seekers")
        source.subscribe([topic], Assigned())
        assert values(take(source, 4)) == [b"0", b"1", b"2", b"3"]
        source.seek(TopicPartition(topic, 0), 1)
        assert values(take(source, 2)) == [b"1", b"2"]
        source.seek(TopicPartition(topic, 0), 5)
        assert values(take(source, 1)) == [b"5"]
        source.close()

    def test_a_listener_may_pause_and_seek_while_it_is_assigned(self, log: LogUnderTest) -> None:
        """Inside `assigned` a partition can be paused and moved; after resume it begins there."""
        topic = log.topic()
        for number in range(4):
            log.produce(topic, b"k", str(number).encode())
        source, where = log.source("listeners"), TopicPartition(topic, 0)
        listener = Assigned()

        def move(partitions: Sequence[TopicPartition]) -> None:
            source.pause(partitions)
            source.seek(where, 2)

        listener.after_assign = move
        source.subscribe([topic], listener)
        until(lambda: bool(listener.owned), lambda: source.poll(1, 0.1), "an assignment")
        assert source.poll(5, 0.3) == []
        source.resume([where])
        assert values(take(source, 2)) == [b"2", b"3"]
        source.close()

    def test_a_new_member_begins_at_the_committed_offset(self, log: LogUnderTest) -> None:
        """A restart reads what was not committed, and that only."""
        topic = log.topic()
        for number in range(4):
            log.produce(topic, b"k", str(number).encode())
        source, sink = log.source("restart"), log.sink("restart")
        source.subscribe([topic], Assigned())
        where = take(source, 3)[0].where
        sink.open()
        sink.commit([], {where: 2}, source)
        sink.close()
        source.close()
        again = log.source("restart")
        again.subscribe([topic], Assigned())
        assert values(take(again, 2)) == [b"2", b"3"]
        again.close()

    def test_the_lag_ends_are_those_of_a_read_committed_reader(self, log: LogUnderTest) -> None:
        """`ends` stops at an open transaction."""
        topic = log.topic()
        log.produce(topic, b"1", b"1")
        log.leave_open("lagging", out(topic, "x"))
        source, where = log.source("lag"), TopicPartition(topic, 0)
        join(source, [topic], Assigned(), 1)
        assert source.ends([where]) == {where: 1}
        successor = log.sink("lagging")
        successor.open()
        successor.close()
        source.close()

    def test_a_source_is_caught_up_once_all_was_returned(self, log: LogUnderTest) -> None:
        """Not before, though the end counts a transaction's mark; a seek takes it back."""
        topic = log.topic()
        source, where, sink = log.source("caught-up"), TopicPartition(topic, 0), log.sink("writer")
        join(source, [topic], Assigned(), 1)
        sink.open()
        sink.commit(out(topic, "x", "y"), {}, source)
        sink.close()
        assert values(take(source, 1)) == [b"x"]
        assert source.caught_up([where]) == set()
        assert values(take(source, 1)) == [b"y"]
        until(
            lambda: source.caught_up([where]) == {where},
            lambda: source.poll(1, 0.1),
            "all was returned, so it is caught up",
        )
        source.seek(where, 0)
        assert source.caught_up([where]) == set()
        source.close()

    def test_a_rebalance_in_mid_stream_loses_and_doubles_nothing(self, log: LogUnderTest) -> None:
        """A second member joins and the first leaves: each record is passed on once."""
        into, topic, count = log.topic(4), log.topic(), 200
        for number in range(count):
            log.produce(into, str(number).encode(), str(number).encode(), partition=number % 4)
        workers = [Worker(log, into, topic, name) for name in ("first", "second")]
        first, second = workers
        until(lambda: first.moved >= 20, first.step, "the first member's first records")
        second.join()
        until(
            lambda: second.moved >= 20,
            lambda: [worker.step() for worker in workers],
            "the second member's share",
        )
        assert {where for where, lost in first.listener.gone if not lost}, "partitions moved"
        first.close()
        until(lambda: first.moved + second.moved >= count, second.step, "all the rest")
        second.close()
        reader = log.state_reader([topic])
        ends, got = reader.ends(), list[Record]()
        until(lambda: reader.reached(ends), lambda: got.extend(reader.poll(100, 0.1)), "the ends")
        reader.close()
        assert Counter(values(got)) == Counter(str(n).encode() for n in range(count))

    def test_a_member_that_leaves_may_commit_what_it_holds(self, log: LogUnderTest) -> None:
        """Inside `close`, `revoked` comes first, and a commit in it counts."""
        into, topic = log.topic(), log.topic()
        log.produce(into, b"k", b"in")
        source, sink = log.source("leavers"), log.sink("leaver")
        listener = Assigned()
        source.subscribe([into], listener)
        (record,) = take(source, 1)
        sink.open()
        listener.before_revoke = lambda _: sink.commit(out(topic, "x"), {record.where: 1}, source)
        source.close()
        assert listener.gone == [(record.where, False)]
        sink.close()
        again = log.source("leavers")
        assert again.committed([record.where]) == {record.where: 1}
        again.close()

    def test_a_sink_may_be_opened_again(self, log: LogUnderTest) -> None:
        """Opening it twice takes a new epoch each time, and the last one commits."""
        into, topic = log.topic(), log.topic()
        source, sink = log.source("openers"), log.sink("opener")
        join(source, [into], Assigned(), 1)
        for text in ("one", "two"):
            sink.open()
            sink.commit(out(topic, text), {}, source)
        sink.close()
        source.close()
        reader = log.state_reader([topic])
        assert values(take(reader, 2)) == [b"one", b"two"]
        reader.close()


class Worker:
    """Passes records on as overlapping stages do: a batch is committed after the next was polled.

    A commit may be refused while a rebalance is under way: then what is ours still is polled again.
    """

    def __init__(self, log: LogUnderTest, into: str, topic: str, name: str) -> None:
        self.source, self.sink = log.source("workers"), log.sink(f"worker-{name}")
        self.listener = Assigned(before_revoke=lambda _: self.commit(), after_loss=self._forget)
        self.moved = 0
        self._into, self._topic = into, topic
        self._waiting: list[Record] = []
        self._joined = False

    def join(self) -> None:
        self._joined = True
        self.sink.open()
        self.source.subscribe([self._into], self.listener)

    def step(self) -> int:
        """Pass one small batch on; how many records in all so far."""
        if not self._joined:
            self.join()
        polled = self.source.poll(5, 0.05)
        if self.commit(behind=polled):
            self._waiting = polled
        return self.moved

    def commit(self, behind: Sequence[Record] = ()) -> bool:
        batch, self._waiting = self._waiting, []
        if not batch:
            return True
        offsets = {record.where: record.offset + 1 for record in batch}
        try:
            self.sink.commit([OutRecord(self._topic, r.key, r.value) for r in batch], offsets, self.source)
        except TransactionAborted:
            for record in reversed([*batch, *behind]):
                self.source.seek(record.where, record.offset)
            return False
        self.moved += len(batch)
        return True

    def _forget(self, partitions: Sequence[TopicPartition]) -> None:
        self._waiting = [record for record in self._waiting if record.where not in partitions]

    def close(self) -> None:
        self.source.close()
        self.sink.close()
