"""The online recall: a few searches are repeated with far more effort, and what both found is compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from consumer.ports.clock import Clock
from consumer.ports.index import Hit, Index

_MOST: Final = 8  # searches of one batch: an index answers them together, nearly at the price of one
_TIE: Final = 1e-6  # of two scores: either row is as good a neighbour


class Probed(NamedTuple):
    """What probes said: over the neighbours expected, those found are the recall."""

    searches: int = 0
    expected: int = 0
    found: int = 0


class RecallProbe:
    """Repeats searches of a batch as long as that takes no more than a share of the time.

    A probe that took a second is followed by none for a second over the share, so that its cost is bounded
    whatever the index and its size.
    """

    def __init__(self, index: Index, clock: Clock, share: float) -> None:
        """Probe from the first batch on.

        Args:
            index: searched again.
            clock: for how long that takes.
            share: in [0, 1), of this process's time; 0 never probes.
        """
        self._index, self._clock, self._share = index, clock, share
        self._next_s = clock.steady_s()

    def probe(
        self,
        vectors: NDArray[np.float32],
        in_index: Sequence[Sequence[Hit]],
        in_memory: Sequence[Sequence[Hit]],
        limit: int,
        *,
        strong: bool,
    ) -> Probed:
        """Search some of `float32[n, d]` again, if it is time to.

        Args:
            vectors: what was searched.
            in_index: for each the hits of the ordinary search.
            in_memory: for each the hits among the rows that the index may not show yet.
            limit: the most hits that the search was asked for.
            strong: as in that search.

        Raises:
            IndexFault: the index cannot be searched.
        """
        began_s = self._clock.steady_s()
        if not self._share or began_s < self._next_s or not len(vectors):
            return Probed()
        chosen = range(0, len(vectors), -(-len(vectors) // _MOST))
        thorough = self._index.search(vectors[list(chosen)], limit, strong=strong, thorough=True)
        ended_s = self._clock.steady_s()
        self._next_s = ended_s + (ended_s - began_s) / self._share
        seen = [
            compared(best, in_index[place], in_memory[place], limit)
            for place, best in zip(chosen, thorough, strict=True)
        ]
        return Probed(len(seen), sum(expected for expected, _ in seen), sum(found for _, found in seen))


def compared(best: Sequence[Hit], stored: Sequence[Hit], late: Sequence[Hit], limit: int) -> tuple[int, int]:
    """How many neighbours were to be found, and how many were.

    A hit that is only as good as the last one that was found is not expected: of equals, either will do.
    """
    known = {(hit.listing_id, hit.offset) for hit in (*stored, *late)}
    last = stored[-1].score if len(stored) >= limit else -np.inf
    found = sum((hit.listing_id, hit.offset) in known for hit in best)
    missed = sum((hit.listing_id, hit.offset) not in known and hit.score > last + _TIE for hit in best)
    return found + missed, found
