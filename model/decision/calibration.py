"""From log-odds to probabilities that mean what they say: Platt or isotonic, whichever data prefer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.decision.logistic import fit_logistic, sigmoid

FloatArray = NDArray[np.float64]
Labels = NDArray[np.bool_]

_DECIMALS = 6
_FOLDS = 5
_LEAST_BLOCK = 20.0  # pairs that a step of an isotonic curve stands on


@dataclass(frozen=True, slots=True)
class Platt:
    """A logistic curve of the log-odds, bounded by what the calibration split can vouch for.

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
        _check_bounds(self.low, self.high)

    def __call__(self, log_odds: FloatArray) -> FloatArray:
        """float64[n] of float64[n], rounded to six decimals; never falls as the log-odds rise."""
        raw = sigmoid(np.clip(self.slope * log_odds + self.offset, -700.0, 700.0))
        return _bounded(raw, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A monotone piecewise-linear curve, flat beyond its ends and bounded like Platt's.

    Source: B. Zadrozny and C. Elkan, "Transforming classifier scores into accurate multiclass probability
    estimates" (KDD 2002); the steps are joined by lines, so that it has no jumps.

    Attributes:
        knots: log-odds, rising.
        values: probabilities at the knots, never falling.
        low, high: no probability lies outside.
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]
    low: float
    high: float

    def __post_init__(self) -> None:
        if len(self.knots) < 2 or len(self.knots) != len(self.values):
            raise ValueError("calibration: two knots or more, and as many values, are wanted")
        if any(not a < b for a, b in pairwise(self.knots)) or not all(map(math.isfinite, self.knots)):
            raise ValueError("calibration: the knots must be finite and rise")
        if any(not a <= b for a, b in pairwise((0.0, *self.values, 1.0))):
            raise ValueError("calibration: the values must not fall, and lie in 0 to 1")
        _check_bounds(self.low, self.high)

    def __call__(self, log_odds: FloatArray) -> FloatArray:
        """float64[n] of float64[n], rounded to six decimals; never falls as the log-odds rise."""
        return _bounded(np.interp(log_odds, self.knots, self.values), self.low, self.high)


Calibration = Platt | Isotonic


def _bounded(raw: FloatArray, low: float, high: float) -> FloatArray:
    return np.asarray(np.round(np.minimum(np.maximum(raw, low), high), _DECIMALS), dtype=np.float64)


def _check_bounds(low: float, high: float) -> None:
    if not 0 <= low < high <= 1:
        raise ValueError("calibration: 0 <= low < high <= 1 is wanted")


def log_loss(probabilities: FloatArray, labels: Labels, case_weights: FloatArray) -> float:
    """The mean weighted logarithmic loss, in nats."""
    safe = np.clip(probabilities, 1e-9, 1 - 1e-9)
    losses = -np.where(labels, np.log(safe), np.log1p(-safe))
    return float(case_weights @ losses / case_weights.sum())


def fit_platt(log_odds: FloatArray, labels: Labels, case_weights: FloatArray) -> Platt:
    """Of `float64[n]`, `bool[n]`, `float64[n]`; the slope is drawn to 1 where data are few."""
    slope, offset = fit_logistic(
        np.column_stack([log_odds, np.ones_like(log_odds)]),
        labels,
        case_weights,
        signs=np.array([1, 0], np.int8),
        prior=np.array([1.0, 0.0]),
        precision=np.array([1.0, 0.01]),
    )
    low, high = _bounds(labels, case_weights)
    return Platt(max(0.01, round(float(slope), 6)), round(float(offset), 6), low, high)


def fit_isotonic(log_odds: FloatArray, labels: Labels, case_weights: FloatArray) -> Isotonic:
    """By pooling neighbours that are out of order, or too light for a share of their own."""
    order = np.argsort(log_odds, kind="stable")
    blocks: list[tuple[float, float, float]] = []  # weight, weighted hits, weighted log-odds
    for x, hit, weight in zip(log_odds[order], labels[order], case_weights[order], strict=True):
        block = (float(weight), float(weight * hit), float(weight * x))
        while blocks and (
            blocks[-1][0] < _LEAST_BLOCK or blocks[-1][1] * block[0] >= block[1] * blocks[-1][0]
        ):
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    points: dict[float, float] = {}
    for weight, hits, total in blocks:
        if weight > 0:
            points[round(total / weight, _DECIMALS)] = round(hits / weight, _DECIMALS)
    if len(points) == 1:
        ((knot, value),) = points.items()
        points = {knot: value, knot + 1.0: value}
    low, high = _bounds(labels, case_weights)
    return Isotonic(tuple(points), tuple(np.maximum.accumulate(list(points.values())).tolist()), low, high)


def _bounds(labels: Labels, case_weights: FloatArray) -> tuple[float, float]:
    matches, others = float(case_weights[labels].sum()), float(case_weights[~labels].sum())
    return round(1 / (others + 2), _DECIMALS), round(1 - 1 / (matches + 2), _DECIMALS)


def fit_calibration(
    log_odds: FloatArray,
    labels: Labels,
    case_weights: FloatArray,
    groups: NDArray[np.int64] | None = None,
    seed: int = 0,
) -> tuple[Calibration, dict[str, float]]:
    """The better of Platt and isotonic by log loss over five folds of whole groups, then fitted on all.

    Args:
        log_odds: float64[n], of pairs that the weights were not fitted on.
        labels: bool[n].
        case_weights: float64[n].
        groups: int[n]; each pair its own by default.
        seed: of the folds.

    Returns:
        The calibration, and each kind's cross-validated log loss as `log_loss_platt` and `log_loss_isotonic`.
    """
    distinct, places = np.unique(np.arange(len(labels)) if groups is None else groups, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(distinct))[places] % _FOLDS
    losses: dict[str, float] = {}
    for name, fit in (("platt", fit_platt), ("isotonic", fit_isotonic)):
        said = np.full(len(labels), np.nan)
        for each in range(_FOLDS):
            seen = fold != each
            if 0 < labels[seen].sum() < seen.sum():
                said[~seen] = fit(log_odds[seen], labels[seen], case_weights[seen])(log_odds[~seen])
        told = ~np.isnan(said)
        losses[name] = log_loss(said[told], labels[told], case_weights[told]) if told.any() else math.inf
    chosen = fit_isotonic if losses["isotonic"] < losses["platt"] else fit_platt
    facts = {f"log_loss_{name}": round(loss, 6) for name, loss in losses.items() if math.isfinite(loss)}
    return chosen(log_odds, labels, case_weights), facts
