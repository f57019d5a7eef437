"""Following the topic `matches` into the file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from consumer.contracts.events import Kind, MatchEvent
from consumer.errors import BrokerFault
from consumer.pairs.store import Change, Matched, PairStore, Unmatched
from consumer.ports.clock import Clock
from consumer.ports.log import StateReader
from consumer.ports.records import Record, TopicPartition

_AT_ONCE = 2_000
_WAIT_S = 0.2
_LOOK_S = 1.0  # how often the ends are asked for
log = structlog.get_logger(__name__)

OpenReader = Callable[[Mapping[TopicPartition, int]], StateReader]
"""A reader of all partitions of the topic, from these offsets on, else from the beginning."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the follower is.

    Attributes:
        caught_up: whether it has once held all that the topic said when it began.
        lag: records not read yet, control records among them; as of the last look.
    """

    caught_up: bool
    lag: int


class Follower:
    """Keeps a `PairStore` at what the topic says; `turn` is one round of its loop. Used from one thread.

    1. At the start: a file that was filled from another log (cluster or topic id) is filled anew, and so is
       one that has not caught up for longer than the topic keeps deletions: it may have missed some.
    2. Each round: read, and take rows and offsets in, in one transaction.
    3. About once a second: ask for the ends, for the lag; where all of it is read, note the moment.
    """

    def __init__(
        self,
        store: PairStore,
        open_reader: OpenReader,
        identity: Callable[[], str],
        *,
        topic: str,
        clock: Clock,
        keep_s: float,
    ) -> None:
        """Wire it; nothing is read yet.

        Args:
            store: the file.
            open_reader: of the topic.
            identity: names the log for good, offsets and all.
            topic: its name.
            clock: wall and steady time.
            keep_s: for how long the topic keeps deletions.
        """
        self._store, self._open_reader, self._identity = store, open_reader, identity
        self._topic, self._clock, self._keep_s = topic, clock, keep_s
        self._reader: StateReader | None = None
        self._next: dict[TopicPartition, int] = {}
        self._first: Mapping[TopicPartition, int] = {}
        self._looked_s = float("-inf")
        self._progress = Progress(caught_up=False, lag=0)
        self._lock = threading.Lock()

    @property
    def progress(self) -> Progress:
        """How far it is; safe to ask from any thread."""
        with self._lock:
            return self._progress

    def start(self) -> None:
        """Step 1, and open the reader where the file ends.

        Raises:
            BrokerFault: Kafka does not answer.
            Misconfigured: there is no such topic.
        """
        identity, held = self._identity(), self._store.identity()
        why = None
        if held != identity:
            why = None if held is None else "it was filled from another cluster or topic"
            self._store.begin(identity, self._clock.now_ms())
        elif self._missed_deletions():
            why = "it was away for longer than the topic keeps deletions"
            self._store.begin(identity, self._clock.now_ms())
        if why is not None:
            log.warning("pairs_filled_anew", why=why)
        self._open()

    def turn(self) -> int:
        """One round; how many records were taken in.

        Raises:
            BrokerFault: reading is refused.
        """
        reader = self._opened()
        records = reader.poll(_AT_ONCE, _WAIT_S)
        if any(record.offset < self._next.get(record.where, 0) for record in records):
            log.warning("pairs_filled_anew", why="the topic begins again: it was made anew")
            self._store.begin(self._identity(), self._clock.now_ms())
            self._open()
            return 0
        if records:
            self._next.update({record.where: record.offset + 1 for record in records})
            offsets = {where.partition: offset for where, offset in self._next.items()}
            self._store.apply(_changes(records), offsets)
        if self._clock.steady_s() - self._looked_s >= _LOOK_S or not self._progress.caught_up:
            self._look(reader)
        return len(records)

    def close(self) -> None:
        """Let go of the reader; the file stays."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> None:
        self.close()
        offsets = self._store.offsets()
        self._next = {TopicPartition(self._topic, number): offset for number, offset in offsets.items()}
        self._reader = self._open_reader(self._next)
        self._first = self._reader.ends()
        self._tell(caught_up=False, ends=self._first)

    def _opened(self) -> StateReader:
        if self._reader is None:
            raise RuntimeError("start() comes first")
        return self._reader

    def _look(self, reader: StateReader) -> None:
        now_s, before_ms = self._clock.steady_s(), self._clock.now_ms()
        caught_up = self._progress.caught_up or reader.reached(self._first)
        if now_s - self._looked_s < _LOOK_S and caught_up == self._progress.caught_up:
            return
        self._looked_s = now_s
        try:
            ends = reader.ends()
        except BrokerFault as err:
            log.warning("ends_not_known", why=str(err))
            return
        if reader.reached(ends):
            self._store.note_caught_up(before_ms)
            caught_up = True
            ends = {}
        self._tell(caught_up=caught_up, ends=ends)

    def _tell(self, *, caught_up: bool, ends: Mapping[TopicPartition, int]) -> None:
        lag = sum(max(0, end - self._next.get(where, 0)) for where, end in ends.items())
        with self._lock:
            self._progress = Progress(caught_up, lag)

    def _missed_deletions(self) -> bool:
        """A pair that was forgotten and compacted away meanwhile would stay matched here for ever."""
        away_ms = self._clock.now_ms() - self._store.complete_ms()
        return bool(self._store.offsets()) and away_ms > self._keep_s * 1000


def _changes(records: Sequence[Record]) -> list[Change]:
    return [change for record in records if (change := _change(record)) is not None]


def _change(record: Record) -> Change | None:
    """What a record says of its pair; None of one that skutwin did not write."""
    try:
        pair_id = (record.key or b"").decode("utf-8")
        if record.value is None:
            return Unmatched(pair_id)
        event = MatchEvent.from_bytes(record.value)
    except ValueError as err:
        log.warning("record_left_out", partition=record.partition, offset=record.offset, why=str(err))
        return None
    if event.kind is Kind.RETRACTED:
        return Unmatched(event.pair_id)
    return Matched(event.pair_id, event.a.listing_id, event.b.listing_id, record.timestamp_ms, record.value)
