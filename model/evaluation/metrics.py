"""Figures of scored pairs: precision, recall, calibration. Plain numbers in, plain numbers out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Interval = tuple[float, float]

_Z95 = 1.959963984540054


def average_precision(scores: NDArray[np.floating], labels: Labels, total: int | None = None) -> float:
    """Area under the precision-recall curve, as a sum over distinct scores; 0 without a true label.

    Args:
        scores: float[n].
        labels: bool[n].
        total: how many true ones there are, those never scored included; None for those in `labels`.
    """
    tops = _Tops.of(scores, labels)
    wanted = tops.total(total)
    if not wanted:
        return 0.0
    gained = np.diff(tops.hits, prepend=0)
    return float(np.sum(gained / wanted * tops.hits / tops.taken))


def recall_at_precision(
    scores: NDArray[np.floating], labels: Labels, precision: float, total: int | None = None
) -> float:
    """The largest recall that some threshold reaches with at least this precision; 0 if none does."""
    tops = _Tops.of(scores, labels)
    wanted = tops.total(total)
    good = tops.hits >= precision * tops.taken
    return float(tops.hits[good].max(initial=0) / wanted) if wanted else 0.0


def best_f1(scores: NDArray[np.floating], labels: Labels, total: int | None = None) -> float:
    """F1 at the threshold that suits these very pairs best: an upper bound, not a result."""
    tops = _Tops.of(scores, labels)
    wanted = tops.total(total)
    return float((2 * tops.hits / (tops.taken + wanted)).max(initial=0.0)) if wanted else 0.0


def f1_of(right: float, matched: float, wanted: float) -> float:
    """2 TP / (matched + true); 0 where nothing was matched and nothing was to be found."""
    return 2 * right / (matched + wanted) if matched + wanted else 0.0


@dataclass(frozen=True)
class _Tops:
    """For each distinct score, from the highest: how many are at or over it, and how many of them true."""

    hits: NDArray[np.int64]
    taken: NDArray[np.int64]

    @classmethod
    def of(cls, scores: NDArray[np.floating], labels: Labels) -> _Tops:
        order = np.argsort(-scores, kind="stable")
        last = last_of_ties(scores[order])
        return cls(np.cumsum(labels[order], dtype=np.int64)[last], last + 1)

    def total(self, given: int | None) -> int:
        found = int(self.hits[-1]) if len(self.hits) else 0
        if given is not None and given < found:
            raise ValueError(f"{found} true ones were scored; there cannot be {given} in all")
        return found if given is None else given


def last_of_ties(ranked: NDArray[np.floating]) -> NDArray[np.int64]:
    """int64[m]: the place of the last of each run of equal scores."""
    if not len(ranked):
        return np.empty(0, np.int64)
    return np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1).astype(np.int64)


def wilson(right: int, of: int) -> Interval:
    """Wilson's 95 % score interval of a share (JASA 22, 1927); (0, 1) of nothing."""
    if not 0 <= right <= of:
        raise ValueError(f"{right} of {of} is no share")
    if not of:
        return 0.0, 1.0
    share, square = right / of, _Z95**2
    middle = share + square / (2 * of)
    half = _Z95 * math.sqrt(share * (1 - share) / of + square / (4 * of**2))
    scale = 1 + square / of
    low = 0.0 if right == 0 else (middle - half) / scale
    high = 1.0 if right == of else (middle + half) / scale
    return low, high


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of like probability, in a reliability diagram.

    Attributes:
        low: the smallest probability in it.
        high: the largest.
        probability: their mean.
        share: of true ones among them.
        interval: Wilson's, of `share`.
        pairs: how many.
    """

    low: float
    high: float
    probability: float
    share: float
    interval: Interval
    pairs: int


def equal_mass_bins(probabilities: Float64, bins: int) -> NDArray[np.int64]:
    """int64[n]: each one's bin, the bins as equal in number as ties allow (equal values share a bin)."""
    if not len(probabilities):
        return np.empty(0, np.int64)
    order = np.argsort(probabilities, kind="stable")
    ranked = probabilities[order]
    place = np.searchsorted(ranked, ranked, side="left") * bins // len(ranked)
    found = np.empty(len(ranked), np.int64)
    found[order] = place
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def reliability(probabilities: Float64, labels: Labels, bins: int = 15) -> list[Bin]:
    """The reliability diagram of float64[n], in bins of equal mass."""
    place = equal_mass_bins(probabilities, bins)
    found = []
    for number in range(place.max(initial=-1) + 1):
        inside = place == number
        right, of = int(labels[inside].sum()), int(inside.sum())
        held = probabilities[inside]
        found.append(
            Bin(float(held.min()), float(held.max()), float(held.mean()), right / of, wilson(right, of), of)
        )
    return found


def expected_calibration_error(probabilities: Float64, labels: Labels, bins: int = 15) -> float:
    """Mean gap between probability and share of true ones over bins of equal mass; 0 of nothing.

    Equal mass, since equal widths leave most bins all but empty (Nixon et al., CVPRW 2019).
    """
    if not len(probabilities):
        return 0.0
    place = equal_mass_bins(probabilities, bins)
    gaps = np.bincount(place, weights=probabilities - labels)
    return float(np.abs(gaps).sum() / len(probabilities))
