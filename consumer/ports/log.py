"""The log's ports: a group member that reads, a transactional writer, and a reader of compacted state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from consumer.ports.records import OutRecord, Record, TopicPartition


class RebalanceListener(Protocol):
    """Called inside `Source.poll` and `Source.close`, on the thread that calls them."""

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        """These partitions are ours from now on, beginning at the committed offset (else the earliest)."""

    def revoked(self, partitions: Sequence[TopicPartition], *, lost: bool) -> None:
        """These are about to go (commit what can be committed now); `lost`: they are gone already."""


class Source(Protocol):
    """A member of a consumer group: cooperative, read_committed, offsets by hand, at first the earliest."""

    def subscribe(self, topics: Sequence[str], listener: RebalanceListener) -> None:
        """Join the group. Partitions come through the listener."""

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """Up to `max_records`, in order by partition, none of a paused one; returns early with what is there.

        Raises:
            BrokerFault: the broker cannot be reached for longer than the grace period, or refuses.
        """

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """Fetch no more of these; what was fetched ahead comes after `resume`."""

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """Fetch these again."""

    def seek(self, where: TopicPartition, offset: int) -> None:
        """The next record of an owned partition is the one at `offset` (or the first after it)."""

    def committed(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int | None]:
        """The group's committed offset (the next to read) of each; None if it has none."""

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The read_committed end (last stable offset) of each, for the lag; cheap, perhaps a little old.

        Those that are not known at the moment are left out.
        """

    def caught_up(self, partitions: Sequence[TopicPartition]) -> set[TopicPartition]:
        """Those of which all records before `ends` were returned; a transaction's mark is none."""

    def close(self) -> None:
        """Leave the group; `revoked` is called first."""


class Sink(Protocol):
    """One transactional producer with a stable id."""

    def open(self) -> None:
        """Initialise the id: fences its former holder and ends that one's transaction (KIP-98).

        Raises:
            BrokerFault: unreachable or not allowed.
        """

    def commit(
        self, records: Sequence[OutRecord], offsets: Mapping[TopicPartition, int], source: Source
    ) -> None:
        """One transaction: all of `records` in order, and the offsets (next to read) of `source`'s group.

        The group metadata is taken here, at the commit (KIP-447).

        Raises:
            TransactionAborted: nothing of it is visible; the batch may be polled again.
            Fenced: another process holds the id.
            OutcomeUnknown: it may or may not have been committed.
        """

    def close(self) -> None:
        """Abort what is open and let go."""


class StateReader(Protocol):
    """Follows compacted topics from their beginning with read_committed, in no group."""

    def ends(self) -> dict[TopicPartition, int]:
        """The read_uncommitted end of every partition followed, asked of the broker now."""

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """The next records, in order by partition."""

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Whether everything before these ends has been returned (or was aborted, or compacted away)."""

    def close(self) -> None:
        """Let go."""
