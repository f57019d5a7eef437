"""One shard's drift watch: batches go into the monitor, and what its windows say goes to the topic `drift`.

An alarm is written once when it is raised and once when it is cleared, in a transaction of the shard's own
sink, so that a process that was fenced writes none. What was written is known from the topic, which every
matcher follows: a successor says no alarm again that stands. The sliding window itself is memory and begins
anew with each assignment: what a predecessor had seen and not yet scored is lost. An alarm that a predecessor
raised stands until as many listings as had raised it were seen again, and no longer raise it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from consumer.contracts.cloudevents import shard_headers
from consumer.contracts.drift import DriftEvent, DriftLevel, DriftState, is_scores
from consumer.drift.events import event_of, scores_of, span
from consumer.drift.metrics import DriftMetrics
from consumer.ports.clock import Clock
from consumer.ports.drift import Judged
from consumer.ports.records import OutRecord, Record
from model.decision.decision import Outcome
from model.drift import FEATURES, DriftWindow
from model.embedded import EmbeddedListing

_FORGET_MS = 30 * 86_400_000
_FORGOTTEN_AT_ONCE = 100
log = structlog.get_logger(__name__)


class Monitor(Protocol):
    """What is used of `model.drift.DriftMonitor`."""

    def rows(self, rows: Sequence[EmbeddedListing], nearest: NDArray[np.float64]) -> None:
        """Listings that took effect."""

    def decisions(
        self,
        sellers: Sequence[str],
        probabilities: NDArray[np.float64],
        *,
        matched: NDArray[np.bool_],
        reviewed: NDArray[np.bool_],
    ) -> None:
        """Pairs that were decided."""

    def close(self, began_ms: int, ended_ms: int) -> DriftWindow:
        """Score the sliding window."""


class ShardWatch:
    """See `consumer.ports.drift.DriftWatch`."""

    def __init__(
        self,
        shard: int,
        *,
        topic: str,
        monitor: Callable[[], Monitor],
        artifact_version: str,
        reference: str,
        window_s: float,
        clock: Clock,
        metrics: DriftMetrics,
    ) -> None:
        """Watch nothing yet.

        Args:
            shard: whose listings.
            topic: where to tell of drift.
            monitor: makes one with an empty window.
            artifact_version: for the events.
            reference: likewise, 12 hex digits over what the monitor compares with.
            window_s: how often a window is closed.
            clock: tells when.
            metrics: shows the scores.
        """
        self._shard, self._topic, self._make_monitor = shard, topic, monitor
        self._about = {"shard": shard, "artifact_version": artifact_version, "reference": reference}
        self._window_s, self._clock, self._metrics = window_s, clock, metrics
        self._said: dict[bytes, DriftEvent] = {}
        self._inherited: set[bytes] = set()
        self._monitor: Monitor | None = None
        self._began_s, self._began_ms, self._fresh = 0.0, 0, False
        self._events: list[DriftEvent] = []
        self._waiting: list[OutRecord] = []

    def apply(self, record: Record) -> None:
        """See `DriftWatch`: it learns which alarms stand.

        Raises:
            ValueError: a foreign record in the topic.
        """
        key = record.key or b""
        ours = record.topic == self._topic and record.header("ce_shard") == b"%d" % self._shard
        if not ours or is_scores(key):
            return
        if record.value is None:
            self._said.pop(key, None)
        else:
            self._said[key] = DriftEvent.from_bytes(record.value)

    def begin(self) -> None:
        """See `DriftWatch`."""
        self._monitor = self._make_monitor()
        self._inherited = {key for key, event in self._said.items() if event.state is DriftState.RAISED}
        self._events, self._waiting = [], []
        self._next_window()
        self._show_raised()

    def saw(
        self, listings: Sequence[EmbeddedListing], nearest: Sequence[float], judged: Sequence[Judged]
    ) -> None:
        """See `DriftWatch`."""
        if self._monitor is None or not (listings or judged):
            return
        self._fresh = True
        if listings:
            self._monitor.rows(listings, np.array(nearest, np.float64))
        if judged:
            outcomes = [one.decision.outcome for one in judged]
            self._monitor.decisions(
                [one.seller for one in judged],
                np.array([one.decision.probability for one in judged], np.float64),
                matched=np.array([outcome is Outcome.MATCH for outcome in outcomes]),
                reviewed=np.array([outcome is Outcome.REVIEW for outcome in outcomes]),
            )

    def due(self) -> list[OutRecord]:
        """See `DriftWatch`: where nothing was seen, no window is closed."""
        late = self._clock.steady_s() - self._began_s >= self._window_s
        if self._waiting or self._monitor is None or not (late and self._fresh):
            return self._waiting
        window = self._monitor.close(self._began_ms, max(self._began_ms, self._clock.now_ms()))
        self._next_window()
        self._show(window)
        self._events = list(self._news(window))
        scores = scores_of(window, self._about)
        self._waiting = [
            *(OutRecord(self._topic, one.key(), one.to_bytes(), one.headers()) for one in self._events),
            OutRecord(self._topic, scores.key(), scores.to_bytes(), scores.headers()),
            *self._forgotten(window.ended_ms - _FORGET_MS),
        ]
        return self._waiting

    def written(self) -> None:
        """See `DriftWatch`: only now the alarms count as said, in the log and the metrics too."""
        for record in self._waiting:
            if record.value is None:
                self._said.pop(record.key or b"", None)
        for event in self._events:
            self._said[event.key()] = event
            self._tell(event)
        self._events, self._waiting = [], []
        self._show_raised()

    def end(self) -> None:
        """See `DriftWatch`."""
        self._monitor = None
        self._events, self._waiting = [], []
        self._metrics.ended(self._shard)

    # -- what a window says

    def _news(self, window: DriftWindow) -> Iterator[DriftEvent]:
        """What of it was not said before."""
        about = {**self._about, "window": span(window)}
        for key in sorted(self._inherited):
            if self._said[key].feature not in FEATURES:  # another release's: nothing will ever lower it
                yield self._cleared(key, about)
        for alarm in window.alarms:
            yield from self._crossed(event_of(alarm, window, self._about))
        for feature, score in window.scores.items():
            lowered = {**about, "score": score.value, "threshold": score.threshold}
            for key in self._inherited_of(feature):
                enough = window.listings >= self._said[key].window.listings
                if enough and score.value <= score.threshold:
                    yield self._cleared(key, lowered)

    def _crossed(self, event: DriftEvent) -> Iterator[DriftEvent]:
        """What follows from the monitor's own crossing of a threshold."""
        said = self._said.get(event.key())
        self._inherited.discard(event.key())
        stands = said is not None and said.state is DriftState.RAISED
        if event.state is DriftState.CLEARED:
            if stands:
                yield event
            return
        if said is None or not stands or said.level is not event.level:
            yield event
        # A predecessor's of the feature is this one by now, whoever drove it then; information is a seller's.
        for key in self._inherited_of(event.feature):
            if self._said[key].level is event.level is DriftLevel.ALARM:
                yield self._cleared(key, {**self._about, "window": event.window})

    def _inherited_of(self, feature: str) -> list[bytes]:
        return sorted(key for key in self._inherited if self._said[key].feature == feature)

    def _cleared(self, key: bytes, changed: dict[str, Any]) -> DriftEvent:
        self._inherited.discard(key)
        return self._said[key].model_copy(update={**changed, "state": DriftState.CLEARED})

    def _forgotten(self, before_ms: int) -> list[OutRecord]:
        """Alarms cleared long ago leave the topic, and what was for information alone."""
        gone = [
            key
            for key, event in self._said.items()
            if event.window.ended_ms < before_ms
            and (event.state is DriftState.CLEARED or event.level is DriftLevel.INFORMATION)
        ]
        self._inherited.difference_update(gone[:_FORGOTTEN_AT_ONCE])
        return [
            OutRecord(self._topic, key, None, shard_headers(self._shard)) for key in gone[:_FORGOTTEN_AT_ONCE]
        ]

    # -- what is seen of it

    def _next_window(self) -> None:
        self._began_s, self._began_ms = self._clock.steady_s(), self._clock.now_ms()
        self._fresh = False

    def _show(self, window: DriftWindow) -> None:
        self._metrics.measured(
            self._shard,
            window.listings,
            {name: (score.value, score.threshold) for name, score in window.scores.items()},
        )

    def _show_raised(self) -> None:
        raised: dict[str, int] = {}
        for event in self._said.values():
            stands = event.state is DriftState.RAISED and event.level is DriftLevel.ALARM
            raised[event.feature] = raised.get(event.feature, 0) + stands
        self._metrics.stand(self._shard, raised)

    def _tell(self, event: DriftEvent) -> None:
        said = log.info
        if event.state is DriftState.RAISED and event.level is DriftLevel.ALARM:
            self._metrics.raised(self._shard, event.feature)
            said = log.warning
        said(
            f"drift_{event.state}",
            shard=self._shard,
            feature=event.feature,
            seller=event.seller,
            drivers=[one.seller for one in event.sellers],
            level=str(event.level),
            score=round(event.score, 3),
            threshold=round(event.threshold, 3),
            listings=event.window.listings,
        )
