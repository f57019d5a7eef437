"""What differs between two artifacts, and what follows for whoever puts one in the other's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from model.artifact.artifact import Artifact


class Consequence(Enum):
    """How the second is put in the place of the first."""

    NONE = "the same artifact: nothing to do"
    SWEEP = (
        "same embedding: can be swapped; restart with it, and `skutwin sweep` decides all listings on sale "
        "anew, with no encoding"
    )
    REINDEX = (
        "another embedding: its vectors never meet the others'; `skutwin topics create` makes its inner "
        "topic, and `skutwin run` embeds every listing anew into a collection of its own"
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that both artifacts say, each in its way; None where one says nothing."""

    name: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """Two artifacts side by side.

    Attributes:
        consequence: of swapping them.
        facts: what differs, in the order in which `facts_of` tells it.
    """

    consequence: Consequence
    facts: tuple[Fact, ...]


def compare(first: Artifact, second: Artifact) -> Difference:
    """What differs between the two."""
    one, other = facts_of(first), facts_of(second)
    names = dict.fromkeys([*one, *other])
    told = tuple(Fact(name, one.get(name), other.get(name)) for name in names)
    return Difference(_consequence(first, second), tuple(fact for fact in told if fact.first != fact.second))


def facts_of(artifact: Artifact) -> dict[str, Any]:
    """All that an artifact says of itself, one plain value a name, such as `encoders.text.dimension`."""
    files = {name: note.sha256[:12] for name, note in artifact.config.files.by_name().items()}
    decider = artifact.decider
    said = artifact.describe() | {
        "rates": artifact.config.rates.model_dump(),
        "match": asdict(decider.match),
        "nameless_match": None if decider.nameless_match is None else asdict(decider.nameless_match),
        "review": decider.review,
        "trained_on": {
            "sellers": len(artifact.trained_on.sellers),
            "products": len(artifact.trained_on.products),
            "pictures": len(artifact.trained_on.pictures),
        },
        "drift_reference": {"listings": artifact.drift_reference.listings},
    }
    # A file's name holds a point, so it is no path of names.
    return dict(_flat(said)) | {f"files/{name}": digest for name, digest in files.items()}


def _consequence(first: Artifact, second: Artifact) -> Consequence:
    if first.version == second.version:
        return Consequence.NONE
    same = first.embedding_version == second.embedding_version
    return Consequence.SWEEP if same else Consequence.REINDEX


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple) and any(isinstance(inner, Mapping) for inner in value):
        for place, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{place}]")
    else:
        yield path, list(value) if isinstance(value, tuple) else value
