"""Milvus: its release, and whether each shard's collection is the one that this stream writes."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consumer.doctor.finding import Finder, Finding
from consumer.errors import IndexFault
from consumer.index.identity import from_text, mismatch
from consumer.index.schema import IDENTITY_PROPERTY, METRIC, SCHEMA_PROPERTY, SCHEMA_VERSION, collection_name
from consumer.ports.index import IndexIdentity

if TYPE_CHECKING:  # slow to import
    from consumer.index.connection import MilvusConnection

_LEAST = (2, 3)
_CONSISTENCY = ("Strong", "Session", "Bounded", "Eventually", "Customized")  # by Milvus' own numbers
_REBUILD = "skutwin reindex"


@dataclass(frozen=True, slots=True)
class CollectionFacts:
    """What Milvus says of a collection.

    Attributes:
        index_type, metric: of its vectors; empty where they have no index.
        consistency: the default of its reads.
    """

    name: str
    identity: IndexIdentity | None
    schema: str
    index_type: str
    metric: str
    consistency: str
    dimension: int
    rows: int


@dataclass(frozen=True, slots=True)
class MilvusFacts:
    """What Milvus says of itself, and of the collections asked for that exist."""

    where: str
    version: str
    collections: Mapping[str, CollectionFacts]


def look(uri: str, token: str | None, names: Sequence[str]) -> MilvusFacts:
    """Ask a server, or open a Lite file that is there; nothing is made.

    Raises:
        IndexFault: it does not answer, refuses, or another process holds the file.
    """
    from consumer.index.connection import MilvusConnection  # noqa: PLC0415 (slow to import)

    milvus = MilvusConnection(uri, token=token, budget_s=8.0)
    with closing(milvus):
        milvus.open()
        if milvus.is_lite:
            version = f"Milvus Lite {importlib.metadata.version('milvus-lite')}"
        else:
            said = milvus.call(
                "asking for its version", lambda client, limit: client.get_server_version(timeout=limit)
            )
            version = f"Milvus {str(said).removeprefix('v')}"
        there = milvus.call(
            "listing collections", lambda client, limit: client.list_collections(timeout=limit)
        )
        return MilvusFacts(
            milvus.where, version, {name: _collection(milvus, name) for name in names if name in there}
        )


def judge_server(find: Finder, facts: MilvusFacts) -> Iterator[Finding]:
    """Is it new enough?"""
    said = re.search(r"(\d+)\.(\d+)", facts.version)
    old = said is not None and (int(said[1]), int(said[2])) < _LEAST
    if facts.version.startswith("Milvus Lite") or not old:
        yield find.ok(f"{facts.version} answers at {facts.where}")
    else:
        least = ".".join(map(str, _LEAST))
        yield find.fail(
            f"{facts.version} at {facts.where} is older than {least}", f"run Milvus {least} or newer"
        )


def judge_collection(find: Finder, facts: MilvusFacts, wanted: IndexIdentity) -> Iterator[Finding]:
    """Is the shard's collection there, of this stream, and built as searches need it?"""
    shard, name = wanted.shard, collection_name(wanted)
    held = facts.collections.get(name)
    if held is None:
        yield find.ok(f"shard {shard}: no collection {name} yet; `skutwin run` makes it at its first start")
        return
    where = f"the collection {name}"
    if held.identity is None or held.schema != SCHEMA_VERSION:
        yield find.fail(f"{where} was not made by this release of skutwin (schema {held.schema!r})", _REBUILD)
        return
    wrong = mismatch(where, wanted, held.identity)
    if wrong is not None:
        said, _, mend = str(wrong).partition(". ")
        yield find.fail(said, mend or _REBUILD)
        return
    faults = [
        f"{what} is {found!r}, not {needed!r}"
        for what, found, needed in (
            ("its index", held.index_type, "HNSW"),
            ("its metric", held.metric, METRIC),
            ("its vectors' dimension", held.dimension, wanted.dimension),
        )
        if found != needed
    ]
    if faults:
        yield find.fail(f"{where}: {'; '.join(faults)}", _REBUILD)
        return
    if held.consistency not in {"Bounded", "Strong", "Session"}:
        yield find.warn(f"{where}: reads default to {held.consistency}; skutwin names its own at each read")
    yield find.ok(
        f"shard {shard}: {held.rows} rows in {name}, {held.index_type} by {held.metric}, {held.dimension}"
        f" numbers, reads {held.consistency}; made for this cluster, topic and embedding version"
    )


def lite_is_missing(uri: str) -> bool:
    """Whether it names a Lite file that nobody has made yet."""
    return uri.endswith(".db") and not Path(uri).exists()


def judge_absence(find: Finder, uri: str, err: IndexFault) -> Finding:
    """A Lite file that another process holds is what a running skutwin looks like from outside."""
    if uri.endswith(".db") and "is open in another process" in str(err):
        return find.warn(
            f"{uri} is held by another process, most likely the running skutwin; it was not looked into",
            "stop that process to have it examined",
        )
    return find.fail(str(err))


def _collection(milvus: MilvusConnection, name: str) -> CollectionFacts:
    described = _ask(milvus, "describe_collection", name)
    indexes = milvus.call("listing indexes", lambda client, _: client.list_indexes(name))
    vector = _ask(milvus, "describe_index", name, "vector") if "vector" in indexes else {}
    properties = described.get("properties") or {}
    level = described.get("consistency_level")
    widths = [field["params"]["dim"] for field in described["fields"] if "dim" in field.get("params", {})]
    counted = _ask(milvus, "get_collection_stats", name)
    return CollectionFacts(
        name=name,
        identity=from_text(properties.get(IDENTITY_PROPERTY, "")),
        schema=str(properties.get(SCHEMA_PROPERTY, "")),
        index_type=str(vector.get("index_type", "")),
        metric=str(vector.get("metric_type", "")),
        consistency=_CONSISTENCY[level] if isinstance(level, int) else str(level),
        dimension=int(widths[0]) if widths else 0,
        rows=int(counted.get("row_count", 0)),
    )


def _ask(milvus: MilvusConnection, method: str, *arguments: str) -> dict[str, Any]:
    answer = milvus.call(
        f"asking about the collection {arguments[0]}",
        lambda client, limit: getattr(client, method)(*arguments, timeout=limit),
    )
    return dict(answer or {})
