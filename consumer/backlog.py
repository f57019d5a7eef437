"""How far behind a role is: the lag of each partition that it holds, and how old its oldest record is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from consumer.metrics import Metrics
from consumer.ports.clock import Clock
from consumer.ports.log import Source
from consumer.ports.records import Record, TopicPartition

_LOOK_S: Final = 5.0  # asking for the ends takes a request, and a broker in trouble answers late


class Backlog:
    """Keeps `skutwin_lag_records` and `skutwin_caught_up_to_timestamp_seconds` of one role. For one thread.

    A partition is caught up to the timestamp of its last committed record, or to now while nothing of it is
    left to read or in work; the role to the least of its partitions. So the age of the oldest record that
    waits is never said too small by more than the seconds between two looks, and grows by itself while the
    process stands still.
    """

    def __init__(self, role: str, metrics: Metrics, clock: Clock, *, put_back: Iterable[str] = ()) -> None:
        """Begin with no partition.

        Args:
            role: the metrics' label.
            metrics: where it is shown.
            clock: for now, and for when to look.
            put_back: topics whose records wait on purpose: they have a lag, and make nothing late.
        """
        self._role, self._metrics, self._clock = role, metrics, clock
        self._put_back = frozenset(put_back)
        self._held: set[TopicPartition] = set()
        self._taken: dict[TopicPartition, int] = {}
        self._position: dict[TopicPartition, int] = {}
        self._caught_up_ms: dict[TopicPartition, int] = {}
        self._looked_s: float | None = None
        self._shown: set[TopicPartition] = set()
        self._age_is_shown = False

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """These are held from now on; how old what waits in them is, their first record will say."""
        self._held.update(partitions)

    def gone(self, partitions: Iterable[TopicPartition]) -> None:
        """These are somebody else's: nothing is said of them any more."""
        for where in partitions:
            self._held.discard(where)
            self._taken.pop(where, None)
            self._caught_up_ms.pop(where, None)
            self._position.pop(where, None)
            if where in self._shown:
                self._shown.discard(where)
                self._metrics.lag.remove(self._role, where.topic, str(where.partition))
        self._show()

    def polled(self, records: Iterable[Record]) -> None:
        """These are in work."""
        for record in records:
            self._taken[record.where] = max(record.offset, self._taken.get(record.where, -1))
            if record.where not in self._caught_up_ms:
                self._catch_up(record)
                self._show()

    def committed(self, records: Iterable[Record], positions: Mapping[TopicPartition, int]) -> None:
        """These are through, and `positions` are the offsets to read next."""
        for record in records:
            self._catch_up(record)
        self._position.update(positions)
        self._show()

    def look(self, source: Source) -> None:
        """Ask, every few seconds, how far the partitions reach; called in each turn of the loop."""
        now_s = self._clock.steady_s()
        if not self._held or (self._looked_s is not None and now_s - self._looked_s < _LOOK_S):
            return
        self._looked_s = now_s
        now_ms, held = self._clock.now_ms(), sorted(self._held)
        done = {where for where in source.caught_up(held) if not self._in_work(where)}
        self._caught_up_ms.update(dict.fromkeys(done, now_ms))
        for where, end in source.ends(held).items():
            position = self._position.setdefault(where, end) if where in done else self._position.get(where)
            if position is not None:
                # The end counts the marks of transactions as well, which nobody reads.
                left = 0 if where in done else max(0, end - position)
                self._metrics.lag.labels(self._role, where.topic, str(where.partition)).set(left)
                self._shown.add(where)
        self._show()

    def _in_work(self, where: TopicPartition) -> bool:
        return self._taken.get(where, -1) >= self._position.get(where, 0)

    def _catch_up(self, record: Record) -> None:
        """A timestamp from the future counts as now; of a record without one nothing is known."""
        if record.timestamp_ms >= 0:
            self._caught_up_ms[record.where] = min(record.timestamp_ms, self._clock.now_ms())

    def _show(self) -> None:
        watched = [ms for where, ms in self._caught_up_ms.items() if where.topic not in self._put_back]
        if watched:
            self._metrics.caught_up_to.labels(self._role).set(min(watched) / 1000)
        elif self._age_is_shown:
            self._metrics.caught_up_to.remove(self._role)
        self._age_is_shown = bool(watched)
