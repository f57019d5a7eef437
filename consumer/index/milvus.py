"""The index on Milvus, a Lite file or a server: one code that bears their differences.

Reads that are not strong are `Bounded`: at most a few seconds old, and without a wait. `Eventually` promises
no bound, and the match role keeps its latest rows in memory only for a bounded time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from consumer.index.collection import DDL_TIMEOUT_S, make_ready
from consumer.index.connection import MilvusConnection
from consumer.index.rows import (
    MAX_LIMIT,
    check_limit,
    check_row,
    check_vectors,
    last_by_key,
    listing_key,
    primary_key,
)
from consumer.index.schema import (
    KEY_FIELDS,
    METRIC,
    ROW_FIELDS,
    Hnsw,
    Kind,
    collection_name,
    entity_row,
    noted_decided,
    row_entity,
    watermark_entity,
    watermark_key,
)
from consumer.ports.index import Hit, IndexIdentity, Room, Row, RowKey, Stored

T = TypeVar("T")

_WRITE_BYTES: Final = 16 * 2**20  # of one upsert; a server takes 64 MiB
_HITS_PER_CALL: Final = 100_000
_LISTINGS_PER_QUERY: Final = 256
_KEYS_PER_DELETE: Final = 1_000
_SCAN_ROWS: Final = 2_048  # of one answer, with payload and vector
_WATERMARKS_KEPT: Final = 2
_WATERMARKS_BEFORE_CLEANING: Final = 32
_LITE_FLUSH_ROWS: Final = 4_096  # searching rows that are not flushed costs Lite several times more


class MilvusIndex:
    """See `consumer.ports.index.Index`. Not for several threads at once.

    Args:
        uri: a path that ends in `.db` (Milvus Lite, one process only), or `http(s)://HOST:PORT`.
        identity: what the collection is for; checked by `open`.
        token: `user:password` or an API key, for a server that wants one.
        collection: its name; by default from embedding version and shard.
        hnsw: parameters of the graph. `m` and `ef_construction` count when the collection is created.
        connect_timeout_s: within this `open` reports an unreachable server.
        call_timeout_s: of one attempt of one call.
        budget_s: of all attempts of one call, before it is an `IndexFault`.

    Raises:
        Misconfigured: the URI is neither a Lite file nor a server.
    """

    def __init__(
        self,
        uri: str,
        identity: IndexIdentity,
        *,
        token: str | None = None,
        collection: str | None = None,
        hnsw: Hnsw | None = None,
        connect_timeout_s: float = 5.0,
        call_timeout_s: float = 10.0,
        budget_s: float = 60.0,
    ) -> None:
        self._identity = identity
        self._collection = collection_name(identity) if collection is None else collection
        self._hnsw = Hnsw() if hnsw is None else hnsw
        self._milvus = MilvusConnection(
            uri,
            token=token,
            connect_timeout_s=connect_timeout_s,
            call_timeout_s=call_timeout_s,
            budget_s=budget_s,
        )
        self._watermarks: set[int] = set()
        self._rows_since_flush = 0

    @property
    def collection(self) -> str:
        """The collection's name."""
        return self._collection

    def open(self) -> None:
        """See `Index`."""
        self._milvus.open()
        try:
            make_ready(self._milvus, self._collection, self._identity, self._hnsw)
            self._watermarks = set(self._read_watermarks())
        except BaseException:
            self.close()
            raise

    def write(self, rows: Sequence[Row], watermark: int, decided: int = 0) -> None:
        """See `Index`. The watermark is the last entity of the last upsert, so it never runs ahead."""
        dimension = self._identity.dimension
        for row in rows:
            check_row(row, dimension)
        entities = [row_entity(row, dimension) for row in last_by_key(rows)]
        for chunk in _by_bytes([*entities, watermark_entity(watermark, decided, dimension)], _WRITE_BYTES):
            self._upsert(chunk)
        self._watermarks.add(watermark)
        self._clean_watermarks()
        self._rows_since_flush += len(entities) + 1
        if self._rows_since_flush >= _LITE_FLUSH_ROWS:
            self._flush_lite()

    def watermark(self) -> int | None:
        """See `Index`."""
        return max(self._read_watermarks(), default=None)

    def decided(self) -> int:
        """See `Index`."""
        return max(self._read_watermarks().values(), default=0)

    def search(
        self, vectors: NDArray[np.float32], limit: int, *, strong: bool, thorough: bool = False
    ) -> list[list[Hit]]:
        """See `Index`. All vectors in one call where the answer has a sane size: each costs Lite a walk."""
        check_limit(limit)
        check_vectors(vectors, self._identity.dimension)
        found: list[list[Hit]] = []
        ef = max(self._hnsw.thorough_ef if thorough else self._hnsw.ef, limit)
        for chunk in _chunks(list(vectors), max(1, _HITS_PER_CALL // limit)):
            found += self._search(chunk, limit, ef, strong=strong)
        return found

    def by_gtin(self, gtins: Collection[str], limit: int, *, strong: bool) -> dict[str, list[RowKey]]:
        """See `Index`."""
        check_limit(limit)
        by_number = {int(gtin): gtin for gtin in gtins}
        found: dict[str, set[RowKey]] = {}
        for chunk in _chunks(sorted(by_number), _LISTINGS_PER_QUERY):
            for entity in self._with_gtins(chunk, limit, strong=strong):
                key = RowKey(entity["listing_id"], entity["row_offset"])
                found.setdefault(by_number[entity["gtin"]], set()).add(key)
        return {gtin: sorted(keys)[:limit] for gtin, keys in found.items()}

    def rows_of(self, listing_ids: Collection[str], *, strong: bool) -> dict[str, list[Row]]:
        """See `Index`. Ids are asked for by their hash and compared after reading."""
        wanted = set(listing_ids)
        rows: dict[RowKey, Row] = {}
        for chunk in _chunks(sorted({listing_key(name) for name in wanted}), _LISTINGS_PER_QUERY):
            for entity in self._query_all(f"listing_key in {chunk}", ROW_FIELDS, strong=strong):
                if entity["listing_id"] in wanted:
                    row = entity_row(entity)
                    rows[row.key] = row
        found: dict[str, list[Row]] = {}
        for row in sorted(rows.values(), key=lambda row: row.offset):
            found.setdefault(row.listing_id, []).append(row)
        return found

    def scan(self, start: int, stop: int) -> Iterator[Stored]:
        """See `Index`."""
        condition = f"kind != {Kind.WATERMARK:d} and row_offset >= {start:d} and row_offset < {stop:d}"
        for entity in self._query_all(condition, [*ROW_FIELDS, "vector"], strong=True, limit=_SCAN_ROWS):
            yield Stored(entity_row(entity), np.asarray(entity["vector"], dtype=np.float32))

    def expired_markers(self, before_ms: int, limit: int) -> list[Row]:
        """See `Index`. Of more than `limit` Milvus chooses which; those are sorted."""
        check_limit(limit)
        condition = f"kind == {Kind.MARKER:d} and timestamp_ms < {before_ms:d}"
        rows = [entity_row(entity) for entity in self._query(condition, ROW_FIELDS, limit, strong=True)]
        return sorted(rows, key=lambda row: (row.timestamp_ms, row.key))

    def delete(self, keys: Collection[RowKey]) -> None:
        """See `Index`."""
        self._delete([primary_key(listing_id, offset) for listing_id, offset in keys])

    def live_rows(self) -> int:
        """See `Index`. All less the others: Lite reads every row that a filtered count counts."""
        return self._count("") - self._count(f"kind != {Kind.LIVE:d}")

    def room(self) -> Room | None:
        """See `Index`. A server's disk is the server's own to watch."""
        return self._milvus.room()

    def drop(self) -> None:
        """See `Index`. The connection stays open, and `open` makes the collection anew."""
        self._milvus.open()  # what belongs to something else could not be opened first
        self._milvus.call(
            "dropping the collection",
            lambda client, limit_s: client.drop_collection(self._collection, timeout=limit_s),
            timeout_s=DDL_TIMEOUT_S,
        )
        self._watermarks.clear()
        self._rows_since_flush = 0

    def close(self) -> None:
        """See `Index`. A server needs no flush: what it acknowledged is in its log."""
        try:
            if self._rows_since_flush:
                self._flush_lite()
        finally:
            self._milvus.close()

    def _upsert(self, entities: list[dict[str, Any]]) -> None:
        self._milvus.call(
            f"writing {len(entities)} rows",
            lambda client, limit_s: client.upsert(self._collection, entities, timeout=limit_s),
        )

    def _search(
        self, vectors: Sequence[NDArray[np.float32]], limit: int, ef: int, *, strong: bool
    ) -> list[list[Hit]]:
        answers = self._milvus.call(
            f"searching the neighbours of {len(vectors)} listings",
            lambda client, limit_s: client.search(
                self._collection,
                data=list(vectors),
                anns_field="vector",
                filter=f"kind == {Kind.LIVE:d}",
                limit=limit,
                output_fields=KEY_FIELDS,
                search_params={"metric_type": METRIC, "params": {"ef": ef}},
                consistency_level=_consistency(strong=strong),
                timeout=limit_s,
            ),
        )
        return [_ranked(hits) for hits in answers]

    def _query(self, condition: str, fields: list[str], limit: int, *, strong: bool) -> list[dict[str, Any]]:
        return list(
            self._milvus.call(
                "reading rows",
                lambda client, limit_s: client.query(
                    self._collection,
                    filter=condition,
                    output_fields=fields,
                    limit=limit,
                    consistency_level=_consistency(strong=strong),
                    timeout=limit_s,
                ),
            )
        )

    def _with_gtins(self, numbers: Sequence[int], limit: int, *, strong: bool) -> list[dict[str, Any]]:
        """Keys of at least `limit` rows of each. One that very many share may fill an answer: then halves."""
        asked = min(MAX_LIMIT, limit * len(numbers))
        condition = f"kind == {Kind.LIVE:d} and gtin in {list(numbers)}"
        entities = self._query(condition, [*KEY_FIELDS, "gtin"], asked, strong=strong)
        if len(entities) < asked or len(numbers) == 1:
            return entities
        half = len(numbers) // 2
        return [
            entity
            for part in (numbers[:half], numbers[half:])
            for entity in self._with_gtins(part, limit, strong=strong)
        ]

    def _query_all(
        self, condition: str, fields: list[str], *, strong: bool, limit: int = MAX_LIMIT
    ) -> Iterator[dict[str, Any]]:
        """All of them. A full answer may have been cut, in no stated order: then both halves are asked for.

        An offset stands in one row only, so that the halves get smaller.
        """
        entities = self._query(condition, fields, limit, strong=strong)
        if len(entities) < limit:
            yield from entities
            return
        middle = int(np.median([entity["row_offset"] for entity in entities]))
        for half in (f"row_offset <= {middle:d}", f"row_offset > {middle:d}"):
            yield from self._query_all(f"({condition}) and {half}", fields, strong=strong, limit=limit)

    def _count(self, condition: str) -> int:
        (answer,) = self._milvus.call(
            "counting rows",
            lambda client, limit_s: client.query(
                self._collection,
                filter=condition,
                output_fields=["count(*)"],
                consistency_level=_consistency(strong=True),
                timeout=limit_s,
            ),
        )
        return int(answer["count(*)"])

    def _delete(self, primary_keys: Sequence[str]) -> None:
        for chunk in _chunks(primary_keys, _KEYS_PER_DELETE):
            self._delete_some(list(chunk))

    def _delete_some(self, primary_keys: list[str]) -> None:
        self._milvus.call(
            f"deleting {len(primary_keys)} rows",
            lambda client, limit_s: client.delete(self._collection, ids=primary_keys, timeout=limit_s),
        )

    def _read_watermarks(self) -> dict[int, int]:
        """Those that are noted, each with what was committed when it was."""
        entities = self._query_all(f"kind == {Kind.WATERMARK:d}", ["row_offset", "payload"], strong=True)
        return {entity["row_offset"]: noted_decided(entity) for entity in entities}

    def _clean_watermarks(self) -> None:
        """The greatest counts; a fenced process may still write an old one, so the two greatest stay."""
        if len(self._watermarks) <= _WATERMARKS_BEFORE_CLEANING:
            return
        kept = sorted(self._watermarks)[-_WATERMARKS_KEPT:]
        self._delete([watermark_key(offset) for offset in self._watermarks.difference(kept)])
        self._watermarks = set(kept)

    def _flush_lite(self) -> None:
        self._rows_since_flush = 0
        if self._milvus.is_lite:
            self._milvus.call(
                "flushing",
                lambda client, limit_s: client.flush(self._collection, timeout=limit_s),
                timeout_s=DDL_TIMEOUT_S,
            )


def _consistency(*, strong: bool) -> str:
    return "Strong" if strong else "Bounded"


def _ranked(hits: Iterable[Any]) -> list[Hit]:
    """Milvus gives ties in any order, and rarely a row twice while it moves between segments."""
    best: dict[RowKey, Hit] = {}
    for hit in hits:
        entity = hit["entity"]
        found = Hit(entity["listing_id"], entity["row_offset"], float(hit["distance"]))
        best.setdefault(RowKey(found.listing_id, found.offset), found)
    return sorted(best.values(), key=lambda hit: (-hit.score, hit.listing_id, -hit.offset))


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _by_bytes(entities: Sequence[dict[str, Any]], most: int) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    size = 0
    for entity in entities:
        weight = len(entity["payload"]) + 4 * len(entity["vector"]) + 512
        if chunk and size + weight > most:
            yield chunk
            chunk, size = [], 0
        chunk.append(entity)
        size += weight
    yield chunk
