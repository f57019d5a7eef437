"""The monitor of one shard's stream: rows and decisions in, a closed window out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.drift.window import DriftWindow
from model.drift_reference import DriftReference
from model.embedded import EmbeddedListing
from model.money import Rates

Float64 = NDArray[np.float64]
Flags = NDArray[np.bool_]


class DriftMonitor:
    """Holds a stream's newest listings against a reference. No clock, no I/O, one thread, bounded memory."""

    def __init__(self, reference: DriftReference, rates: Rates, *, sellers: int = 64) -> None:
        """Begin with an empty window.

        Args:
            reference: the artifact's, or one made by a rebase.
            rates: the artifact's.
            sellers: how many sellers are remembered beyond the window, those with most listings.
        """
        self._reference, self._rates, self._sellers = reference, rates, sellers
        self._listings = 0

    def rows(self, rows: Sequence[EmbeddedListing], nearest: Float64) -> None:
        """Listings that took effect.

        Args:
            rows: n listings as the inner log holds them.
            nearest: float64[n], each one's cosine to its nearest other listing; NaN for one that has none.

        Raises:
            ValueError: `nearest` of another length.
        """
        if nearest.shape != (len(rows),):
            raise ValueError(f"{len(rows)} listings with {nearest.shape} nearest similarities")
        self._listings += len(rows)

    def decisions(
        self, sellers: Sequence[str], probabilities: Float64, *, matched: Flags, reviewed: Flags
    ) -> None:
        """Pairs that were decided, both listings on sale.

        Args:
            sellers: of each of m pairs the seller of the listing whose row made it be judged.
            probabilities: float64[m], the decider's.
            matched: bool[m], whether the pair is a match now.
            reviewed: bool[m], whether it waits for a person.

        Raises:
            ValueError: arrays of other lengths.
        """
        shape = (len(sellers),)
        if not probabilities.shape == matched.shape == reviewed.shape == shape:
            raise ValueError(f"{len(sellers)} sellers with {probabilities.shape} probabilities")

    def close(self, began_ms: int, ended_ms: int) -> DriftWindow:
        """Score the sliding window as it stands.

        Args:
            began_ms: when the window before was closed, in milliseconds since 1970; carried through.
            ended_ms: now.
        """
        return DriftWindow(began_ms, ended_ms, self._listings)
