"""One partition of the broker in memory: records, transactions and their control records, compaction."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from consumer.ports.records import Headers, Record, TopicPartition

Isolation = Literal["read_committed", "read_uncommitted"]


class TransactionState(Enum):
    """What became of a transaction."""

    OPEN = "open"
    COMMITTED = "committed"
    ABORTED = "aborted"


@dataclass(eq=False, slots=True)
class Transaction:
    """One transaction of one producer epoch.

    Attributes:
        offsets: what its commit makes of the group's committed offsets, by group.
        touched: the partitions it wrote to; each gets a control record at its end.
    """

    transactional_id: str
    begun_ms: int
    state: TransactionState = TransactionState.OPEN
    offsets: dict[str, dict[TopicPartition, int]] = field(default_factory=dict)
    touched: dict[TopicPartition, PartitionLog] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A record, or with `record` None a control record: it takes an offset and is never delivered."""

    offset: int
    record: Record | None
    transaction: Transaction | None

    def visible(self, isolation: Isolation) -> bool:
        if self.record is None:
            return False
        return (
            isolation == "read_uncommitted"
            or self.transaction is None
            or self.transaction.state is TransactionState.COMMITTED
        )


class PartitionLog:
    """An append-only log whose offsets survive compaction."""

    def __init__(self, where: TopicPartition) -> None:
        self.where = where
        self._entries: list[_Entry] = []
        self._next = 0

    def append(
        self,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
        timestamp_ms: int,
        transaction: Transaction | None,
    ) -> Record:
        """Write one record at the end; within `transaction` it is hidden until that commits."""
        record = Record(self.where.topic, self.where.partition, self._next, timestamp_ms, key, value, headers)
        if transaction is not None:
            transaction.touched[self.where] = self
        self._add(record, transaction)
        return record

    def mark_end_of(self, transaction: Transaction) -> None:
        """Write the control record that ends a transaction in this partition."""
        self._add(None, transaction)

    def _add(self, record: Record | None, transaction: Transaction | None) -> None:
        self._entries.append(_Entry(self._next, record, transaction))
        self._next += 1

    def end(self, isolation: Isolation) -> int:
        """The high watermark, or the last stable offset: that of the first record of an open transaction."""
        if isolation == "read_uncommitted":
            return self._next
        return next(
            (
                entry.offset
                for entry in self._entries
                if entry.transaction is not None and entry.transaction.state is TransactionState.OPEN
            ),
            self._next,
        )

    def read(self, position: int, limit: int, isolation: Isolation) -> tuple[list[Record], int]:
        """At most `limit` visible records from `position` on, and the position after what was looked at."""
        records: list[Record] = []
        for entry in self._from(position, self.end(isolation)):
            if len(records) == limit:
                return records, entry.offset
            if entry.visible(isolation) and entry.record is not None:
                records.append(entry.record)
        return records, max(position, self.end(isolation))

    def _from(self, position: int, end: int) -> Iterator[_Entry]:
        start = bisect.bisect_left(self._entries, position, key=lambda entry: entry.offset)
        for entry in self._entries[start:]:
            if entry.offset >= end:
                return
            yield entry

    def compact(self, *, drop_tombstones: bool) -> None:
        """Keep the last committed record of each key; what is not yet stable is left as it is."""
        stable = self.end("read_committed")
        last: dict[bytes | None, int] = {}
        for entry in self._from(0, stable):
            if entry.visible("read_committed") and entry.record is not None:
                last[entry.record.key] = entry.offset
        self._entries = [
            entry
            for entry in self._entries
            if entry.offset >= stable
            or (
                entry.record is not None
                and last.get(entry.record.key) == entry.offset
                and not (drop_tombstones and entry.record.value is None)
            )
        ]
