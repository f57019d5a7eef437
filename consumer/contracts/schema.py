"""JSON Schemas of all on the wire, an AsyncAPI 3 and an OpenAPI 3.1 document, made from the pydantic models.

They lie in `deploy/schemas/`; `skutwin schema` writes them, and a test fails when they are stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from consumer.contracts.asyncapi import document
from consumer.contracts.dead_letter import DeadLetterHeaders
from consumer.contracts.drift import DriftEvent, DriftScores
from consumer.contracts.events import MatchEvent
from consumer.contracts.read_api import openapi
from consumer.contracts.retry import RetryRequest
from consumer.contracts.reviews import ReviewTask, Verdict
from model.embedded import EmbeddedListing
from model.listing import Listing

Mode = Literal["validation", "serialization"]

# What others write to us is described as we accept it, what we write as we write it.
MODELS: Mapping[type[BaseModel], Mode] = {
    Listing: "validation",
    Verdict: "validation",
    EmbeddedListing: "serialization",
    RetryRequest: "serialization",
    MatchEvent: "serialization",
    ReviewTask: "serialization",
    DeadLetterHeaders: "serialization",
    DriftEvent: "serialization",
    DriftScores: "serialization",
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def files() -> Mapping[str, str]:
    """Every schema file by name, the same text each time."""
    written = {f"{model.__name__}.json": _text(schema_of(model)) for model in MODELS}
    written["asyncapi.json"] = _text(document(_all_schemas()))
    api = openapi()
    _absent_when_null(api)
    written["openapi.json"] = _text(api)
    return MappingProxyType(written)


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """One model's JSON Schema, complete in itself."""
    schema = model.model_json_schema(mode=MODELS[model])
    _absent_when_null(schema)
    return {"$schema": DIALECT, **schema}


def write(folder: Path) -> list[Path]:
    """Write all files; the paths of those whose text changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = [folder / name for name in stale(folder)]
    fresh = files()
    for path in changed:
        path.write_text(fresh[path.name], encoding="utf-8")
    return changed


def stale(folder: Path) -> list[str]:
    """Names of files that are missing from `folder` or differ from what the models say."""
    return [
        name
        for name, text in sorted(files().items())
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def _all_schemas() -> dict[str, Any]:
    _, joint = models_json_schema(list(MODELS.items()), ref_template="#/components/schemas/{model}")
    definitions: dict[str, Any] = joint["$defs"]
    _absent_when_null(definitions)
    return definitions


def _absent_when_null(schema: Any) -> None:
    """We leave out what is None, so a property whose default is null is never required."""
    for node in _objects(schema):
        properties, required = node.get("properties"), node.get("required")
        if isinstance(properties, dict) and isinstance(required, list):
            node["required"] = [
                name
                for name in required
                if not (isinstance(properties[name], dict) and properties[name].get("default", 0) is None)
            ]


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for held in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(held)


def _text(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
