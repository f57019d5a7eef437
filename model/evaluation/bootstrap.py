"""A bootstrap over products: how far each figure would move on another catalogue of the same kind.

Listings of one product stand or fall together, so products are drawn, not pairs. A product that was drawn w
times counts w times; a pair of two products p and q counts w_p w_q times, one within a product w_p times
(Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1, 2007: if anything too wide). Pairs are
sorted once; a resample is then two gathers and a cumulative sum. Two scorings under the same draws give the
interval of their difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.evaluation.metrics import Interval, Labels, equal_mass_bins, last_of_ties

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Draws:
    """Resamples of products, the same for every figure that is to be compared.

    Attributes:
        weights: float32[b, products + 1]; the last is always 1, for whatever belongs to no second product.
    """

    weights: Float32

    @classmethod
    def of(cls, products: int, resamples: int, seed: int) -> Draws:
        """Draw `products` products with replacement, `resamples` times.

        Raises:
            ValueError: not even one product.
        """
        if products < 1:
            raise ValueError("there is no product to draw")
        rng = np.random.default_rng(seed)
        weights = np.ones((resamples, products + 1), np.float32)
        for row in weights:
            row[:-1] = np.bincount(rng.integers(0, products, products), minlength=products)
        return cls(weights)

    def each(self, figure: Callable[[Float32], float]) -> Float64:
        """float64[b]: the figure under each resample's weights."""
        return np.array([figure(row) for row in self.weights])


def interval(values: Float64) -> Interval | None:
    """The middle 95 % of resampled figures, NaN apart; None if there are none."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


@dataclass(frozen=True)
class CurveFigures:
    """Of one precision-recall curve.

    Attributes:
        aucpr: area under it.
        recall_at_p98: the largest recall with a precision of at least 98 %.
        recall_at_p99: likewise.
        best_f1: at the threshold that suits this very set best.
    """

    aucpr: float
    recall_at_p98: float
    recall_at_p99: float
    best_f1: float


class PairCurve:
    """The precision-recall curve of scored pairs, sorted once, for any weights of products.

    Only thresholds where recall rises matter to its figures, so false pairs between two of them are summed.

    Args:
        scores: float64[p] of the offered pairs.
        same: bool[p].
        products: int64[p, 2] of the two sides.
        true_pairs: int64[products], how many true pairs each product has, those never offered included.
    """

    def __init__(self, scores: Float64, same: Labels, products: Places, true_pairs: Places) -> None:
        order = np.argsort(-scores, kind="stable")
        ranked = same[order]
        last = last_of_ties(scores[order])
        rising = last[np.diff(np.cumsum(ranked)[last], prepend=0) > 0] if len(last) else last
        kept = order[: rising[-1] + 1] if len(rising) else order[:0]
        self._starts = np.append(0, rising[:-1] + 1) if len(rising) else np.empty(0, np.int64)
        self._first = products[kept, 0]
        self._second = np.where(same[kept], len(true_pairs), products[kept, 1])
        self._hit = same[kept]
        self._true = true_pairs.astype(np.float32)

    def points(self, weights: Float32) -> tuple[Float64, Float64, float]:
        """True pairs float64[m] and pairs float64[m] at or over each threshold, and all true pairs."""
        total = float(weights[:-1] @ self._true)
        if not len(self._starts):
            return np.empty(0), np.empty(0), total
        pairs = weights[self._first] * weights[self._second]
        taken = np.cumsum(np.add.reduceat(pairs, self._starts, dtype=np.float64))
        hits = np.cumsum(np.add.reduceat(pairs * self._hit, self._starts, dtype=np.float64))
        return hits, taken, total

    def figures(self, weights: Float32) -> CurveFigures:
        """All of them; NaN where the draw has no true pair."""
        hits, taken, total = self.points(weights)
        if not total:
            return CurveFigures(np.nan, np.nan, np.nan, np.nan)
        there = taken > 0
        hits, taken = hits[there], taken[there]
        precision = hits / taken
        return CurveFigures(
            aucpr=float(np.sum(np.diff(hits, prepend=0.0) * precision) / total),
            recall_at_p98=float(hits[precision >= 0.98].max(initial=0.0) / total),
            recall_at_p99=float(hits[precision >= 0.99].max(initial=0.0) / total),
            best_f1=float((2 * hits / (taken + total)).max(initial=0.0)),
        )


@dataclass(frozen=True)
class MatchFigures:
    """Of the pairs that were called a match; NaN where the denominator is nothing."""

    precision: float
    recall: float
    f1: float


class Matches:
    """The pairs that were called a match, for any weights of products; arguments as of `PairCurve`."""

    def __init__(self, same: Labels, products: Places, true_pairs: Places) -> None:
        self._same = same
        self._first = products[:, 0]
        self._second = np.where(same, len(true_pairs), products[:, 1])
        self._true = true_pairs.astype(np.float32)

    def figures(self, weights: Float32) -> MatchFigures:
        """Precision, recall and F1."""
        pairs = (weights[self._first] * weights[self._second]).astype(np.float64)
        matched, right = float(pairs.sum()), float(pairs[self._same].sum())
        total = float(weights[:-1] @ self._true)
        return MatchFigures(
            precision=right / matched if matched else np.nan,
            recall=right / total if total else np.nan,
            f1=2 * right / (matched + total) if total else np.nan,
        )


class Calibrated:
    """Probabilities against the truth, in fixed bins of equal mass, for any weights of products."""

    def __init__(self, probabilities: Float64, same: Labels, products: Places, count: int, bins: int) -> None:
        self._place = equal_mass_bins(probabilities, bins)
        self._gap = probabilities - same
        self._first = products[:, 0]
        self._second = np.where(same, count, products[:, 1])

    def error(self, weights: Float32) -> float:
        """The expected calibration error; NaN of nothing."""
        pairs = (weights[self._first] * weights[self._second]).astype(np.float64)
        whole = pairs.sum()
        gaps = np.bincount(self._place, weights=pairs * self._gap)
        return float(np.abs(gaps).sum() / whole) if whole else np.nan


class Shares:
    """A mean over listings, for any weights of products.

    Args:
        hits: float[n] of each listing.
        products: int64[n].
        count: how many products there are.
    """

    def __init__(self, hits: Float64, products: Places, count: int) -> None:
        self._hits = np.bincount(products, weights=hits, minlength=count)
        self._listings = np.bincount(products, minlength=count).astype(np.float64)

    def mean(self, weights: Float32) -> float:
        """NaN of nothing."""
        listings = float(weights[:-1] @ self._listings)
        return float(weights[:-1] @ self._hits) / listings if listings else np.nan
