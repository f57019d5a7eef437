"""Rows written lately, in memory until the index surely shows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from consumer.ports.clock import Clock
from consumer.ports.index import Hit, Row, RowKey


class RecentRows:
    """What this process wrote within the last `settle_s` seconds; searched with one matrix product."""

    def __init__(self, clock: Clock, settle_s: float, dimension: int) -> None:
        self._clock, self._settle_s = clock, settle_s
        self._rows: dict[str, dict[int, Row]] = {}
        self._written: deque[tuple[float, RowKey]] = deque()
        self._stamp: dict[RowKey, float] = {}
        self._matrix: NDArray[np.float32] = np.empty((0, dimension), dtype=np.float32)
        self._matrix_rows: list[Row] = []
        self._stale_matrix = False

    def __len__(self) -> int:
        return len(self._stamp)

    def add(self, rows: Iterable[Row]) -> None:
        """These were acknowledged just now."""
        now = self._clock.steady_s()
        for row in rows:
            self._rows.setdefault(row.listing_id, {})[row.offset] = row
            self._written.append((now, row.key))
            self._stamp[row.key] = now
        self._stale_matrix = True

    def expire(self) -> None:
        """Forget what the index surely shows by now."""
        horizon = self._clock.steady_s() - self._settle_s
        while self._written and self._written[0][0] < horizon:
            written, key = self._written.popleft()
            if self._stamp.get(key) == written:
                self.discard([key])

    def discard(self, keys: Collection[RowKey]) -> None:
        """These rows were deleted."""
        for key in keys:
            if self._stamp.pop(key, None) is not None:
                self._stale_matrix = True
                versions = self._rows[key.listing_id]
                del versions[key.offset]
                if not versions:
                    del self._rows[key.listing_id]

    def discard_from(self, position: int) -> None:
        """Rows at or past `position` come from an aborted batch: they do not exist yet."""
        self.discard([key for key in self._stamp if key.offset >= position])

    def of(self, listing_id: str) -> Collection[Row]:
        """The rows of a listing, in no order."""
        return self._rows.get(listing_id, {}).values()

    def with_gtin(self, gtins: Collection[str]) -> list[Row]:
        """Live rows with one of these GTINs."""
        return [row for row in self._live() if row.listing is not None and row.listing.gtin in gtins]

    def search(self, vectors: NDArray[np.float32], limit: int) -> list[list[Hit]]:
        """For each of `float32[n, d]` the nearest of these rows, at most `limit`, best first."""
        if self._stale_matrix:
            self._matrix_rows = self._live()
            parts = [row.listing.embedding.vector for row in self._matrix_rows if row.listing is not None]
            self._matrix = np.stack(parts) if parts else self._matrix[:0]
            self._stale_matrix = False
        if not self._matrix_rows:
            return [[] for _ in vectors]
        scores = vectors @ self._matrix.T
        return [self._best(row, limit) for row in scores]

    def _best(self, scores: NDArray[np.float32], limit: int) -> list[Hit]:
        best: Sequence[int] | NDArray[np.intp] = range(len(scores))
        if len(scores) > limit:
            best = np.argpartition(-scores, limit)[:limit]
        hits = (
            Hit(self._matrix_rows[i].listing_id, self._matrix_rows[i].offset, float(scores[i])) for i in best
        )
        return sorted(hits, key=lambda hit: (-hit.score, hit.listing_id, -hit.offset))

    def _live(self) -> list[Row]:
        """The newest row of each listing, markers left out."""
        newest = (max(versions.values(), key=lambda row: row.offset) for versions in self._rows.values())
        return [row for row in newest if row.listing is not None]
