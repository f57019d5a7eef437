"""The schemas in the repo: fresh, valid, and true of what is really written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from consumer.contracts import schema
from consumer.contracts.events import Kind, MatchEvent, Side, Similarities
from consumer.contracts.pairs import Pair
from model.decision.decision import Source
from model.listing import Listing

KEPT = Path(__file__).parents[3] / "deploy" / "schemas"


@pytest.fixture(scope="module")
def fresh() -> Mapping[str, str]:
    return schema.files()


@pytest.fixture(scope="module")
def asyncapi(fresh: Mapping[str, str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(fresh["asyncapi.json"])
    return document


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for held in node.values():
            yield from _references(held)
    elif isinstance(node, list):
        for held in node:
            yield from _references(held)


def test_the_files_in_the_repo_are_what_the_models_say(fresh: Mapping[str, str]) -> None:
    """Stale or left-over schema files fail; `skutwin schema` writes them anew."""
    assert schema.stale(KEPT) == []
    assert {path.name for path in KEPT.iterdir()} == set(fresh)


def test_every_model_of_the_contract_has_a_file(fresh: Mapping[str, str]) -> None:
    """All that goes over the wire is described."""
    wanted = {"Listing", "EmbeddedListing", "MatchEvent", "ReviewTask", "Verdict", "RetryRequest"}
    assert {
        f"{name}.json"
        for name in wanted | {"DeadLetterHeaders", "DriftEvent", "DriftScores", "asyncapi", "openapi"}
    } == set(fresh)


def test_each_schema_is_a_valid_schema(fresh: Mapping[str, str]) -> None:
    """The files follow JSON Schema 2020-12."""
    for name, text in fresh.items():
        if name not in {"asyncapi.json", "openapi.json"}:
            jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_the_document_follows_the_official_schema_of_asyncapi_3(asyncapi: dict[str, Any]) -> None:
    """Structure and Kafka bindings are what AsyncAPI 3.0.0 asks for."""
    official = json.loads((Path(__file__).parent / "asyncapi-3.0.0.json").read_text())
    faults = [error.message[:200] for error in jsonschema.Draft7Validator(official).iter_errors(asyncapi)]
    assert faults == []


def test_the_read_api_follows_the_official_schema_of_openapi_3_1(fresh: Mapping[str, str]) -> None:
    """Its structure is what OpenAPI 3.1 asks for, its models are schemas, its references lead somewhere."""
    official = json.loads((Path(__file__).parent / "openapi-3.1.json").read_text())
    document = json.loads(fresh["openapi.json"])
    faults = [
        error.message[:200] for error in jsonschema.Draft202012Validator(official).iter_errors(document)
    ]
    assert faults == []
    for model in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(model)
    for reference in set(_references(document)):
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, reference
            node = node[step]


def test_every_reference_in_the_document_leads_somewhere(asyncapi: dict[str, Any]) -> None:
    """No channel, message or schema is named that is not there."""
    references = set(_references(asyncapi))
    assert len(references) > 20
    for reference in references:
        node: Any = asyncapi
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, reference
            node = node[step]


def _event(title: str | None) -> MatchEvent:
    def side(name: str) -> Side:
        return Side(
            listing_id=name,
            seller_id="s",
            revision=1,
            origin=5,
            title=title,
            price=Decimal("9.90"),
            currency="EUR",
        )

    return MatchEvent(
        pair_id=Pair.of("a", "b").pair_id,
        number=1,
        kind=Kind.MATCHED,
        a=side("a"),
        b=side("b"),
        source=Source.MODEL,
        probability=0.9,
        similarity=Similarities(fused=0.5),
        artifact_version="v",
        shard=0,
    )


@pytest.mark.parametrize("title", ["A title", None])
def test_an_event_as_written_fits_its_schema(title: str | None, fresh: Mapping[str, str]) -> None:
    """What is None is left out of the bytes, and the schema allows that."""
    validator = jsonschema.Draft202012Validator(json.loads(fresh["MatchEvent.json"]))
    written = json.loads(_event(title).to_bytes())
    validator.validate(written)
    written["kind"] = "perhaps"
    assert not validator.is_valid(written)


def test_the_headers_as_written_fit_their_schema(asyncapi: dict[str, Any]) -> None:
    """CloudEvents headers are what the document says."""
    headers = {name: value.decode() for name, value in _event("t").headers(1_700_000_000_000)}
    wanted = jsonschema.Draft202012Validator(asyncapi["components"]["schemas"]["CloudEventHeaders"])
    assert wanted.is_valid(headers)
    assert not wanted.is_valid({**headers, "ce_id": "another"})


def test_a_listing_needs_no_more_than_the_contract_says(fresh: Mapping[str, str]) -> None:
    """Ids and revision are required by the schema; the rest is the model's."""
    wanted = json.loads(fresh["Listing.json"])
    assert sorted(wanted["required"]) == ["listing_id", "revision", "seller_id"]
    jsonschema.Draft202012Validator(wanted).validate(
        json.loads(Listing(listing_id="a", seller_id="s", revision=1, title="t").model_dump_json())
    )


def test_writing_is_idempotent(tmp_path: Path, fresh: Mapping[str, str]) -> None:
    """All files are written once; a second time nothing changes; a changed one is written again."""
    assert {path.name for path in schema.write(tmp_path)} == set(fresh)
    assert schema.write(tmp_path) == []
    (tmp_path / "Verdict.json").write_text("{}")
    assert schema.stale(tmp_path) == ["Verdict.json"]
