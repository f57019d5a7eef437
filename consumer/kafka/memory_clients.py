"""The ports of the log over a `MemoryBroker`: group member, transactional writer, compacted-state reader."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from consumer.errors import BrokerFault, Fenced, TransactionAborted
from consumer.kafka.memory_broker import MemoryBroker
from consumer.kafka.memory_group import Group, Member
from consumer.kafka.memory_log import Isolation, TransactionState
from consumer.ports.log import RebalanceListener, Source
from consumer.ports.records import OutRecord, Record, TopicPartition


class Moment(StrEnum):
    """Where a fault may strike inside `MemorySink.commit`."""

    BEGIN = "begin"
    AFTER_PRODUCE = "after produce"
    BEFORE_COMMIT = "before commit"
    AFTER_COMMIT = "after commit"


Hook = Callable[[Moment], None]
_numbers = itertools.count(1)


def _no_fault(_: Moment) -> None:
    """Let everything pass."""


class _Cursor:
    """Positions in some partitions, and fair reading from them."""

    def __init__(self, broker: MemoryBroker, isolation: Isolation) -> None:
        self.positions: dict[TopicPartition, int] = {}
        self._broker = broker
        self._isolation = isolation
        self._turn = 0

    def take(self, partitions: Sequence[TopicPartition], max_records: int) -> list[Record]:
        """Up to `max_records`, beginning with another partition each time."""
        self._turn += 1
        start = self._turn % len(partitions) if partitions else 0
        batch: list[Record] = []
        for where in (*partitions[start:], *partitions[:start]):
            log = self._broker.log(where)
            if self.positions[where] > log.end("read_uncommitted"):
                self.positions[where] = 0  # out of range: auto.offset.reset=earliest
            records, self.positions[where] = log.read(
                self.positions[where], max_records - len(batch), self._isolation
            )
            batch += records
        return batch


class MemorySource:
    """See `Source`. Rebalances happen inside `poll`, deterministically.

    With `hears_late` a commit between a rebalance and the next poll is refused, as it may be by a real broker
    while the news are on their way; without, it passes, as it may too.
    """

    def __init__(self, broker: MemoryBroker, group: str, *, hears_late: bool = False) -> None:
        self.group: Group = broker.group(group)
        self.group_name = group
        self.member = Member("nobody", frozenset())
        self._hears_late = hears_late
        self._broker = broker
        self._cursor = _Cursor(broker, "read_committed")
        self._paused: set[TopicPartition] = set()
        self._listener: RebalanceListener | None = None

    def subscribe(self, topics: Sequence[str], listener: RebalanceListener) -> None:
        """See `Source`."""
        with self._broker.changed:
            for topic in topics:
                self._broker.partitions(topic)
            self._listener = listener
            self._join(frozenset(topics))

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """See `Source`."""
        self._rebalance()
        with self._broker.changed:
            batch = self._fetch(max_records)
            if not batch and self._broker.waits:
                self._broker.changed.wait(timeout_s)
                batch = self._fetch(max_records)
            return batch

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """See `Source`."""
        self._paused |= self._owned(partitions)

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """See `Source`."""
        self._paused -= self._owned(partitions)

    def seek(self, where: TopicPartition, offset: int) -> None:
        """See `Source`."""
        self._owned([where])
        self._cursor.positions[where] = offset

    def committed(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int | None]:
        """See `Source`."""
        return {where: self._broker.committed(self.group_name, where) for where in partitions}

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """See `Source`."""
        with self._broker.changed:
            return {where: self._broker.log(where).end("read_committed") for where in partitions}

    def caught_up(self, partitions: Sequence[TopicPartition]) -> set[TopicPartition]:
        """See `Source`."""
        read_to = self._cursor.positions
        return {where for where, end in self.ends(partitions).items() if read_to.get(where, -1) >= end}

    def close(self) -> None:
        """See `Source`."""
        if self._listener is None:
            return
        expelled = not self.group.has(self.member)
        self._give_up(sorted(self.member.held), lost=expelled)
        self._listener = None
        with self._broker.changed:
            if not expelled:
                self.group.leave(self.member)
            self._broker.changed.notify_all()

    def expel(self) -> None:
        """Its session times out, as of a dead or frozen process; it learns of it in its next poll."""
        with self._broker.changed:
            self.group.leave(self.member)
            self._broker.changed.notify_all()

    def _join(self, topics: frozenset[str]) -> None:
        self.member = Member(f"member-{next(_numbers)}", topics, self._hears_late)
        self.group.join(self.member)
        self.group.tell(self.member)
        self._broker.changed.notify_all()

    def _rebalance(self) -> None:
        """Callbacks run outside the lock, so that a listener may wait for another thread."""
        if self._listener is None:
            raise RuntimeError("poll before subscribe, or after close")
        if not self.group.has(self.member):
            self.member.generation = -1
            self._give_up(sorted(self.member.held), lost=True)
            with self._broker.changed:
                self._join(self.member.topics)
        with self._broker.changed:
            self.group.tell(self.member)
            leaving = self.group.to_give_up(self.member)
        self._give_up(leaving, lost=False)
        with self._broker.changed:
            taken = self.group.to_take(self.member)
            self.member.held.update(taken)
            self._paused.difference_update(taken)
        if taken:
            self._listener.assigned(taken)

    def _give_up(self, partitions: Sequence[TopicPartition], *, lost: bool) -> None:
        if not partitions or self._listener is None:
            return
        self._listener.revoked(partitions, lost=lost)
        with self._broker.changed:
            for where in partitions:
                self.member.held.discard(where)
                self._cursor.positions.pop(where, None)
                self._paused.discard(where)
            self._broker.changed.notify_all()

    def _fetch(self, max_records: int) -> list[Record]:
        ready = [where for where in sorted(self.member.held - self._paused) if self._settled(where)]
        return self._cursor.take(ready, max_records)

    def _settled(self, where: TopicPartition) -> bool:
        """Whether the position is known; while a transaction holds the group's offset it is not (KIP-447)."""
        if where not in self._cursor.positions:
            try:
                committed = self._broker.committed(self.group_name, where)
            except BrokerFault:
                return False
            self._cursor.positions[where] = committed or 0
        return True

    def _owned(self, partitions: Sequence[TopicPartition]) -> set[TopicPartition]:
        foreign = set(partitions) - self.member.held
        if foreign:
            raise RuntimeError(f"not ours: {sorted(foreign)}")
        return set(partitions)


