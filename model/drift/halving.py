"""What a reference's words owe to the sellers that they happen to be of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.drift.cells import Cells, Group
from model.drift.words import learn

_SPLITS = 8
_RESAMPLES = 25
_FEWEST_SELLERS = 8

Float64 = NDArray[np.float64]


def words_owe_to_sellers(
    titles: Sequence[str | None],
    sellers: Sequence[str],
    *,
    of_one: int,
    bins: int,
    rng: np.random.Generator,
) -> float:
    """How many times farther strange words lie between halves of the sellers than sellers alone take them.

    Which words are known hangs on which sellers the reference has: a language that none of them speaks is
    strange in all later sellers that do, so these are no independent draws, and drawing sellers again does
    not show it. Dealing the sellers in two does: one half's words are learned, the other is held against it.

    Args:
        titles: n of them.
        sellers: n, whose they are.
        of_one: rows of one seller that count.
        bins: of the comparison, cut on the half that is learned from.
        rng: deals.

    Returns:
        1 at least.
    """
    names, owner = np.unique(np.array(sellers), return_inverse=True)
    if len(names) < _FEWEST_SELLERS:
        return 1.0
    between, within = 0.0, 0.0
    for _ in range(_SPLITS):
        first = np.isin(owner, rng.permutation(len(names))[: len(names) // 2])
        learned, others = np.flatnonzero(first).tolist(), np.flatnonzero(~first).tolist()
        vocabulary, own = learn([titles[at] for at in learned], [sellers[at] for at in learned])
        known = np.array(own)
        told = known[~np.isnan(known)]
        if not len(told):
            return 1.0
        edges = np.unique(np.quantile(told, np.arange(1, bins) / bins))
        cells = Cells([Group("words", "index", len(edges) + 1)])
        mine = _counts(known, owner[first], edges, of_one)
        theirs = _counts(
            np.array([vocabulary.strange(titles[at]) for at in others]), owner[~first], edges, of_one
        )
        between += float(cells.distances(theirs.sum(axis=0), cells.smoothed(mine.sum(axis=0)))[0])
        within += _within(cells, mine, len(theirs), rng)
    return max(1.0, between / max(within, 1e-9))


def _within(cells: Cells, counts: Float64, sellers: int, rng: np.random.Generator) -> float:
    """The mean distance of sellers drawn again from sellers drawn again."""
    total = 0.0
    for _ in range(_RESAMPLES):
        window = rng.integers(len(counts), size=sellers)
        reference = rng.integers(len(counts), size=len(counts))
        expected = cells.smoothed(counts[reference].sum(axis=0))
        total += float(cells.distances(counts[window].sum(axis=0), expected)[0])
    return total / _RESAMPLES


def _counts(shares: Float64, owner: NDArray[np.int64], edges: Float64, of_one: int) -> Float64:
    """float64[k, b] of each of k sellers, scaled down to `of_one` rows."""
    told = ~np.isnan(shares)
    _, places = np.unique(owner[told], return_inverse=True)
    width, sellers = len(edges) + 1, int(places.max(initial=-1)) + 1
    flat = places * width + np.searchsorted(edges, shares[told], side="left")
    counts = np.bincount(flat, minlength=sellers * width).reshape(sellers, width).astype(np.float64)
    rows = counts.sum(axis=1, keepdims=True)
    scaled: Float64 = counts * np.minimum(1.0, of_one / np.maximum(rows, 1))
    return scaled
