"""A histogram whose bins were cut on a reference, so that anything later can be counted in the same bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 20
_MOST = 1 << 40  # in one bin; sums of them stay exact

Float64 = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts between edges; bin i holds what is over edge i - 1 and not over edge i.

    The first bin lies below and the last one above all that the reference held: both are empty in it, and
    what falls there later is out of its range.

    Attributes:
        edges: float64[b - 1], ascending, each once.
        counts: int64[b].
        missing: how many values were not known (NaN).
    """

    edges: Float64
    counts: Counts
    missing: int

    def __post_init__(self) -> None:
        if self.edges.ndim != 1 or self.counts.shape != (len(self.edges) + 1,):
            raise ValueError(f"{self.edges.shape} edges and {self.counts.shape} counts are no histogram")
        if not np.isfinite(self.edges).all() or not (self.edges[1:] > self.edges[:-1]).all():
            raise ValueError("a histogram's edges are finite and ascend")
        if not 0 <= self.missing <= _MOST or not ((self.counts >= 0) & (self.counts <= _MOST)).all():
            raise ValueError(f"a histogram counts from 0 to {_MOST}")

    @classmethod
    def of(cls, values: ArrayLike) -> Self:
        """Bins of equal mass, as far as ties allow, of the reference float[n]; NaN is a missing value.

        Raises:
            ValueError: an infinite value.
        """
        given = np.asarray(values, np.float64).ravel()
        if np.isinf(given).any():
            raise ValueError("an infinite value has no bin")
        known = given[~np.isnan(given)]
        edges = np.empty(0)
        if len(known):
            inner = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")
            # Not the next float below: next to 0 that is a subnormal, which some libraries' modes read as 0.
            below = known.min() - max(1e-9, 1e-9 * abs(known.min()))
            edges = np.unique([below, *inner, known.max()])
        return cls(edges, *_counted(given, edges))

    def count(self, values: ArrayLike) -> Self:
        """Other values float[n] in the same bins."""
        return type(self)(self.edges, *_counted(np.asarray(values, np.float64).ravel(), self.edges))

    @property
    def total(self) -> int:
        """How many values were counted, missing ones included."""
        return int(self.counts.sum()) + self.missing


def _counted(values: Float64, edges: Float64) -> tuple[Counts, int]:
    known = values[~np.isnan(values)]
    places = np.searchsorted(edges, known, side="left")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.int64), len(values) - len(known)
