"""ADWIN: whether the mean of a stream of rates has changed, at whatever point of its past.

Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007. River's ADWIN says
yes or no; this one says how near it is as well, and takes a dozen numbers instead of a dependency.
"""

from __future__ import annotations

import math
from collections import deque

_PER_SIZE = 5  # buckets of one size before two become one of twice the size
_FEWEST = 5  # values on either side of a cut


class Adwin:
    """An adaptive window over values from 0 to 1, in memory that grows with the logarithm of its length."""

    def __init__(self, delta: float) -> None:
        """An empty window.

        Args:
            delta: the chance, at each value, of seeing a change where there is none.
        """
        self._delta = delta
        self._buckets: deque[tuple[int, float, float]] = deque()  # length, sum, sum of squares; oldest first

    @property
    def length(self) -> int:
        """Values that count."""
        return sum(length for length, _, _ in self._buckets)

    def update(self, value: float) -> float:
        """Take one value in.

        Args:
            value: 0 to 1.

        Returns:
            How far apart the two halves of the window lie, in units of what chance allows, at the cut where
            that is most; over 1 there was a change, and what lies before it is forgotten.
        """
        self._buckets.append((1, value, value * value))
        self._compress()
        farthest = 0.0
        while (cut := self._cut())[0] > 1:
            farthest = max(farthest, cut[0])
            for _ in range(cut[1]):
                self._buckets.popleft()
        return max(farthest, cut[0])

    def _compress(self) -> None:
        size, buckets = 1, list(self._buckets)
        while True:
            places = [place for place, bucket in enumerate(buckets) if bucket[0] == size]
            if len(places) <= _PER_SIZE:
                break
            one, two = buckets[places[0]], buckets.pop(places[1])
            buckets[places[0]] = (one[0] + two[0], one[1] + two[1], one[2] + two[2])
            size *= 2
        self._buckets = deque(buckets)

    def _cut(self) -> tuple[float, int]:
        """The greatest ratio of a difference to what chance allows, and how many buckets lie before it."""
        length = self.length
        if length < 2 * _FEWEST:
            return 0.0, 0
        total = sum(bucket[1] for bucket in self._buckets)
        squares = sum(bucket[2] for bucket in self._buckets)
        variance = max(squares / length - (total / length) ** 2, 0.0)
        log = math.log(2 * math.log(length) / self._delta)
        best, before, left = (0.0, 0), 0, 0.0
        for place, bucket in enumerate(self._buckets, start=1):
            before, left = before + bucket[0], left + bucket[1]
            after = length - before
            if before < _FEWEST or after < _FEWEST:
                continue
            inverse = 1 / before + 1 / after
            allowed = math.sqrt(2 * inverse * variance * log) + 2 / 3 * inverse * log
            best = max(best, (abs(left / before - (total - left) / after) / allowed, place))
        return best
