"""How far chance alone takes a window from its reference, and how far is too far."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.drift.cells import Cells

WINDOWS_PER_ALARM = 43_200
"""One false alarm of all features together in thirty days, at one window a minute."""

CLEARED = 0.8
CALM = 60
"""An alarm is cleared when its score was under four fifths of its threshold for so many windows: one that
sways about it, as bulk uploads come and go, is said once."""

FEWEST_ROWS = 64
FEWEST_SELLERS = 6.0
FEWEST_ALONE = 16
UNLIKE = 0.01
"""The share of sellers like the reference's that are told of as unlike the others, all features together."""

LEAST_BY_CHANCE = 1e-12
"""What chance makes of a distance at the least: of a feature that is alike in all rows it makes nothing."""

_ALONE = 10  # times the smallest distance that matters of all sellers together

Float64 = NDArray[np.float64]

_SMALLEST = {"index": 0.02, "mean": 0.01, "sliced": 0.0025}
"""What is too small to matter, however surely it is there: a tenth of the population stability index that is
read as a change, a tenth and a twentieth of a spread, squared."""


@dataclass(frozen=True, eq=False)
class Chance:
    """What is expected of the cells of f features, and of undrifted windows.

    Attributes:
        expected: float64[c], the reference's share of each cell in its group.
        sellers: as many equal sellers would know the reference's shares as well.
        noise: float64[f, 2], by which a distance grows with the inverse of the sellers, and of the rows.
        thresholds: float64[f], in units of the root of that; 0 for a feature that cannot be judged: no row of
            the reference says anything of it, or its vectors are all one.
        alone: float64[f], likewise for the listings of one seller; 0 where one cannot be judged.
    """

    expected: Float64
    sellers: float
    noise: Float64
    thresholds: Float64
    alone: Float64

    def values(
        self, cells: Cells, distances: Float64, known: Float64, rows: Float64, squares: Float64
    ) -> Float64:
        """[..., f]: how many times farther than by chance; NaN where too few say something.

        A distance is divided by what chance makes of it: sellers differ from one another, so a window of few
        sellers, or with most rows of few, lies far off without any drift.

        Args:
            cells: those of `expected`.
            distances: [..., f].
            known: [..., f], rows that say something of each feature.
            rows: [...], rows of the windows.
            squares: [...], the sum over sellers of their rows squared.
        """
        scaled = np.sqrt(distances / self.by_chance(cells, known, rows, squares))
        few = (known < FEWEST_ROWS) | ((rows**2 < FEWEST_SELLERS * squares)[..., None])
        return np.where(few | (self.thresholds == 0), np.nan, scaled)

    def values_alone(self, cells: Cells, distances: Float64, known: Float64) -> Float64:
        """[..., f]: how many times farther a single seller lies than the reference's own sellers do.

        NaN where fewer than sixteen of its rows say something.
        """
        told = np.maximum(known, 1)
        usual = self.noise[:, 0] * (1 + 1 / self.sellers) + self.noise[:, 1] / told
        limits = np.where(self.alone > 0, self.alone, 1)
        by_chance = np.maximum(usual + _ALONE * smallest(cells) / np.square(limits), LEAST_BY_CHANCE)
        scaled = np.sqrt(distances / by_chance)
        return np.where((known < FEWEST_ALONE) | (self.alone == 0), np.nan, scaled)

    def widened(self, place: int, times: float) -> Chance:
        """The same, with so many times the noise of the feature at one place; single sellers as before."""
        noise, alone = self.noise.copy(), self.alone.copy()
        noise[place] *= times
        alone[place] /= np.sqrt(times)
        return replace(self, noise=noise, alone=alone)

    def by_chance(self, cells: Cells, known: Float64, rows: Float64, squares: Float64) -> Float64:
        """[..., f]: the distance that is expected without drift, and what is too small to matter."""
        told = np.maximum(known, 1)
        inverse = inverse_sellers(told, rows, squares)
        by_chance = self.noise[:, 0] * (inverse + 1 / self.sellers) + self.noise[:, 1] / told
        return by_chance + smallest(cells) / np.square(np.where(self.thresholds > 0, self.thresholds, 1))


def inverse_sellers(known: Float64, rows: Float64, squares: Float64) -> Float64:
    """[..., f]: one over the number of equal sellers that a feature is known of, 1 at most."""
    shares: Float64 = (squares / np.maximum(rows, 1))[..., None] / known
    return np.minimum(shares, 1.0)


def smallest(cells: Cells) -> Float64:
    """float64[f]: the distances under which nothing alarms."""
    kinds = {group.feature: group.kind for group in cells.groups}
    return np.array([_SMALLEST[kinds[name]] for name in cells.features])
