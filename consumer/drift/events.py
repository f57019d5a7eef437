"""What a closed window says, as the topic `drift` carries it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consumer.contracts.drift import (
    DriftEvent,
    DriftLevel,
    DriftScore,
    DriftScores,
    DriftState,
    DrivingSeller,
    Window,
)
from model.drift import Alarm, DriftWindow, SellerShare

_MOST_SELLERS, _MOST_DRIVERS = 50, 5  # of one record of scores, and of one alarm
_MOST = 1e9  # JSON has no infinity


def event_of(alarm: Alarm, window: DriftWindow, about: Mapping[str, Any]) -> DriftEvent:
    """An alarm with the sellers that drive its score; `about` has shard, artifact version and reference."""
    drivers = [one for one in window.sellers if one.feature == alarm.feature]
    return DriftEvent(
        **about,
        window=span(window),
        state=DriftState(alarm.state),
        level=DriftLevel(alarm.level),
        feature=alarm.feature,
        seller=alarm.seller,
        score=_number(alarm.score),
        threshold=_number(alarm.threshold),
        sellers=tuple(_driving(one) for one in drivers[:_MOST_DRIVERS]),
    )


def scores_of(window: DriftWindow, about: Mapping[str, Any]) -> DriftScores:
    """All scores of a window; `about` as above."""
    scores = {
        name: DriftScore(
            score=_number(score.value),
            threshold=_number(score.threshold),
            distance=_number(score.distance, 9),
            listings=score.listings,
        )
        for name, score in window.scores.items()
    }
    sellers = tuple(_driving(one) for one in _worth_naming(window))
    return DriftScores(**about, window=span(window), scores=scores, sellers=sellers)


def span(window: DriftWindow) -> Window:
    """When the window was."""
    return Window(began=_moment(window.began_ms), ended=_moment(window.ended_ms), listings=window.listings)


def _worth_naming(window: DriftWindow) -> list[SellerShare]:
    """Those behind scores that have come half the way to an alarm; far below nobody drives anything."""
    near = {
        name: score.value / score.threshold
        for name, score in window.scores.items()
        if 0 < score.threshold <= 2 * score.value
    }
    drivers = [one for one in window.sellers if one.feature in near]
    return sorted(drivers, key=lambda one: (-near[one.feature], -one.share, one.seller))[:_MOST_SELLERS]


def _driving(one: SellerShare) -> DrivingSeller:
    return DrivingSeller(
        feature=one.feature,
        seller=one.seller,
        listings=one.listings,
        share=round(min(1.0, max(0.0, one.share)), 6),
        new=one.new,
    )


def _number(value: float, digits: int = 6) -> float:
    return round(min(value, _MOST), digits)


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, tz=UTC)
