"""What a collection was made for, as it is written in the collection and compared at every opening."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

from consumer.errors import IndexMismatch
from consumer.ports.index import IndexIdentity


def to_text(identity: IndexIdentity) -> str:
    """One line of JSON, the same for equal identities."""
    return json.dumps(asdict(identity), sort_keys=True, separators=(",", ":"))


def from_text(text: str) -> IndexIdentity | None:
    """The inverse of `to_text`; None of anything else."""
    try:
        said = json.loads(text)
        named = {field.name: said[field.name] for field in fields(IndexIdentity)}
    except (ValueError, TypeError, KeyError):
        return None
    return IndexIdentity(**named)


def mismatch(where: str, wanted: IndexIdentity, found: IndexIdentity) -> IndexMismatch | None:
    """What to raise where the two differ: every field that does, with both values."""
    ours, theirs = asdict(wanted), asdict(found)
    different = [
        f"{name} is {theirs[name]!r}, not {ours[name]!r}" for name in ours if ours[name] != theirs[name]
    ]
    if {**theirs, "topic_id": wanted.topic_id} == ours and different:
        return made_anew(wanted.topic, found.topic_id, wanted.topic_id)
    return refusal(where, different) if different else None


def made_anew(topic: str, was: str, now: str) -> IndexMismatch:
    """A topic of the same name that is another one: the index, and every offset, is of the one that was."""
    return IndexMismatch(
        f"the topic {topic} was deleted and made anew: its id is {now}, and the index has the rows of {was}."
        " What was embedded before is not in it. Stop every process; let the embedders read `listings` from"
        " its beginning (kafka-consumer-groups.sh --delete --group their group); rebuild the index with"
        " `skutwin reindex`; start again. A pair of which a side was deleted meanwhile may stay matched."
    )


def refusal(where: str, reasons: list[str]) -> IndexMismatch:
    """Says what does not fit, and the command that mends it."""
    return IndexMismatch(
        f"{where} was made for something else: {'; '.join(reasons)}. "
        "Point the settings at the index that belongs to this stream, "
        "or rebuild this one from the log with: skutwin reindex"
    )