class MemorySink:
    """See `Sink`. `hook` is called at each `Moment`; what it raises leaves the commit as a crash would.

    Raising `TransactionAborted` aborts cleanly first, as the real sink does.
    """

    def __init__(self, broker: MemoryBroker, transactional_id: str, hook: Hook = _no_fault) -> None:
        self.hook = hook
        self._broker = broker
        self._id = transactional_id
        self._epoch = -1

    def open(self) -> None:
        """See `Sink`."""
        self._epoch = self._broker.initialise(self._id)

    def commit(
        self, records: Sequence[OutRecord], offsets: Mapping[TopicPartition, int], source: Source
    ) -> None:
        """See `Sink`."""
        if not records and not offsets:
            return
        if not isinstance(source, MemorySource):
            raise TypeError("a MemorySink commits the offsets of a MemorySource")
        try:
            self._commit(records, offsets, source)
        except TransactionAborted:
            self._broker.end(self._id, self._epoch, TransactionState.ABORTED)
            raise

    def _commit(
        self, records: Sequence[OutRecord], offsets: Mapping[TopicPartition, int], source: MemorySource
    ) -> None:
        self.hook(Moment.BEGIN)
        transaction = self._broker.begin(self._id, self._epoch)
        for out in records:
            self._broker.check(self._id, self._epoch)
            self._broker.produce(
                out.topic, out.key, out.value, out.headers, partition=out.partition, transaction=transaction
            )
        self.hook(Moment.AFTER_PRODUCE)
        with self._broker.changed:
            self._broker.check(self._id, self._epoch)
            if offsets and not source.group.accepts(source.member):
                raise TransactionAborted(f"the group {source.group_name} no longer knows this member")
            transaction.offsets[source.group_name] = dict(offsets)
        self.hook(Moment.BEFORE_COMMIT)
        self._broker.end(self._id, self._epoch, TransactionState.COMMITTED)
        self.hook(Moment.AFTER_COMMIT)

    def close(self) -> None:
        """See `Sink`."""
        try:
            self._broker.end(self._id, self._epoch, TransactionState.ABORTED)
        except Fenced:
            return  # the successor has aborted it


class MemoryStateReader:
    """See `StateReader`; it begins at `start`, and where that says nothing at the earliest record."""

    def __init__(
        self,
        broker: MemoryBroker,
        topics: Sequence[str],
        *,
        start: Mapping[TopicPartition, int] | None = None,
    ) -> None:
        self._broker = broker
        self._partitions = [where for topic in topics for where in broker.partitions(topic)]
        self._cursor = _Cursor(broker, "read_committed")
        self._cursor.positions = {where: (start or {}).get(where, 0) for where in self._partitions}

    def ends(self) -> dict[TopicPartition, int]:
        """See `StateReader`."""
        with self._broker.changed:
            return {where: self._broker.log(where).end("read_uncommitted") for where in self._partitions}

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """See `StateReader`."""
        with self._broker.changed:
            batch = self._cursor.take(self._partitions, max_records)
            if not batch and self._broker.waits:
                self._broker.changed.wait(timeout_s)
                batch = self._cursor.take(self._partitions, max_records)
            return batch

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """See `StateReader`."""
        return all(self._cursor.positions[where] >= end for where, end in ends.items())

    def close(self) -> None:
        """See `StateReader`."""
