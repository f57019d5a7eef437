"""The read API's answers, and the OpenAPI 3.1 document that describes them.

Errors are problem details (RFC 9457), media type `application/problem+json`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from consumer.contracts.events import Hex32, MatchEvent, Probability, Side, Similarities
from model.decision.decision import Source

API_VERSION = "1.0.0"
MAX_PAGE = 500
DEFAULT_PAGE = 50
MATCHES_PATH = "/v1/listings/{listing_id}/matches"
PAIR_PATH = "/v1/pairs/{pair_id}"
STATUS_PATH = "/v1/status"
DOCUMENT_PATH = "/v1/openapi.json"
_MODELS = ("MatchPage", "CurrentMatch", "Offered", "Similarities", "Status", "Problem")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Offered(_Answer):
    """One side of a match, as it was when the match was last said; a new price is said again."""

    listing_id: str
    seller_id: str
    revision: int
    title: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    url: str | None = None

    @classmethod
    def of(cls, side: Side) -> Self:
        """From an event's side."""
        return cls(**{name: getattr(side, name) for name in cls.model_fields})


class CurrentMatch(_Answer):
    """Another listing that is believed to be the same product, until it is taken back.

    Attributes:
        listing: the listing asked for.
        other: the one that matches it.
        matched_at: when it was said.
        same_seller: whether both are of one seller: a duplicate rather than a rival.
    """

    pair_id: Hex32
    listing: Offered
    other: Offered
    source: Source
    probability: Probability | None = None
    similarity: Similarities | None = None
    same_seller: bool
    number: Annotated[int, Field(ge=1, description="Of the event within its pair; it grows with each.")]
    matched_at: AwareDatetime
    artifact_version: str

    @classmethod
    def of(cls, event: MatchEvent, listing_id: str, said_ms: int) -> Self:
        """As seen from one of the event's sides."""
        sides = (event.a, event.b) if event.a.listing_id == listing_id else (event.b, event.a)
        return cls(
            pair_id=event.pair_id,
            listing=Offered.of(sides[0]),
            other=Offered.of(sides[1]),
            source=event.source,
            probability=event.probability,
            similarity=event.similarity,
            same_seller=event.same_seller,
            number=event.number,
            matched_at=moment(said_ms),
            artifact_version=event.artifact_version,
        )


class MatchPage(_Answer):
    """A listing's current matches, by the other listing's id; a listing without any is no error.

    Attributes:
        next: give it as `after` for the next page; absent on the last one.
        known_until: all that was said before is in it.
    """

    listing_id: str
    matches: tuple[CurrentMatch, ...]
    next: str | None = None
    known_until: AwareDatetime


class Status(_Answer):
    """How far the read API has followed the topic.

    Attributes:
        lag: records of the topic that are not in it yet.
        matches: current ones.
    """

    topic: str
    caught_up: bool
    lag: Annotated[int, Field(ge=0)]
    matches: Annotated[int, Field(ge=0)]
    known_until: AwareDatetime | None = None


class Problem(_Answer):
    """What is wrong with a request, or with us (RFC 9457).

    Attributes:
        lag: of a 503, how many records are still to be read.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    lag: int | None = None


def moment(since_epoch_ms: int) -> datetime:
    """A timestamp as it is written."""
    return datetime.fromtimestamp(since_epoch_ms / 1000, tz=UTC)


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document of the read API."""
    answers = [(model, "serialization") for model in (MatchPage, Status, Problem)]
    _, joint = models_json_schema(answers, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # its Literal is invariant
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "skutwin read API",
            "version": API_VERSION,
            "description": "Which listings are the same product now, as the topic `matches` says.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            MATCHES_PATH: {"get": _matches()},
            PAIR_PATH: {"get": _pair()},
            STATUS_PATH: {"get": _operation("status", "How far the topic has been followed.", "Status", [])},
        },
        "components": {
            "schemas": joint["$defs"],
            "responses": {
                name: {
                    "description": about,
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                    **({"headers": {"Retry-After": _RETRY_AFTER}} if name == "NotReady" else {}),
                }
                for name, about in _PROBLEMS.items()
            },
        },
    }


_PROBLEMS = {
    "BadRequest": "A parameter is not what it may be.",
    "NotFound": "There is no current match of that pair.",
    "NotReady": "The topic is still being read; `lag` says how much of it.",
}
_RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}


def _matches() -> dict[str, Any]:
    limits = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE}
    return _operation(
        "matches",
        "Current matches of a listing, page by page.",
        "MatchPage",
        [
            _parameter("listing_id", "path", "The listing's id, percent-encoded.", {"type": "string"}),
            _parameter("limit", "query", "Matches on a page.", limits),
            _parameter("after", "query", "`next` of the page before.", {"type": "string"}),
        ],
        BadRequest="400",
    )


def _pair() -> dict[str, Any]:
    return _operation(
        "pair",
        "One current match by its pair's id, seen from its first listing.",
        "CurrentMatch",
        [
            _parameter(
                "pair_id", "path", "As events name it.", {"type": "string", "pattern": "^[0-9a-f]{32}$"}
            )
        ],
        NotFound="404",
    )


def _operation(
    name: str, summary: str, answer: str, parameters: list[dict[str, Any]], **problems: str
) -> dict[str, Any]:
    if name != "status":
        problems["NotReady"] = "503"
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": summary, "content": {"application/json": {"schema": _ref(answer)}}},
            **{status: {"$ref": f"#/components/responses/{problem}"} for problem, status in problems.items()},
        },
    }


def _parameter(name: str, where: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "description": about, "required": where == "path", "schema": schema}


def _ref(model: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model}"}
