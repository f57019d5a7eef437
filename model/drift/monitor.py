"""The monitor of one shard's stream: rows and decisions in, a closed window out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model.drift.adaptive import Adwin
from model.drift.chance import WINDOWS_PER_ALARM
from model.drift.features import FEATURES
from model.drift.heavy import HeavyHitters
from model.drift.making import OF_ONE, PAIRS_OF_ONE
from model.drift.reference import DriftReference
from model.drift.standing import Standing
from model.drift.stream import Judged, Stream
from model.drift.window import DriftWindow
from model.embedded import EmbeddedListing
from model.money import Rates

ROWS = 1024
"""Listings, and pairs, that a window holds at most."""

_RATES = ("match_rate", "review_rate")

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
        self._reader, self._pair_reader, self._rates = reference.reader, reference.pair_reader, rates
        self._listings = Stream(self._reader.cells, reference.listing_chance, size=ROWS, of_one=OF_ONE)
        self._pairs = Stream(self._pair_reader.cells, reference.pair_chance, size=ROWS, of_one=PAIRS_OF_ONE)
        self._seen = HeavyHitters(sellers)
        delta = 1 / WINDOWS_PER_ALARM / len(FEATURES)
        self._adwins = {name: Adwin(delta) for name in _RATES}
        self._changed = dict.fromkeys(_RATES, 0.0)
        self._standing = Standing()

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
        if not rows:
            return
        sellers = [row.seller_id for row in rows]
        self._listings.add(sellers, self._reader.codes(rows, nearest, self._rates))
        for seller, own in Counter(sellers).items():
            self._seen.add(seller, own)

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
        turned = self._pairs.add(sellers, self._pair_reader.codes(probabilities, matched, reviewed))
        if turned is None:
            return
        cells = self._pair_reader.cells
        for name, adwin in self._adwins.items():
            no, yes = turned[cells.span(name)].tolist()
            self._changed[name] = max(self._changed[name], adwin.update(yes / (no + yes)))

    def close(self, began_ms: int, ended_ms: int) -> DriftWindow:
        """Score the sliding window as it stands.

        Args:
            began_ms: when the window before was closed, in milliseconds since 1970; carried through.
            ended_ms: now.
        """
        judged = self._listings.judge(self._is_new)
        judged += [self._with_adwin(one) for one in self._pairs.judge(self._is_new)]
        self._changed = dict.fromkeys(_RATES, 0.0)
        sizes = np.array(list(self._listings.window.sellers.values()), np.float64)
        shares = (share for one in judged for share in one.drivers)
        return DriftWindow(
            began_ms=began_ms,
            ended_ms=ended_ms,
            listings=len(self._listings.window),
            effective_sellers=float(sizes.sum() ** 2 / np.square(sizes).sum()) if len(sizes) else 0.0,
            scores={one.score.feature: one.score for one in judged},
            alarms=tuple(self._standing.news(judged)),
            sellers=tuple(sorted(shares, key=lambda one: (-one.share, one.feature, one.seller))),
        )

    def _is_new(self, seller: str) -> bool:
        return self._seen.surely(seller) < OF_ONE

    def _with_adwin(self, one: Judged) -> Judged:
        """The greater of two: a step against the past, and a change at any point of it that ADWIN sees."""
        changed = self._changed.get(one.score.feature, 0.0) * one.score.threshold
        value = max(one.score.value, changed)
        return replace(one, score=replace(one.score, value=value))
