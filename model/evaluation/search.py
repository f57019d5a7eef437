"""Exact search: the nearest listings by cosine, in blocks, so that memory stays bounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Places = NDArray[np.int64]

_CELLS = 1 << 25  # scores in memory at a time: 128 MB


@dataclass(frozen=True)
class Offered:
    """Pairs of listings that retrieval offers, each once.

    Attributes:
        places: int64[p, 2] of two listings, the smaller first; sorted.
        cosines: float64[p].
    """

    places: Places
    cosines: NDArray[np.float64]

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.places)


def unit_rows(vectors: Float32) -> Float32:
    """float32[n, d] at unit length; a row of zeros or with a NaN (a listing without it) becomes zeros."""
    known = np.where(np.isnan(vectors).any(axis=1, keepdims=True), np.float32(0), vectors)
    length = np.linalg.norm(known, axis=1, keepdims=True)
    unit: Float32 = (known / np.where(length > 0, length, 1)).astype(np.float32)
    return unit


def nearest(unit: Float32, k: int) -> tuple[Places, Float32]:
    """Of each listing its k nearest others, from the nearest: places int64[n, k] and cosines float32[n, k].

    Rows of zeros find nobody and are found by nobody. Where there are fewer than k, place -1 and cosine -inf.
    Ties go to the smaller place.
    """
    found = np.full((len(unit), k), -1, np.int64)
    cosines = np.full((len(unit), k), -np.inf, np.float32)
    there = np.flatnonzero(np.abs(unit).sum(axis=1) > 0)
    held = np.ascontiguousarray(unit[there])
    wanted = min(k, len(there) - 1)
    if wanted < 1:
        return found, cosines
    for start in range(0, len(there), max(1, _CELLS // len(there))):
        rows = np.arange(start, min(len(there), start + max(1, _CELLS // len(there))))
        scores = held[rows] @ held.T
        scores[np.arange(len(rows)), rows] = -np.inf
        near = np.argpartition(-scores, wanted - 1, axis=1)[:, :wanted]
        values = np.take_along_axis(scores, near, axis=1)
        order = np.lexsort((near, -values), axis=1)
        found[there[rows], :wanted] = there[np.take_along_axis(near, order, axis=1)]
        cosines[there[rows], :wanted] = np.take_along_axis(values, order, axis=1)
    return found, cosines


def offered(unit: Float32, k: int) -> Offered:
    """What exact retrieval of each listing's k nearest offers."""
    places, cosines = nearest(unit, k)
    queries = np.repeat(np.arange(len(unit)), k)
    flat, values = places.ravel(), cosines.ravel()
    there = flat >= 0
    first = np.minimum(queries, flat)[there]
    second = np.maximum(queries, flat)[there]
    keys, index = np.unique(first * len(unit) + second, return_index=True)
    rounded = np.round(values[there][index].astype(np.float64), 6)
    return Offered(
        np.stack([keys // len(unit), keys % len(unit)], axis=1).astype(np.int64),
        rounded.astype(np.float64),
    )


def ranked_neighbours(offers: Offered, scores: NDArray[np.float64], listings: int, k: int) -> Places:
    """int64[n, k]: each listing's best partners among the offered pairs, best first; -1 for want of more."""
    queries = np.concatenate([offers.places[:, 0], offers.places[:, 1]])
    partners = np.concatenate([offers.places[:, 1], offers.places[:, 0]])
    order = np.lexsort((partners, -np.concatenate([scores, scores]), queries))
    queries, partners = queries[order], partners[order]
    rank = np.arange(len(queries)) - np.searchsorted(queries, queries, side="left")
    best = np.full((listings, k), -1, np.int64)
    kept = rank < k
    best[queries[kept], rank[kept]] = partners[kept]
    return best
