"""The sellers with most listings, in bounded memory."""

from __future__ import annotations


class HeavyHitters:
    """SpaceSaving (Metwally, Agrawal and El Abbadi, ICDT 2005) over sellers.

    Any seller with more than one in `size` of all listings is in here. A count is never too low, and too high
    by no more than the smallest count that was given up for it, which is taken off in `surely`.
    """

    def __init__(self, size: int) -> None:
        """Remember at most so many sellers.

        Raises:
            ValueError: none at all.
        """
        if size < 1:
            raise ValueError("at least one seller is to be remembered")
        self._size = size
        self._counts: dict[str, tuple[int, int]] = {}  # seller -> count, how much of it may be others'

    def __len__(self) -> int:
        """How many sellers are remembered."""
        return len(self._counts)

    def add(self, seller: str, listings: int) -> str | None:
        """Count a seller's listings; gives the seller that was given up for it, if one was."""
        count, error = self._counts.get(seller, (0, 0))
        given_up = None
        if not count and len(self._counts) == self._size:
            given_up = min(self._counts, key=lambda name: (self._counts[name][0], name))
            count = error = self._counts.pop(given_up)[0]
        self._counts[seller] = (count + listings, error)
        return given_up

    def surely(self, seller: str) -> int:
        """Listings that were surely this seller's; 0 of one that is not remembered."""
        count, error = self._counts.get(seller, (0, 0))
        return count - error
