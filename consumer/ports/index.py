"""The index's port: versioned rows of one shard, in any vector database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from model.embedded import EmbeddedListing


class RowKey(NamedTuple):
    """The primary key: a listing and the offset of the record of the inner log that wrote the row."""

    listing_id: str
    offset: int


@dataclass(frozen=True, slots=True)
class Row:
    """A pure function of the inner log at `offset`: whoever writes it, and however late, writes the same.

    Attributes:
        origin: offset of the listing's own record; on a retry of it, less than `offset`.
        timestamp_ms: of the inner log's record.
        listing: None makes it a marker: the listing was deleted here.
    """

    listing_id: str
    offset: int
    origin: int
    timestamp_ms: int
    listing: EmbeddedListing | None

    @property
    def key(self) -> RowKey:
        """Its primary key."""
        return RowKey(self.listing_id, self.offset)


class Hit(NamedTuple):
    """One row that a search found. `score` only ranks; similarities are computed from stored vectors."""

    listing_id: str
    offset: int
    score: float


class Room(NamedTuple):
    """What an index takes on its disk, and could take at most."""

    used_bytes: int
    limit_bytes: int


class Stored(NamedTuple):
    """A row as it lies in the index, with the vector that its searches compare (of a marker, any)."""

    row: Row
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class IndexIdentity:
    """What a collection was made for; it serves nothing else."""

    cluster_id: str
    topic: str
    topic_id: str
    shard: int
    embedding_version: str
    dimension: int


class Index(Protocol):
    """One shard's rows. Calls come from one thread. Errors after retries are `IndexFault`.

    `strong` waits until every acknowledged write is visible; without it one of the last seconds may not be.
    """

    def open(self) -> None:
        """Connect; create the collection with its identity, or check it.

        Raises:
            IndexMismatch: it exists and belongs to something else, or has another dimension or metric.
            IndexFault: unreachable.
        """

    def write(self, rows: Sequence[Row], watermark: int, decided: int = 0) -> None:
        """Insert or replace rows by key, and note that all before offset `watermark` were written.

        Several rows of one key in one call: the last counts. `decided` is noted with it: an offset that the
        group has committed already; 0 where nobody knows.
        """

    def watermark(self) -> int | None:
        """The greatest noted watermark, read strongly; None of an empty index."""

    def decided(self) -> int:
        """The greatest offset noted as committed, read strongly; 0 if none.

        The group had come as far at least; what it committed since is a batch or two.
        """

    def search(
        self, vectors: NDArray[np.float32], limit: int, *, strong: bool, thorough: bool = False
    ) -> list[list[Hit]]:
        """For each of `float32[n, d]` the nearest live (not marker) rows by inner product.

        A `thorough` search costs many times more and misses next to none; it tells what the others miss.
        At most `limit` each, sorted by (-score, listing_id, -offset). Several rows of one listing may appear.
        """

    def by_gtin(self, gtins: Collection[str], limit: int, *, strong: bool) -> dict[str, list[RowKey]]:
        """Keys of live rows with each 14-digit GTIN, at most `limit` of each."""

    def rows_of(self, listing_ids: Collection[str], *, strong: bool) -> dict[str, list[Row]]:
        """All rows of these listings, markers and superseded ones among them, by rising offset."""

    def scan(self, start: int, stop: int) -> Iterator[Stored]:
        """All rows with `start <= offset < stop`, read strongly, in no order; slow, for offline jobs."""

    def expired_markers(self, before_ms: int, limit: int) -> list[Row]:
        """Markers with an older timestamp, oldest first as far as the index can tell."""

    def delete(self, keys: Collection[RowKey]) -> None:
        """Remove rows; a missing one is no error."""

    def live_rows(self) -> int:
        """How many rows are not markers, read strongly."""

    def room(self) -> Room | None:
        """How much room it takes; None where another process sees to that."""

    def drop(self) -> None:
        """Remove the whole collection, whatever it was made for; it need not be open, and is to be closed."""

    def close(self) -> None:
        """Flush and let go."""
