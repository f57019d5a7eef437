"""What a monitor says when it closes a window: scores, alarms, and the sellers that drive them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["alarm", "information"]
"""An alarm says that inputs or quality moved; information, that a seller is new and unlike the others."""


@dataclass(frozen=True, slots=True)
class Score:
    """How far one feature has moved.

    Attributes:
        feature: its name, one of `model.drift.FEATURES`: few, and the same for every artifact.
        value: how many times farther the window lies from the reference than chance takes it, at the number
            of listings and sellers that the window holds; about 1 without drift.
        threshold: the value over which it alarms, fixed by the reference.
        distance: the same as a plain number: a population stability index, or a squared shift.
        listings: how many listings of the window say something of this feature.
    """

    feature: str
    value: float
    threshold: float
    distance: float
    listings: int


@dataclass(frozen=True, slots=True)
class SellerShare:
    """A seller that drives a feature's score.

    Attributes:
        feature: whose score.
        seller: its id, as in the listings.
        listings: of its in the window.
        share: of the squared score, what goes when its listings are left out, 0 to 1.
        new: whether fewer of its listings than a window holds of one seller were ever seen.
    """

    feature: str
    seller: str
    listings: int
    share: float
    new: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """A crossing of a threshold, said once when it is raised and once when it is cleared.

    Attributes:
        feature: which score.
        score: its value.
        threshold: what it crossed.
        seller: the one that changed, or is new and unlike the others; None where it takes more than one.
        state: raised over the threshold; cleared when the score has fallen well below.
        level: see `Level`.
    """

    feature: str
    score: float
    threshold: float
    seller: str | None
    state: Literal["raised", "cleared"]
    level: Level = "alarm"


@dataclass(frozen=True, slots=True)
class DriftWindow:
    """One closed window.

    Attributes:
        began_ms: when the window before it was closed, in milliseconds since 1970.
        ended_ms: when it was closed.
        listings: that the sliding window holds.
        effective_sellers: as many sellers of equal size would say as much.
        scores: by feature; none of one of which too few listings or sellers say something.
        alarms: what crossed a threshold since the window before.
        sellers: those that drive the scores, the strongest first.
    """

    began_ms: int
    ended_ms: int
    listings: int
    effective_sellers: float = 0.0
    scores: Mapping[str, Score] = field(default_factory=dict)
    alarms: tuple[Alarm, ...] = ()
    sellers: tuple[SellerShare, ...] = ()
