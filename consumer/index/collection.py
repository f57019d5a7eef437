"""A collection made ready: created with its identity or checked against it, indexed, loaded."""

from __future__ import annotations

from typing import Any, Final

from consumer.index.connection import MilvusConnection
from consumer.index.identity import from_text, mismatch, refusal
from consumer.index.schema import (
    IDENTITY_PROPERTY,
    METRIC,
    SCHEMA_PROPERTY,
    SCHEMA_VERSION,
    Hnsw,
    collection_properties,
    collection_schema,
    index_params,
)
from consumer.ports.index import IndexIdentity

DDL_TIMEOUT_S: Final = 60.0
"""A server builds and loads indexes within such a call."""


def make_ready(milvus: MilvusConnection, name: str, identity: IndexIdentity, hnsw: Hnsw) -> None:
    """Afterwards the collection can be read and written, and belongs to this identity.

    Creating a collection and its indexes is not one step: what a crash left out is made up for at the next
    opening. The identity is written with the creation.

    Raises:
        IndexMismatch: it belongs to something else, or has another schema, metric or kind of index, or has
            lost files.
        IndexFault: Milvus fails.
    """

    def create(client: Any, limit_s: float) -> None:
        if not client.has_collection(name, timeout=limit_s):
            client.create_collection(
                name,
                schema=collection_schema(identity.dimension),
                properties=collection_properties(identity),
                consistency_level="Bounded",
                timeout=limit_s,
            )

    def index(client: Any, limit_s: float) -> None:
        missing = index_params(hnsw, is_lite=milvus.is_lite, without=client.list_indexes(name))
        if missing:
            # They are built while rows come: waiting is a nap of half a second each.
            client.create_index(name, missing, timeout=limit_s, sync=False)

    milvus.call("creating the collection", create, timeout_s=DDL_TIMEOUT_S)
    _check_identity(milvus, name, identity)
    milvus.check_files(name)
    milvus.call("creating the indexes", index, timeout_s=DDL_TIMEOUT_S)
    _check_vector_index(milvus, name)
    milvus.call(
        "loading the collection",
        lambda client, limit_s: client.load_collection(name, timeout=limit_s),
        timeout_s=DDL_TIMEOUT_S,
    )


def _check_identity(milvus: MilvusConnection, name: str, identity: IndexIdentity) -> None:
    where = f"the collection {name} at {milvus.where}"
    described = milvus.call(
        "reading what the collection is for",
        lambda client, limit_s: client.describe_collection(name, timeout=limit_s),
    )
    properties = described.get("properties") or {}
    found = from_text(properties.get(IDENTITY_PROPERTY, ""))
    if found is None:
        raise refusal(where, [f"it bears no {IDENTITY_PROPERTY}"])
    if fault := mismatch(where, identity, found):
        raise fault
    version = properties.get(SCHEMA_PROPERTY)
    if version != SCHEMA_VERSION:
        raise refusal(where, [f"its schema is {version!r}, not {SCHEMA_VERSION!r}"])


def _check_vector_index(milvus: MilvusConnection, name: str) -> None:
    """Lite takes any metric and any kind of index in silence."""
    described = milvus.call(
        "reading the vector index",
        lambda client, limit_s: client.describe_index(name, "vector", timeout=limit_s),
    )
    wrong = [
        f"the {of} of its vectors is {described.get(of)!r}, not {wanted!r}"
        for of, wanted in (("metric_type", METRIC), ("index_type", "HNSW"))
        if described.get(of) != wanted
    ]
    if wrong:
        raise refusal(f"the collection {name} at {milvus.where}", wrong)
