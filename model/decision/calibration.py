"""From log-odds to probabilities that mean what they say, and thresholds from a stated precision."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.decision.logistic import fit_logistic

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling, bounded by what the calibration split can vouch for.

    Source: J. Platt, "Probabilistic outputs for support vector machines" (1999); its smoothed targets are the
    bounds here.

    Attributes:
        slope: positive, so that it keeps the order of the pairs.
        low, high: no probability lies outside.
    """

    slope: float
    offset: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (self.slope > 0 and math.isfinite(self.slope) and math.isfinite(self.offset)):
            raise ValueError("calibration: the slope must be positive and finite, the offset finite")
        if not 0 <= self.low < self.high <= 1:
            raise ValueError("calibration: 0 <= low < high <= 1 is wanted")

    def __call__(self, log_odds: float) -> float:
        """The calibrated probability, rounded to six decimals; never falls as the log-odds rise."""
        value = max(-700.0, min(700.0, self.slope * log_odds + self.offset))
        return round(min(self.high, max(self.low, 1.0 / (1.0 + math.exp(-value)))), 6)


def fit_calibration(log_odds: FloatArray, labels: NDArray[np.bool_], case_weights: FloatArray) -> Calibration:
    """Fit on pairs that the weights were not fitted on: `float64[n]`, `bool[n]`, `float64[n]`."""
    design = np.column_stack([log_odds, np.ones_like(log_odds)])
    slope, offset = fit_logistic(
        design,
        labels,
        case_weights,
        signs=np.array([1, 0], np.int8),
        prior=np.array([1.0, 0.0]),
        precision=np.array([1.0, 0.01]),
    )
    matches, others = float(case_weights[labels].sum()), float(case_weights[~labels].sum())
    return Calibration(
        slope=max(0.01, round(float(slope), 6)),
        offset=round(float(offset), 6),
        low=round(1 / (others + 2), 6),
        high=round(1 - 1 / (matches + 2), 6),
    )


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a probability starts to count as a match, and what was seen there.

    Attributes:
        value: pairs at or above it match.
        precision: of the calibration split's pairs at or above it; None if there are none.
        interval: Wilson's 95 % interval of that precision.
        recall: of the calibration split's true pairs.
        pairs: how many lie at or above it.
        reached: whether the target could be met; if not, nothing matches by the model.
    """

    value: float
    target: float
    precision: float | None
    interval: tuple[float, float]
    recall: float
    pairs: int
    reached: bool


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a share (JASA 22, 1927); 95 % by default."""
    if total == 0:
        return 0.0, 1.0
    share = hits / total
    middle = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    whole = 1 + z * z / total
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def choose_threshold(
    probabilities: FloatArray, labels: NDArray[np.bool_], target: float, lowest: float
) -> Threshold:
    """The lowest threshold, not under `lowest`, above which the share of true pairs is `target` or more."""
    order = np.argsort(-probabilities, kind="stable")
    ranked, hits = probabilities[order], np.cumsum(labels[order])
    counts = np.arange(1, len(order) + 1)
    ends = np.flatnonzero(
        np.append(ranked[1:] != ranked[:-1], values=True)
    )  # a threshold cuts between values
    good = [end for end in ends if hits[end] >= target * counts[end] and ranked[end] >= lowest]
    truths = max(1, int(labels.sum()))
    if not good:
        return Threshold(1.0, target, None, wilson(0, 0), 0.0, 0, reached=False)
    end = int(good[-1])
    found, total = int(hits[end]), int(counts[end])
    low, high = wilson(found, total)
    return Threshold(
        value=float(ranked[end]),
        target=target,
        precision=round(found / total, 6),
        interval=(round(low, 6), round(high, 6)),
        recall=round(found / truths, 6),
        pairs=total,
        reached=True,
    )
