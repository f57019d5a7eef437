"""One window against what is expected of it: each feature's value, with everybody and without one seller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.drift.cells import Cells
from model.drift.chance import Chance

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scored:
    """Of f features; NaN where too few rows or sellers say something.

    Attributes:
        whole: float64[f], with all sellers.
        robust: float64[f], without the seller that drives it most, where that is less.
        without: float64[k, f], without each of k sellers.
        distances: float64[f], with all sellers, as plain numbers.
        known: float64[f], rows that say something.
    """

    whole: Float64
    robust: Float64
    without: Float64
    distances: Float64
    known: Float64


def score(cells: Cells, counts: Float64, sizes: Sequence[int], chance: Chance) -> Scored:
    """Score a window.

    One seller that is unlike the others moves the whole a little, however normal its coming is. So what
    alarms is the score without that seller: it takes two at least.

    Args:
        cells: of the counts.
        counts: float64[k, c], of each of k sellers.
        sizes: k, rows of each.
        chance: what is expected.
    """
    rows = np.asarray(sizes, np.float64)
    total, all_rows, squares = counts.sum(axis=0), rows.sum(), np.square(rows).sum()
    distances, known = cells.distances(total, chance.expected), cells.known(total)
    whole = chance.values(cells, distances, known, np.array(all_rows), np.array(squares))
    rest = total - counts
    without = chance.values(
        cells,
        cells.distances(rest, chance.expected),
        cells.known(rest),
        all_rows - rows,
        squares - np.square(rows),
    )
    judged = ~np.isnan(whole) & ~np.isnan(without).all(axis=0)
    robust = np.full(len(whole), np.nan)
    if judged.any():
        robust[judged] = np.fmin(whole[judged], np.nanmin(without[:, judged], axis=0))
    return Scored(whole, robust, without, distances, known)
