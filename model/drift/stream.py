"""One kind of thing that streams by, listings or pairs: its window, its past, and its scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.drift.capped import CappedWindow, Codes
from model.drift.cells import Cells
from model.drift.chance import CLEARED, FEWEST_ALONE, Chance
from model.drift.features import SCORES
from model.drift.past import Past
from model.drift.scoring import score
from model.drift.window import Score, SellerShare

_DRIVERS = 3  # sellers named of a feature
_TOLD = 0.1  # share of a score from which on a seller is named

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A feature's score, and what it is with its strongest seller.

    Attributes:
        score: without that seller: what alarms.
        drivers: sellers that drive it, the strongest first.
        unlike: sellers that lie farther from the reference than its own do, and how far.
        unlike_over: from which value on they do; 0 where single sellers are not judged.
    """

    score: Score
    drivers: tuple[SellerShare, ...]
    unlike: Mapping[str, float]
    unlike_over: float


class Stream:
    """A capped window of codes, scored against a reference, or against its own past where `SCORES` say so."""

    def __init__(self, cells: Cells, chance: Chance, *, size: int, of_one: int) -> None:
        """Begin with an empty window."""
        self.window = CappedWindow(size, of_one, len(cells.groups))
        self._cells, self._chance, self._past = cells, chance, Past(cells.width)
        self._of_past = [place for place, name in enumerate(cells.features) if name in SCORES]

    def add(self, sellers: Sequence[str], codes: Codes) -> Float64 | None:
        """Take rows in.

        Args:
            sellers: n, whose.
            codes: int16[n, g].

        Returns:
            The window's counts float64[c] when half of it is new since it last gave them.
        """
        for seller, own in by_seller(sellers, codes):
            self.window.add(seller, own)
            self._past.added(seller, len(own))
        if not self._past.turned(len(self.window), self.window.of_one):
            return None
        _, _, held = self.window.rows()
        total: Float64 = self._cells.counts(np.zeros(len(held), np.int64), held, 1)[0]
        self._past.turn(total)
        return total

    def judge(self, new: Callable[[str], bool]) -> list[Judged]:
        """Score the window as it stands; a feature that cannot be judged is left out.

        Args:
            new: whether a seller is new.
        """
        sellers, owners, codes = self.window.rows()
        if not sellers:
            return []
        counts = self._cells.counts(owners, codes, len(sellers))
        sizes = np.bincount(owners, minlength=len(sellers))
        alike = float(sizes.sum() ** 2 / np.square(sizes).sum())
        chance = self._past.expected(self._cells, self._chance, self._of_past, alike)
        scored = score(self._cells, counts, sizes.tolist(), chance)
        alone = self._alone(counts, chance)
        judged = []
        for place in np.flatnonzero(~np.isnan(scored.robust)).tolist():
            feature, whole = self._cells.features[place], float(scored.whole[place])
            told = Score(
                feature=feature,
                value=float(scored.robust[place]),
                threshold=float(chance.thresholds[place]),
                distance=float(scored.distances[place]),
                listings=int(scored.known[place]),
            )
            left = np.nan_to_num(scored.without[:, place], nan=whole)
            shares = 1 - np.square(np.minimum(left / max(whole, 1e-12), 1))
            order = np.argsort(-shares, kind="stable")[:_DRIVERS].tolist()
            drivers = tuple(
                SellerShare(feature, sellers[of], int(sizes[of]), float(shares[of]), new(sellers[of]))
                for of in order
                if shares[of] >= _TOLD
            )
            limit = float(chance.alone[place])
            far = np.flatnonzero(np.nan_to_num(alone[:, place]) > CLEARED * limit).tolist()
            unlike = {sellers[of]: float(alone[of, place]) for of in far if limit}
            judged.append(Judged(told, drivers, unlike, limit))
        return judged

    def _alone(self, counts: Float64, chance: Chance) -> Float64:
        """float64[k, f]: each seller by itself."""
        known = self._cells.known(counts)
        values = np.full(known.shape, np.nan)
        many = np.flatnonzero((known >= FEWEST_ALONE).any(axis=1))
        if len(many):
            distances = self._cells.distances(counts[many], chance.expected)
            values[many] = chance.values_alone(self._cells, distances, known[many])
        return values


def by_seller(sellers: Sequence[str], codes: Codes) -> Iterator[tuple[str, Codes]]:
    """Each seller's rows in their order, the sellers in that of their first."""
    places: dict[str, list[int]] = {}
    for place, seller in enumerate(sellers):
        places.setdefault(seller, []).append(place)
    return ((seller, codes[own]) for seller, own in places.items())
