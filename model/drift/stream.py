"""One kind of thing that streams by, listings or pairs: its window, its past, and its scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.drift.capped import CappedWindow, Codes
from model.drift.cells import Cells
from model.drift.chance import Chance
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
        whole: the value with all sellers.
        drivers: sellers that drive it, the strongest first.
    """

    score: Score
    whole: float
    drivers: tuple[SellerShare, ...]


class Stream:
    """A capped window of codes, scored against a reference, or against its own past where `SCORES` say so."""

    def __init__(self, cells: Cells, chance: Chance, *, size: int, of_one: int) -> None:
        """Begin with an empty window."""
        self.window = CappedWindow(size, of_one, len(cells.groups))
        self._cells, self._chance, self._past = cells, chance, Past(cells.width)
        self._of_past = [name for name in cells.features if name in SCORES]

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
        if not self._past.turned(self.window):
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
        chance = self._expected(sizes)
        scored = score(self._cells, counts, sizes.tolist(), chance)
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
            judged.append(Judged(told, whole, drivers))
        return judged

    def _expected(self, sizes: NDArray[np.int64]) -> Chance:
        """The reference, with the stream's own past in the place of it where that is what counts."""
        past, limits, expected = self._past.counts, self._chance.thresholds.copy(), self._chance.expected
        noise = self._chance.noise.copy()
        smoothed = None if past is None else self._cells.smoothed(past)
        own = expected.copy()
        # The past's shares are known by about as many sellers as the window's.
        sellers = float(sizes.sum() ** 2 / np.square(sizes).sum())
        for name in self._of_past:
            place, span = self._cells.features.index(name), self._cells.span(name)
            if smoothed is None:
                limits[place] = 0
                continue
            own[span] = smoothed[span]
            noise[place, 0] *= max(1.0, (2 / sellers) / (1 / sellers + 1 / self._chance.sellers))
        return replace(self._chance, expected=own, noise=noise, thresholds=limits)


def by_seller(sellers: Sequence[str], codes: Codes) -> Iterator[tuple[str, Codes]]:
    """Each seller's rows in their order, the sellers in that of their first."""
    places: dict[str, list[int]] = {}
    for place, seller in enumerate(sellers):
        places.setdefault(seller, []).append(place)
    return ((seller, codes[own]) for seller, own in places.items())
