"""The index in memory: for tests, with a visibility as late as Milvus' where nobody asks for strong reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from consumer.errors import IndexFault
from consumer.index.identity import mismatch
from consumer.index.rows import check_limit, check_row, check_vectors, last_by_key, payload_of
from consumer.ports.clock import Clock, SystemClock
from consumer.ports.index import Hit, IndexIdentity, Row, RowKey, Stored


class MemoryStore:
    """What a `MemoryIndex` leaves behind when its process dies: open another one on it.

    Every acknowledged write is in `rows`; a read that is not strong sees what `settled` gives.

    Attributes:
        identity: what the collection was made for; None until it is.
        rows: all rows by key, as a strong read sees them.
        watermark: the greatest noted; likewise `decided`.
    """

    def __init__(self) -> None:
        self.identity: IndexIdentity | None = None
        self.rows: dict[RowKey, Row] = {}
        self.watermark: int | None = None
        self.decided = 0
        self._settled: dict[RowKey, Row] = {}
        self._unsettled: deque[tuple[float, RowKey, Row | None]] = deque()

    def put(self, key: RowKey, row: Row | None, now_s: float) -> None:
        """Take in a row, or with None its removal."""
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row
        self._unsettled.append((now_s, key, row))

    def settled(self, until_s: float) -> dict[RowKey, Row]:
        """The rows as they were at `until_s` (which may not go back)."""
        while self._unsettled and self._unsettled[0][0] <= until_s:
            _, key, row = self._unsettled.popleft()
            if row is None:
                self._settled.pop(key, None)
            else:
                self._settled[key] = row
        return self._settled

    def clear(self) -> None:
        """As if the collection had never been."""
        self.identity = None
        self.watermark = None
        self.decided = 0
        self.rows.clear()
        self._settled.clear()
        self._unsettled.clear()


class MemoryIndex:
    """See `consumer.ports.index.Index`.

    Args:
        identity: what the collection is for.
        store: where the rows are; outlives this object.
        visible_after_s: how long a write or a removal stays unseen by reads that are not strong.
        clock: whose steady seconds are meant.
    """

    def __init__(
        self,
        identity: IndexIdentity,
        *,
        store: MemoryStore | None = None,
        visible_after_s: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self._identity = identity
        self._store = MemoryStore() if store is None else store
        self._visible_after_s = visible_after_s
        self._clock: Clock = SystemClock() if clock is None else clock
        self._open = False

    def open(self) -> None:
        """See `Index`."""
        if self._store.identity is None:
            self._store.identity = self._identity
        elif fault := mismatch("the index in memory", self._identity, self._store.identity):
            raise fault
        self._open = True

    def write(self, rows: Sequence[Row], watermark: int, decided: int = 0) -> None:
        """See `Index`."""
        self._check_open()
        for row in rows:
            check_row(row, self._identity.dimension)
            payload_of(row)
        now_s = self._clock.steady_s()
        for row in last_by_key(rows):
            self._store.put(row.key, row, now_s)
        self._store.watermark = max(watermark, self._store.watermark or 0)
        self._store.decided = max(decided, self._store.decided)

    def watermark(self) -> int | None:
        """See `Index`."""
        self._check_open()
        return self._store.watermark

    def decided(self) -> int:
        """See `Index`."""
        self._check_open()
        return self._store.decided

    def search(
        self, vectors: NDArray[np.float32], limit: int, *, strong: bool, thorough: bool = False
    ) -> list[list[Hit]]:
        """See `Index`. Every search is exact, `thorough` or not."""
        del thorough
        check_limit(limit)
        check_vectors(vectors, self._identity.dimension)
        live = [(row.key, row.listing.embedding.vector) for row in self._rows(strong=strong) if row.listing]
        if not live or not len(vectors):
            return [[] for _ in vectors]
        scores = vectors @ np.stack([vector for _, vector in live]).T
        found = (
            sorted(
                (
                    Hit(live[place][0].listing_id, live[place][0].offset, float(line[place]))
                    for place in _greatest(line, limit)
                ),
                key=lambda hit: (-hit.score, hit.listing_id, -hit.offset),
            )
            for line in scores
        )
        return [hits[:limit] for hits in found]

    def by_gtin(self, gtins: Collection[str], limit: int, *, strong: bool) -> dict[str, list[RowKey]]:
        """See `Index`."""
        check_limit(limit)
        wanted = set(gtins)
        found: dict[str, list[RowKey]] = {}
        matching = (row for row in self._rows(strong=strong) if row.listing and row.listing.gtin in wanted)
        for row in sorted(matching, key=lambda row: row.key):
            if row.listing and row.listing.gtin:
                found.setdefault(row.listing.gtin, []).append(row.key)
        return {gtin: keys[:limit] for gtin, keys in found.items()}

    def rows_of(self, listing_ids: Collection[str], *, strong: bool) -> dict[str, list[Row]]:
        """See `Index`."""
        wanted = set(listing_ids)
        found: dict[str, list[Row]] = {}
        for row in sorted(self._rows(strong=strong), key=lambda row: row.offset):
            if row.listing_id in wanted:
                found.setdefault(row.listing_id, []).append(row)
        return found

    def scan(self, start: int, stop: int) -> Iterator[Stored]:
        """See `Index`."""
        for row in [row for row in self._rows(strong=True) if start <= row.offset < stop]:
            yield Stored(row, _vector_of(row, self._identity.dimension))

    def expired_markers(self, before_ms: int, limit: int) -> list[Row]:
        """See `Index`."""
        check_limit(limit)
        old = [row for row in self._rows(strong=True) if row.listing is None and row.timestamp_ms < before_ms]
        return sorted(old, key=lambda row: (row.timestamp_ms, row.key))[:limit]

    def delete(self, keys: Collection[RowKey]) -> None:
        """See `Index`."""
        self._check_open()
        now_s = self._clock.steady_s()
        for key in keys:
            self._store.put(RowKey(*key), None, now_s)

    def live_rows(self) -> int:
        """See `Index`."""
        return sum(row.listing is not None for row in self._rows(strong=True))

    def room(self) -> None:
        """See `Index`. Memory is the process's own."""

    def drop(self) -> None:
        """See `Index`."""
        self._store.clear()
        self._open = False

    def close(self) -> None:
        """See `Index`."""
        self._open = False

    def _rows(self, *, strong: bool) -> Collection[Row]:
        self._check_open()
        until_s = self._clock.steady_s() - self._visible_after_s
        return (self._store.rows if strong else self._store.settled(until_s)).values()

    def _check_open(self) -> None:
        if not self._open:
            raise IndexFault("the index is not open: call open() first")


def _greatest(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """Places of the `limit` greatest scores, and of all that equal the last of them."""
    if len(scores) <= limit:
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, -limit)[-limit])


def _vector_of(row: Row, dimension: int) -> NDArray[np.float32]:
    return np.zeros(dimension, np.float32) if row.listing is None else row.listing.embedding.vector
