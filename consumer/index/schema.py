"""The collection: its fields, its indexes, and how a row is written into it and read out again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from consumer.contracts.topics import TopicNames
from consumer.index.identity import to_text
from consumer.index.rows import MAX_PAYLOAD_BYTES, listing_key, payload_of, primary_key
from consumer.ports.index import IndexIdentity, Row
from model.embedded import EmbeddedListing
from model.listing import MAX_ID_BYTES

SCHEMA_VERSION: Final = "1"
IDENTITY_PROPERTY: Final = "skutwin.identity"
SCHEMA_PROPERTY: Final = "skutwin.schema"
METRIC: Final = "IP"
NO_GTIN: Final = -1
ROW_FIELDS: Final = ["listing_id", "row_offset", "origin", "timestamp_ms", "kind", "payload"]
KEY_FIELDS: Final = ["listing_id", "row_offset"]


class Kind(IntEnum):
    """What an entity of the collection is."""

    LIVE = 0
    MARKER = 1
    WATERMARK = 2


@dataclass(frozen=True, slots=True)
class Hnsw:
    """Parameters of the graph (arXiv 1603.09320). Recall depends on the data: measure before changing.

    Attributes:
        m: neighbours a node keeps.
        ef_construction: candidates looked at while building.
        ef: candidates looked at while searching; at least the limit is used.
        thorough_ef: the same of a search that shows what the others miss.
    """

    m: int = 16
    ef_construction: int = 200
    ef: int = 128
    thorough_ef: int = 4096


def collection_name(identity: IndexIdentity) -> str:
    """From embedding version, topic prefix and shard.

    A new version never meets an old one's vectors, and streams of several prefixes share a server. Those of
    several clusters do not, where they have one prefix: the name is one, and the identity in it refuses.
    """
    version = identity.embedding_version
    plain = re.sub(r"[^A-Za-z0-9]+", "_", version)[:64]
    named = version if identity.topic == TopicNames.of("", version).embedded else identity.topic
    digest = hashlib.blake2b(named.encode("utf-8"), digest_size=4).hexdigest()
    return f"skutwin_{plain}_{digest}_shard{identity.shard}"


def collection_properties(identity: IndexIdentity) -> dict[str, str]:
    """Written with the creation of the collection, so that there is none without."""
    return {IDENTITY_PROPERTY: to_text(identity), SCHEMA_PROPERTY: SCHEMA_VERSION}


def collection_schema(dimension: int) -> Any:
    """Filters use only the integers, so an id never gets into an expression."""
    from pymilvus import DataType, MilvusClient  # noqa: PLC0415 (slow to import, and names need none of it)

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("pk", DataType.VARCHAR, is_primary=True, max_length=64)
    for name in ("listing_key", "row_offset", "origin", "timestamp_ms", "gtin"):
        schema.add_field(name, DataType.INT64)
    schema.add_field("kind", DataType.INT8)
    schema.add_field("listing_id", DataType.VARCHAR, max_length=MAX_ID_BYTES)
    schema.add_field("payload", DataType.VARCHAR, max_length=MAX_PAYLOAD_BYTES)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    return schema


def index_params(hnsw: Hnsw, *, is_lite: bool, without: Collection[str]) -> Any:
    """HNSW over the vectors; over what is read by value a sorted index, or an inverted one, all Lite has.

    An index bears the name of its field; those in `without` are there already.
    """
    from pymilvus import MilvusClient  # noqa: PLC0415 (likewise)

    params = MilvusClient.prepare_index_params()
    if "vector" not in without:
        build = {"M": hnsw.m, "efConstruction": hnsw.ef_construction}
        params.add_index("vector", index_type="HNSW", index_name="vector", metric_type=METRIC, params=build)
    for name in ("listing_key", "gtin"):
        if name not in without:
            params.add_index(name, index_type="INVERTED" if is_lite else "STL_SORT", index_name=name)
    return params


def row_entity(row: Row, dimension: int) -> dict[str, Any]:
    """A row as Milvus takes it.

    Raises:
        ValueError: its payload fits no VarChar.
    """
    key = primary_key(row.listing_id, row.offset)
    listing = row.listing
    return {
        "pk": key,
        "listing_key": listing_key(row.listing_id),
        "row_offset": row.offset,
        "origin": row.origin,
        "timestamp_ms": row.timestamp_ms,
        "gtin": int(listing.gtin) if listing and listing.gtin else NO_GTIN,
        "kind": int(Kind.MARKER if listing is None else Kind.LIVE),
        "listing_id": row.listing_id,
        "payload": _Text(payload_of(row)),
        "vector": listing.embedding.vector if listing else _anywhere(key, dimension),
    }


def watermark_key(offset: int) -> str:
    """The primary key of a noted watermark; no row's key begins so."""
    return f"w-{offset:019d}"


def watermark_entity(offset: int, decided: int, dimension: int) -> dict[str, Any]:
    """A watermark as Milvus takes it: an entity like the others, in the same write, with `decided` inside."""
    key = watermark_key(offset)
    return {
        "pk": key,
        "listing_key": -1,
        "row_offset": offset,
        "origin": offset,
        "timestamp_ms": 0,
        "gtin": NO_GTIN,
        "kind": int(Kind.WATERMARK),
        "listing_id": "",
        "payload": str(decided),
        "vector": _anywhere(key, dimension),
    }


def noted_decided(entity: Mapping[str, Any]) -> int:
    """What a watermark says was committed; nothing, if it is of a release that did not note it."""
    return int(entity["payload"] or 0)


def entity_row(entity: Mapping[str, Any]) -> Row:
    """The inverse of `row_entity`, of an entity read with `ROW_FIELDS`."""
    marker = entity["kind"] == Kind.MARKER
    return Row(
        listing_id=entity["listing_id"],
        offset=entity["row_offset"],
        origin=entity["origin"],
        timestamp_ms=entity["timestamp_ms"],
        listing=None if marker else EmbeddedListing.from_bytes(entity["payload"].encode("utf-8")),
    )


class _Text(str):
    """A text that a loop over it meets whole.

    pymilvus checks a VarChar letter by letter, as if each were a value: of a payload that takes longer than
    all else of writing a row.
    """

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter((str(self),))


def _anywhere(key: str, dimension: int) -> NDArray[np.float32]:
    """Milvus wants a vector of every entity; many at one spot would spoil the graph, so each has its own."""
    seed = int.from_bytes(hashlib.blake2b(key.encode("ascii"), digest_size=8).digest(), "big")
    vector = np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))
