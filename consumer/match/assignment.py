"""Step 1: from being assigned a shard to being its one writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto

from consumer.errors import IndexMismatch
from consumer.ports.index import Index
from consumer.ports.log import Sink, Source, StateReader
from consumer.ports.records import TopicPartition


class Step(Enum):
    """How far an assignment has come."""

    FENCE = auto()
    RESTORE = auto()
    POSITION = auto()
    ACTIVE = auto()


class Assignment:
    """One shard held since one assignment; paused, but polled, until it is active.

    1. Fence: opening the producer ends the predecessor's transaction and refuses its next one.
    2. Restore: the pair state reads up to the ends that the two topics had after that.
    3. Position: only then the committed offset is taken; the log must be the one that this process began
       with, the index must be the shard's own, and reach the offset. A group that the broker has forgotten
       is not a new one: the index knows that there was one.
    """

    def __init__(
        self,
        where: TopicPartition,
        sink: Sink,
        index: Index,
        source: Source,
        check_log: Callable[[], None],
    ) -> None:
        self.where, self.sink, self.index = where, sink, index
        self._source, self._check_log = source, check_log
        self._step = Step.FENCE
        self._ends: Mapping[TopicPartition, int] = {}
        self.position = 0

    @property
    def active(self) -> bool:
        """Whether batches may be decided."""
        return self._step is Step.ACTIVE

    @property
    def step(self) -> Step:
        """How far it has come."""
        return self._step

    def advance(self, follower: StateReader) -> None:
        """Go as far as is possible without waiting; called until it is active.

        Raises:
            IndexMismatch: the index is another's, or behind the committed offset, or ahead of none; or the
                log was made anew.
            WorldFault: the broker or the index cannot be reached.
        """
        if self._step is Step.FENCE:
            self.sink.open()
            self._ends = follower.ends()
            self._step = Step.RESTORE
        if self._step is Step.RESTORE and follower.reached(self._ends):
            self._step = Step.POSITION
        if self._step is Step.POSITION:
            self._take_position()
            self._step = Step.ACTIVE

    def _take_position(self) -> None:
        self._check_log()
        committed = self._source.committed([self.where]).get(self.where)
        self.index.open()
        if committed is None:
            self._check_new()
        else:
            self._check_reaches(committed)
        self.position = committed or 0
        self._source.seek(self.where, self.position)
        self._source.resume([self.where])

    def _check_new(self) -> None:
        """What was decided long ago is not to be said again: a first batch that died has decided nothing."""
        decided = self.index.decided()
        if decided:
            raise IndexMismatch(
                f"the group has committed no offset of {self._name}, but has decided all before offset"
                f" {decided}, as the index notes: the broker has forgotten it (away for longer than"
                " `offsets.retention.minutes`, or deleted). Read from the beginning, the log would have old"
                f" matches said again. Rebuild the index up to there and go on with `{self._mend}`."
            )

    def _check_reaches(self, committed: int) -> None:
        watermark = self.index.watermark()
        if committed > (watermark or 0):
            raise IndexMismatch(
                f"the index holds rows up to offset {watermark} of {self._name}, but the group has committed"
                f" {committed}: rows are missing (an old backup, or lost). Rebuild it from the log with"
                f" `{self._mend}`."
            )

    @property
    def _name(self) -> str:
        return f"{self.where.topic}[{self.where.partition}]"

    @property
    def _mend(self) -> str:
        return f"skutwin reindex --shard {self.where.partition}"

    def close(self) -> None:
        """Let go of the shard: what is open is aborted."""
        self.sink.close()
        self.index.close()
