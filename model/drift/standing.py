"""Which alarms stand: each is said when it is raised and when it is cleared, and not in between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from model.drift.stream import Judged
from model.drift.window import Alarm, Level

_CLEARED = 0.8  # of the threshold, under which an alarm is cleared: one that sways about it is said once


class Standing:
    """Alarms and information that were raised and not cleared; at most one of each feature and level."""

    def __init__(self) -> None:
        """None stands."""
        self._alarms: dict[tuple[str, Level], Alarm] = {}

    def news(self, judged: Iterable[Judged]) -> list[Alarm]:
        """What is raised or cleared by a window's scores."""
        news: list[Alarm] = []
        for one in judged:
            alone = one.drivers[0].seller if one.drivers and one.drivers[0].new else None
            news += self._said(one, one.score.value, None, "alarm")
            # A score that one new seller takes over the threshold is no alarm, but worth a look.
            told = one.whole if alone is not None and one.score.value <= one.score.threshold else 0.0
            news += self._said(one, told, alone, "information")
        return news

    def _said(self, one: Judged, value: float, seller: str | None, level: Level) -> list[Alarm]:
        key, score = (one.score.feature, level), one.score
        standing = self._alarms.get(key)

        def alarm(of: str | None, state: Literal["raised", "cleared"]) -> Alarm:
            return Alarm(score.feature, value, score.threshold, of, state, level)

        news = []
        gone = standing is not None and (value < _CLEARED * score.threshold or standing.seller != seller)
        if standing is not None and gone:
            news.append(alarm(standing.seller, "cleared"))
            del self._alarms[key]
        if value > score.threshold and key not in self._alarms:
            self._alarms[key] = alarm(seller, "raised")
            news.append(self._alarms[key])
        return news
