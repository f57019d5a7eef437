"""Simple matchers on the same listings, to show that the stream is not too easy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from model.evaluation.search import unit_rows
from model.listing import Offer

Features = NDArray[np.float32]

_BINS = 20_000  # thresholds 0.0001 apart over cosines from -1 to 1
_CELLS = 1 << 22  # cosines in memory at a time: 16 MB


def f1(true_positives: int, claimed: int, true: int) -> float:
    """The F1 of a set of claimed pairs, 0 where nothing is claimed or true."""
    return 2 * true_positives / (claimed + true) if claimed + true else 0.0


def _normal(title: str) -> str:
    """Case, accents' spelling, punctuation, word order and blanks set aside."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", title).casefold())
    return " ".join(sorted(words))


def best_title_f1(listings: Sequence[Offer], truth: Collection[tuple[str, str]]) -> float:
    """The F1 of "equal titles are the same product", titles normalised; no title matches nothing.

    Args:
        listings: the listings to match with one another.
        truth: the sorted pairs of listing ids that are the same product.
    """
    by_title: dict[str, list[str]] = {}
    for listing in listings:
        if listing.title:
            by_title.setdefault(_normal(listing.title), []).append(listing.listing_id)
    claimed = {pair for ids in by_title.values() for pair in combinations(sorted(ids), 2)}
    return f1(len(claimed.intersection(truth)), len(claimed), len(truth))


def stacked(vectors: Sequence[Features | None]) -> Features:
    """float32[n, d] of n vectors float32[d], a NaN row for each that is missing."""
    width = next((len(vector) for vector in vectors if vector is not None), 1)
    missing = np.full(width, np.nan, np.float32)
    return np.stack([missing if vector is None else vector for vector in vectors])


def side_by_side(parts: Sequence[Features]) -> Features:
    """float32[n, sum of the parts' widths]: parts at unit length, equal in weight; a NaN row adds nothing."""
    return np.concatenate([unit_rows(part) for part in parts], axis=1)


def best_cosine_f1(listings: Sequence[Offer], vectors: Features, truth: Collection[tuple[str, str]]) -> float:
    """The F1 of "a cosine over the threshold is the same product", at the best threshold for these listings.

    Every two listings are compared, block by block; memory does not grow with their number squared.

    Args:
        listings: n of them.
        vectors: float32[n, d] of any length; a listing whose row is zeros or has a NaN matches nothing.
        truth: the sorted pairs of listing ids that are the same product.

    Raises:
        ValueError: not one vector for each listing.
    """
    if len(listings) != len(vectors):
        raise ValueError(f"one vector is wanted for each listing: {len(listings)} and {len(vectors)}")
    if not truth:
        return 0.0
    unit = unit_rows(vectors)
    there = np.flatnonzero(unit.any(axis=1))
    held = unit[there]
    place = {listings[row].listing_id: index for index, row in enumerate(there.tolist())}
    pairs = [(place[a], place[b]) for a, b in truth if a in place and b in place]
    first, second = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    claimed = _all_cosines(held)[::-1].cumsum()
    right = _histogram(np.einsum("ij,ij->i", held[first], held[second]))[::-1].cumsum()
    return float(np.max(2 * right / (claimed + len(truth))))


def _all_cosines(unit: Features) -> NDArray[np.int64]:
    """How many of all pairs of rows have their cosine in each bin."""
    total = np.zeros(_BINS, dtype=np.int64)
    rows = max(1, _CELLS // max(1, len(unit)))
    for start in range(0, len(unit), rows):
        block = unit[start : start + rows] @ unit[start:].T
        later = np.arange(block.shape[1]) > np.arange(block.shape[0])[:, None]
        total += _histogram(block[later])
    return total


def _histogram(cosines: Features) -> NDArray[np.int64]:
    bins = np.clip((cosines + 1) * (_BINS / 2), 0, _BINS - 1).astype(np.int64)
    return np.bincount(bins, minlength=_BINS)
