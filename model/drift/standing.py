"""Which alarms stand: each is said when it is raised and when it is cleared, and not in between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from model.drift.chance import CALM, CLEARED
from model.drift.stream import Judged
from model.drift.window import Alarm, Level

_SELLERS = 3  # told of at a time, of one feature


class Standing:
    """What was raised and not cleared: alarms by feature, information by feature and seller of the window."""

    def __init__(self) -> None:
        """Nothing stands."""
        self._alarms: dict[tuple[str, str | None], Alarm] = {}
        self._calm: dict[tuple[str, str | None], int] = {}

    def news(self, judged: Iterable[Judged]) -> list[Alarm]:
        """What is raised or cleared by a window's scores.

        A feature that a window cannot judge stays as it was.
        """
        news: list[Alarm] = []
        for one in judged:
            score = one.score
            news += self._said(score.feature, None, score.value, score.threshold, "alarm")
            told = {seller for feature, seller in self._alarms if feature == score.feature and seller}
            for seller in sorted(told):
                value = one.unlike.get(seller, 0.0)
                news += self._said(score.feature, seller, value, one.unlike_over, "information")
            if (score.feature, None) in self._alarms:
                continue  # where all have moved, no single seller is news
            strangers = sorted(set(one.unlike) - told, key=lambda seller: (-one.unlike[seller], seller))
            for seller in strangers[: max(0, _SELLERS - len(told))]:
                value = one.unlike[seller]
                news += self._said(score.feature, seller, value, one.unlike_over, "information")
        return news

    def _said(
        self, feature: str, seller: str | None, value: float, threshold: float, level: Level
    ) -> list[Alarm]:
        def alarm(state: Literal["raised", "cleared"]) -> Alarm:
            return Alarm(feature, value, threshold, seller, state, level)

        key = (feature, seller)
        if key not in self._alarms:
            if value <= threshold:
                return []
            self._alarms[key], self._calm[key] = alarm("raised"), 0
            return [self._alarms[key]]
        self._calm[key] = self._calm[key] + 1 if value < CLEARED * threshold else 0
        if self._calm[key] < CALM:
            return []
        del self._alarms[key], self._calm[key]
        return [alarm("cleared")]
