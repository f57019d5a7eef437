"""A stream's own past: what its windows held some turns ago, for scores that move as a catalogue grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model.drift.cells import Cells
from model.drift.chance import Chance

Float64 = NDArray[np.float64]

_KEPT = 0.8  # of the past, at each turn: five turns weigh most
_WARM = 8  # turns before the past says anything: a catalogue that fills up moves every score at first


class Past:
    """Fading counts of earlier windows; a turn is over when half of a window is new, bulk uploads capped."""

    def __init__(self, width: int) -> None:
        """Without a past; of counts float64[width]."""
        self._counts, self._pending = np.zeros(width), np.zeros(width)
        self._fresh: dict[str, int] = {}
        self._turns = 0

    def expected(self, cells: Cells, chance: Chance, places: Sequence[int], sellers: float) -> Chance:
        """A reference with the past in the place of it for some features; while there is none, they wait.

        Args:
            cells: of the counts.
            chance: the reference's.
            places: of the features that the past is to be held against.
            sellers: how many equal sellers say what the window says, and so about what the past says.
        """
        limits, own, noise = chance.thresholds.copy(), chance.expected.copy(), chance.noise.copy()
        for place in places:
            if self._turns < _WARM:
                limits[place] = 0
                continue
            span = cells.span(cells.features[place])
            counts = self._counts[span] + 0.5  # as `Cells.smoothed` does it; each of these has one group
            own[span] = counts / counts.sum()
            noise[place, 0] *= max(1.0, (2 / sellers) / (1 / sellers + 1 / chance.sellers))
        return replace(chance, expected=own, noise=noise, thresholds=limits)

    def added(self, seller: str, rows: int) -> None:
        """So many rows of a seller went into the window."""
        self._fresh[seller] = self._fresh.get(seller, 0) + rows

    def turned(self, held: int, of_one: int) -> bool:
        """Whether half of the window is new since the last turn.

        Args:
            held: rows in the window.
            of_one: how many of one seller it holds at most.
        """
        fresh = sum(min(rows, of_one) for rows in self._fresh.values())
        return 2 * fresh >= held > 0

    def turn(self, counts: Float64) -> None:
        """The window as it is becomes the past of the window after the next turn."""
        self._counts = _KEPT * self._counts + self._pending
        self._pending = counts
        self._fresh = {}
        self._turns += 1
