"""The newest things seen, at most so many of one seller: a bulk upload drives nobody else's out."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int16]


class CappedWindow:
    """A sliding window of rows of codes, bounded in all and by seller.

    A seller over its cap loses its own oldest rows; where the window is full, the seller that has been silent
    longest does. So no seller ever holds more than `of_one` of the `size` rows, and one that uploads its
    whole catalogue at once moves the window no more than one that lists a few.
    """

    def __init__(self, size: int, of_one: int, width: int) -> None:
        """An empty window of `size` rows of int16[width]."""
        self.size, self.of_one = size, of_one
        self._width, self._rows = width, 0
        self._held: OrderedDict[str, Codes] = OrderedDict()  # the seller silent longest first

    def __len__(self) -> int:
        """How many rows."""
        return self._rows

    @property
    def sellers(self) -> dict[str, int]:
        """How many rows each seller has in here."""
        return {seller: len(rows) for seller, rows in self._held.items()}

    def add(self, seller: str, rows: Codes) -> None:
        """Take one seller's rows int16[n, width] in, in their order."""
        own = self._held.pop(seller, None)
        self._rows -= 0 if own is None else len(own)
        newest = rows[-self.of_one :]
        older = self.of_one - len(newest)
        kept = newest.copy() if own is None or not older else np.concatenate([own[-older:], newest])
        self._held[seller] = kept
        self._rows += len(kept)
        while self._rows > self.size:
            silent, theirs = next(iter(self._held.items()))
            over = min(self._rows - self.size, len(theirs))
            self._rows -= over
            if over == len(theirs):
                del self._held[silent]
            else:
                self._held[silent] = theirs[over:].copy()

    def rows(self) -> tuple[list[str], NDArray[np.int64], Codes]:
        """Sellers, each row's place among them int64[n], and the rows int16[n, width]."""
        owners = np.repeat(np.arange(len(self._held)), [len(rows) for rows in self._held.values()])
        nothing = np.empty((0, self._width), np.int16)
        return list(self._held), owners, np.concatenate([nothing, *self._held.values()])
