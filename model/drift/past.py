"""A stream's own past: what its windows held some turns ago, for scores that move as a catalogue grows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.drift.capped import CappedWindow

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

    @property
    def counts(self) -> Float64 | None:
        """float64[width] of the past; None while there is too little of it."""
        return self._counts if self._turns >= _WARM else None

    def added(self, seller: str, rows: int) -> None:
        """So many rows of a seller went into the window."""
        self._fresh[seller] = self._fresh.get(seller, 0) + rows

    def turned(self, window: CappedWindow) -> bool:
        """Whether half of the window is new since the last turn."""
        fresh = sum(min(rows, window.of_one) for rows in self._fresh.values())
        return 2 * fresh >= len(window) > 0

    def turn(self, counts: Float64) -> None:
        """The window as it is becomes the past of the window after the next turn."""
        self._counts = _KEPT * self._counts + self._pending
        self._pending = counts
        self._fresh = {}
        self._turns += 1
