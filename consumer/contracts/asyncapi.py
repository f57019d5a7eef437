"""The AsyncAPI 3 document: which topics there are, who writes them, and what they carry.

Source: AsyncAPI 3.0.0 and its Kafka bindings 0.5.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from consumer.contracts.topics import TopicNames

CONTRACT_VERSION = "1.0.0"  # of the events, not of the program: rises when readers must care
_BINDING = "0.5.0"
_LISTING_KEY = {"type": "string", "minLength": 1, "description": "The listing's id."}
_PAIR_KEY = {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "The pair's id."}
_DRIFT_KEY = {
    "type": "string",
    "pattern": "^[0-9]+:[a-z][a-z0-9_]*(:.+)?$",
    "description": "`<shard>:<feature>`, then `:<seller>` where one seller drives it; of a window's scores"
    " `<shard>:scores:<slot>`.",
}
_INNER_KEY = {
    "type": "string",
    "description": "The listing's id; of a retry `r:<as_of>:<listing id>`, likewise of a note that the record"
    " at that offset is void (header `kind: void`); of a verdict `v:<pair id>`.",
}


@dataclass(frozen=True, slots=True)
class _Topic:
    """One channel as the document shows it."""

    name: str
    action: Literal["send", "receive"]
    about: str
    key: Mapping[str, Any]
    messages: tuple[str, ...]
    clean_up: Literal["compact", "delete"]


def _topics() -> tuple[_Topic, ...]:
    names = TopicNames.of("", "{embeddingVersion}")
    return (
        _Topic(
            names.listings,
            "receive",
            "New and changed listings. The last record of a key is what the listing is.",
            _LISTING_KEY,
            ("Listing", "ListingDeleted"),
            "compact",
        ),
        _Topic(
            names.verdicts,
            "receive",
            "People's answers about pairs.",
            _PAIR_KEY,
            ("Verdict", "VerdictWithdrawn"),
            "compact",
        ),
        _Topic(
            names.embedded,
            "send",
            "Inner: embedded listings and verdicts, one partition a shard.",
            _INNER_KEY,
            ("EmbeddedListing", "Verdict", "ListingDeleted", "VerdictWithdrawn"),
            "compact",
        ),
        _Topic(
            names.retry,
            "send",
            "Inner: listings whose pictures failed for now, to be embedded again.",
            _LISTING_KEY,
            ("RetryRequest",),
            "delete",
        ),
        _Topic(
            names.matches,
            "send",
            "What is believed of each pair. The last record of a key is the truth; read it read_committed.",
            _PAIR_KEY,
            ("MatchEvent", "PairForgotten"),
            "compact",
        ),
        _Topic(
            names.reviews,
            "send",
            "Pairs that a person should judge.",
            _PAIR_KEY,
            ("ReviewTask", "ReviewWithdrawn"),
            "compact",
        ),
        _Topic(
            names.dlq,
            "send",
            "Records that can never be right: key and value unchanged, where from and why in headers.",
            {"description": "The bad record's key, unchanged."},
            ("DeadLetter",),
            "delete",
        ),
        _Topic(
            names.drift,
            "send",
            "How the stream differs from the reference: each alarm once when it is raised and once when it is"
            " cleared, and each window's scores for a week.",
            _DRIFT_KEY,
            ("DriftEvent", "DriftScores", "DriftForgotten"),
            "compact",
        ),
    )


def document(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The whole document.

    Args:
        schemas: JSON Schemas of all models, as `components.schemas`, with references among them.
    """
    topics = _topics()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "skutwin",
            "version": CONTRACT_VERSION,
            "description": "Which listings already on sale show the same product as a new one, and when that"
            " stops being true.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_id(topic.name): _channel(topic) for topic in topics},
        "operations": {
            f"{'read' if topic.action == 'receive' else 'write'}-{_id(topic.name)}": {
                "action": topic.action,
                "channel": {"$ref": f"#/channels/{_id(topic.name)}"},
                "summary": topic.about,
            }
            for topic in topics
        },
        "components": {"schemas": {**schemas, "CloudEventHeaders": _cloud_event()}, "messages": _messages()},
    }


