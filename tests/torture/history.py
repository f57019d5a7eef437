"""What a run leaves behind for the checker: acknowledged writes, the committed outputs, the index's rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from consumer.ports.index import Row
from consumer.ports.records import Record

UNKNOWN = -1
"""Offset of a write that the broker has, and of which nobody knows where."""


class WriteKind(StrEnum):
    """What was written: to `listings`, or (a verdict, or its withdrawal) to `match-verdicts`."""

    LISTING = "listing"
    DELETION = "deletion"
    POISON = "poison"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Write:
    """One record that the broker acknowledged.

    Attributes:
        sent_ms: its Kafka timestamp; no two writes of a run share one, so `arrived_ms` in the inner log
            names the write.
    """

    partition: int
    offset: int
    sent_ms: int
    kind: WriteKind
    key: bytes
    value: bytes | None

    @property
    def listing_id(self) -> str:
        """Of a listing or a deletion; of a verdict it is the pair's id."""
        return self.key.decode()

    @property
    def fields(self) -> dict[str, Any]:
        """Of a listing, as it was written."""
        fields: dict[str, Any] = json.loads(self.value or b"{}")
        return fields

    def __str__(self) -> str:
        said = f" {self.value[:200]!r}" if self.value is not None else ""
        topic = "match-verdicts" if self.kind is WriteKind.VERDICT else "listings"
        return f"{topic}[{self.partition}]@{self.offset} {self.sent_ms} {self.kind} {self.key!r}{said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a `read_committed` reader and the index say at the end.

    Attributes:
        inner: of the inner log, by offset; likewise `matches`, `reviews`, `letters` by partition and offset.
        rows: of the index, all rows of every listing ever written, by rising offset.
        live_rows: what the index counts.
        cleaned: whether superseded rows were looked for and removed before `rows` was read.
        compaction_lag_ms: a record of the inner log that was overtaken may be gone after so long.
    """

    listings_topic: str
    inner: Sequence[Record]
    matches: Sequence[Record]
    reviews: Sequence[Record]
    letters: Sequence[Record]
    rows: Mapping[str, Sequence[Row]]
    live_rows: int
    cleaned: bool
    compaction_lag_ms: int = 60_000


EMPTY = Reading(
    listings_topic="", inner=(), matches=(), reviews=(), letters=(), rows={}, live_rows=0, cleaned=False
)
"""Of a world in which nothing happened."""


class Rule(StrEnum):
    """What a violation breaks."""

    ACCOUNTED = "every acknowledged write is accounted for exactly once"
    INVENTED = "nothing is said that nobody wrote"
    ORDER = "a listing's records keep their order"
    PICTURES = "no listing is left without its pictures"
    EVENT_ID = "no event id twice, and each is its event's"
    NUMBER = "a pair's events are numbered without gaps"
    SPOKEN = "an event speaks of two rows that counted at one moment"
    DECIDED = "an event says what the artifact decides of its rows"
    REPEATED = "nothing is said twice"
    TRUTH = "the last event of a pair is what a batch job would say"
    RETRACTION = "no match that ceased to be stays said"
    MISSED = "a match is missing only where the index never offered it"
    VERDICT = "a person's answer holds until what was seen changes, and no longer"
    REVIEW = "the open review tasks are those a batch job would ask for"
    INDEX = "the index holds each listing's newest row"
    GONE = "no deleted listing is matched or live in the index"
    SUPERSEDED = "no superseded row is left after cleaning"
    PROCESS = "a process recovers or stops with a clear reason"
    REST = "once input stops, all comes to rest"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a run broke.

    Attributes:
        listings: whose story it is; the first is the one that was looked at.
        history: the story: writes, inner records and events of these listings.
    """

    rule: Rule
    why: str
    listings: tuple[str, ...] = ()
    history: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return "\n    ".join((f"{self.rule.name}: {self.why}", *self.history))
