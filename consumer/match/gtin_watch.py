"""GTINs that look over-shared: a live count that raises an alarm and proposes the artifact's next list.

It decides nothing: a decision depends on the two rows and the artifact alone. The list that counts is the
artifact's `overshared_gtins`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

DOUBT = 0.1
"""A pair that an equal GTIN matches, and that the model gives less than this, speaks against the GTIN."""
_KEPT = 10_000


class GtinWatch:
    """Counts, by GTIN, the pairs that it matched against the model's judgement; the oldest are forgotten.

    Attributes:
        proposed: GTINs that reached the limit, for the next list.
    """

    def __init__(self, limit: int = 5) -> None:
        self._limit = limit
        self._doubted: OrderedDict[str, int] = OrderedDict()
        self.proposed: set[str] = set()

    def note(self, gtins: Iterable[str]) -> list[str]:
        """One doubted pair for each of these; returns those that reach the limit now, each once."""
        reached = []
        for gtin in gtins:
            count = self._doubted.pop(gtin, 0) + 1
            self._doubted[gtin] = count
            if count >= self._limit and gtin not in self.proposed:
                self.proposed.add(gtin)
                reached.append(gtin)
        while len(self._doubted) > _KEPT:
            self.proposed.discard(self._doubted.popitem(last=False)[0])
        return reached
