"""Rows written lately, in memory until the index surely shows them; or, while they are few, all there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from consumer.ports.clock import Clock
from consumer.ports.index import Hit, Row, RowKey

_SCORES_AT_ONCE = 4_000_000  # of float32: what a search holds in memory beside the rows


class RecentRows:
    """What this process wrote within the last `settle_s` seconds; searched with a matrix product.

    With `keep_rows`, what is written into an index that was empty when the shard was taken over is kept for
    longer, until it is more than that. So long these are all rows there are: what is not here is nowhere, and
    the index needs no search. Only the one writer of a shard may conclude so.
    """

    def __init__(self, clock: Clock, settle_s: float, dimension: int, keep_rows: int = 0) -> None:
        """Begin with none.

        Args:
            clock: dates what is written.
            settle_s: for how long a row is kept.
            dimension: of the vectors.
            keep_rows: how many are kept for longer; 0 keeps none so.
        """
        self._clock, self._settle_s, self._keep_rows = clock, settle_s, keep_rows
        self._whole: bool | None = None
        self._rows: dict[str, dict[int, Row]] = {}
        self._written: deque[tuple[float, RowKey]] = deque()
        self._stamp: dict[RowKey, float] = {}
        self._matrix: NDArray[np.float32] = np.empty((0, dimension), dtype=np.float32)
        self._matrix_rows: list[Row] = []
        self._stale_matrix = False

    def __len__(self) -> int:
        return len(self._stamp)

    @property
    def whole(self) -> bool:
        """Whether these are all rows of the shard that exist."""
        return self._whole is True

    @property
    def begun(self) -> bool:
        """Whether `begin` was called."""
        return self._whole is not None

    def begin(self, *, index_empty: bool) -> None:
        """The shard was taken over with such an index; called before the first row is written."""
        self._whole = index_empty and self._keep_rows > 0

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
        if self.whole and len(self) <= self._keep_rows:
            return
        horizon = self._clock.steady_s() - self._settle_s
        while self._written and self._written[0][0] < horizon:
            written, key = self._written.popleft()
            if self._stamp.get(key) == written:
                self.discard([key])
                self._whole = False

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
        step = max(1, _SCORES_AT_ONCE // len(self._matrix_rows))
        return [
            hits
            for start in range(0, len(vectors), step)
            for hits in self._best(vectors[start : start + step] @ self._matrix.T, limit)
        ]

    def _best(self, scores: NDArray[np.float32], limit: int) -> list[list[Hit]]:
        """Of each line of `float32[n, rows]` the greatest."""
        count = scores.shape[1]
        if count > limit:
            places = np.argpartition(scores, count - limit, axis=1)[:, count - limit :]
            scores = np.take_along_axis(scores, places, axis=1)
        else:
            places = np.broadcast_to(np.arange(count), scores.shape)
        return [self._ranked(*line) for line in zip(places.tolist(), scores.tolist(), strict=True)]

    def _ranked(self, places: list[int], scores: list[float]) -> list[Hit]:
        found = ((self._matrix_rows[place], score) for place, score in zip(places, scores, strict=True))
        hits = [Hit(row.listing_id, row.offset, score) for row, score in found]
        return sorted(hits, key=lambda hit: (-hit.score, hit.listing_id, -hit.offset))

    def _live(self) -> list[Row]:
        """The newest row of each listing, markers left out."""
        newest = (max(versions.values(), key=lambda row: row.offset) for versions in self._rows.values())
        return [row for row in newest if row.listing is not None]