def _id(name: str) -> str:
    return name.replace(".{embeddingVersion}", "").replace(".", "-")


def _channel(topic: _Topic) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": topic.name,
        "description": topic.about,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.messages},
        "bindings": {
            "kafka": {
                "topicConfiguration": {"cleanup.policy": [topic.clean_up]},
                "bindingVersion": _BINDING,
            }
        },
        "x-key": topic.key,
    }
    if "{embeddingVersion}" in topic.name:
        channel["parameters"] = {
            "embeddingVersion": {"description": "Version of encoders and projection: vectors never mix."}
        }
    return channel


def _messages() -> dict[str, Any]:
    events = {"$ref": "#/components/schemas/CloudEventHeaders"}
    return {
        "Listing": _message("A listing as it is now.", "Listing", _LISTING_KEY),
        "ListingDeleted": _message("Null deletes the listing.", None, _LISTING_KEY),
        "Verdict": _message("A person's answer.", "Verdict", _PAIR_KEY),
        "VerdictWithdrawn": _message("Null withdraws the answer.", None, _PAIR_KEY),
        "EmbeddedListing": _message("A listing with its vector.", "EmbeddedListing", _INNER_KEY),
        "RetryRequest": _message("Embed this listing again.", "RetryRequest", _LISTING_KEY),
        "MatchEvent": _message("Matched, or taken back.", "MatchEvent", _PAIR_KEY, events),
        "PairForgotten": _message("Null: a side was deleted long ago.", None, _PAIR_KEY),
        "ReviewTask": _message("A pair to judge.", "ReviewTask", _PAIR_KEY, events),
        "ReviewWithdrawn": _message("Null: it needs no person any more.", None, _PAIR_KEY),
        "DriftEvent": _message("An alarm, raised or cleared.", "DriftEvent", _DRIFT_KEY, events),
        "DriftScores": _message("All scores of a window.", "DriftScores", _DRIFT_KEY, events),
        "DriftForgotten": _message("Null: an alarm was cleared long ago.", None, _DRIFT_KEY),
        "DeadLetter": {
            "summary": "The bad record as it was, with where from and why in its headers.",
            "contentType": "application/octet-stream",
            "headers": {"$ref": "#/components/schemas/DeadLetterHeaders"},
            "payload": {"description": "The bad record's value, unchanged."},
            "bindings": {"kafka": {"bindingVersion": _BINDING}},
        },
    }


def _message(
    summary: str, schema: str | None, key: Mapping[str, Any], headers: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    message: dict[str, Any] = {
        "summary": summary,
        "payload": {"type": "null"} if schema is None else {"$ref": f"#/components/schemas/{schema}"},
        "bindings": {"kafka": {"key": dict(key), "bindingVersion": _BINDING}},
    }
    if headers is not None:
        message["headers"] = dict(headers)
    return message


def _cloud_event() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    properties = {
        "ce_specversion": {"const": "1.0", "type": "string"},
        "ce_id": {
            **text,
            "pattern": "^[0-9a-f]{32}$",
            "description": "The same event has the same id: drop what was seen before.",
        },
        "ce_source": {**text, "pattern": "^/skutwin/shards/[0-9]+$"},
        "ce_type": {**text, "pattern": r"^skutwin\.[a-z]+\.[a-z]+\.v1$"},
        "ce_subject": {**text, "description": "The pair's id; of drift the feature."},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_shard": {**text, "pattern": "^[0-9]+$"},
        "content-type": {"const": "application/json", "type": "string"},
    }
    return {
        "title": "CloudEventHeaders",
        "description": "CloudEvents 1.0, Kafka binding, binary mode: attributes in headers.",
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
    }
