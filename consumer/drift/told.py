"""What the topic `drift` holds now: the alarms, and a week of scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from consumer.contracts.drift import DriftEvent, DriftLevel, DriftScores, DriftState, is_scores
from consumer.ports.records import Record


@dataclass
class Told:
    """The topic's last word under each key.

    Attributes:
        events: by key, each alarm as it was said last.
        windows: of each shard the scores, oldest first.
        unreadable: records that are none of ours.
    """

    events: dict[bytes, DriftEvent] = field(default_factory=dict)
    windows: dict[int, list[DriftScores]] = field(default_factory=dict)
    unreadable: int = 0

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        """Read the topic from its beginning; of each key the last record counts."""
        told = cls()
        scores: dict[bytes, DriftScores] = {}
        for record in records:
            key = record.key or b""
            try:
                if record.value is None:
                    told.events.pop(key, None)
                elif is_scores(key):
                    scores[key] = DriftScores.from_bytes(record.value)
                else:
                    told.events[key] = DriftEvent.from_bytes(record.value)
            except ValueError:  # counted, and said to whoever asked
                told.unreadable += 1
        for one in sorted(scores.values(), key=lambda one: one.window.ended):
            told.windows.setdefault(one.shard, []).append(one)
        return told

    @property
    def standing(self) -> list[DriftEvent]:
        """Alarms and information that were raised and not cleared: alarms first, the newest first."""
        raised = [event for event in self.events.values() if event.state is DriftState.RAISED]
        return sorted(
            raised, key=lambda one: (one.level is not DriftLevel.ALARM, -one.window.ended_ms, one.key())
        )

    @property
    def newest(self) -> dict[int, DriftScores]:
        """Of each shard the last window."""
        return {shard: windows[-1] for shard, windows in sorted(self.windows.items())}
