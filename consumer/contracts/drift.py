"""What the topic `drift` carries: alarms, when they are raised and when they are cleared, and late scores.

The keys keep the compacted topic bounded and whole: what was said last of each alarm, and a ring of scores.

    <shard>:<feature>            an alarm of all sellers together
    <shard>:<feature>:<seller>   an alarm that one seller drives
    <shard>:scores:<slot>        every score of one window; the slots come round once a week
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from consumer.contracts import cloudevents
from consumer.contracts.pairs import digest
from consumer.contracts.wire import Wire
from consumer.ports.records import Headers
from model.listing import Id

SLOT_MS = 300_000
SLOTS = 2016
"""Of each five minutes the last window's scores are kept, for a week."""

SCORES = "scores"
"""Stands in a key where an alarm has its feature, so no feature is called that."""

Feature = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Reference = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class DriftState(StrEnum):
    """What an event says of its alarm."""

    RAISED = "raised"
    CLEARED = "cleared"


class DriftLevel(StrEnum):
    """Whether somebody has to look.

    Attributes:
        ALARM: inputs or the quality of matches moved.
        INFORMATION: a seller is new here, and unlike the others.
    """

    ALARM = "alarm"
    INFORMATION = "information"


class Window(BaseModel):
    """When a window was closed, when the one before it, and how many listings it holds.

    Windows slide: one holds the newest listings, some of which came before it began.
    """

    model_config = ConfigDict(frozen=True)

    began: AwareDatetime
    ended: AwareDatetime
    listings: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.ended < self.began:
            raise ValueError("ended: before it began")
        return self

    @property
    def ended_ms(self) -> int:
        """Its end, milliseconds since the epoch."""
        return round(self.ended.timestamp() * 1000)


class DriftScore(BaseModel):
    """One feature's score, and over which value it is an alarm.

    Attributes:
        score: how many times farther the window lies from the reference than chance takes it.
        distance: the same as a plain number: a population stability index, or a squared shift.
        listings: how many of the window say something of the feature.
    """

    model_config = ConfigDict(frozen=True)

    score: Number
    threshold: Number
    distance: Number
    listings: Annotated[int, Field(ge=0)]


class DrivingSeller(BaseModel):
    """A seller of the window that drives a feature's score.

    Attributes:
        listings: of its in the window.
        share: of the squared score, what goes when its listings are left out.
        new: whether hardly any listing of it was seen before.
    """

    model_config = ConfigDict(frozen=True)

    feature: Feature
    seller: Id
    listings: Annotated[int, Field(ge=0)]
    share: Annotated[float, Field(ge=0, le=1)]
    new: bool = False


class _Measured(Wire):
    """By whom and against what something was measured.

    Attributes:
        reference: 12 hex digits over the content of the drift reference.
    """

    shard: Annotated[int, Field(ge=0)]
    window: Window
    artifact_version: str
    reference: Reference

    def _headers(self, kind: str, subject: str, about: tuple[str, ...]) -> Headers:
        said = (self.shard, self.window.ended_ms, self.artifact_version, self.reference, kind)
        return cloudevents.headers(
            event_id=digest((*about, *said)),
            event_type=f"skutwin.drift.{kind}.v1",
            shard=self.shard,
            subject=subject,
            time_ms=self.window.ended_ms,
        )


class DriftEvent(_Measured):
    """A feature began to differ from the reference, or does no longer.

    Attributes:
        seller: the one that changed, or is new and unlike the others; None where it takes more than one.
        score: of the window; `threshold`: over which it is an alarm.
        sellers: who drives the score most, five at most.
    """

    state: DriftState
    level: DriftLevel = DriftLevel.ALARM
    feature: Feature
    seller: Id | None = None
    score: Number
    threshold: Number
    sellers: tuple[DrivingSeller, ...] = ()

    @model_validator(mode="after")
    def _is_no_ring(self) -> Self:
        if self.feature == SCORES:
            raise ValueError(f"feature: {SCORES} would share its key with the scores")
        return self

    def key(self) -> bytes:
        """Of the compacted topic: an alarm is named alike when it is raised and when it is cleared."""
        about = (str(self.shard), self.feature, *(() if self.seller is None else (self.seller,)))
        return ":".join(about).encode()

    def headers(self) -> Headers:
        """CloudEvents headers; the time is the window's end, the id is the same for the same event."""
        return self._headers(self.state, self.feature, (self.feature, self.seller or "", self.level))


class DriftScores(_Measured):
    """All scores of one window, for who asks how it stands; no alarm in itself.

    Attributes:
        scores: by feature, of those with listings enough to be judged.
        sellers: who drives those over half their threshold, the nearest to it first; fifty at most.
    """

    kind: Literal["scores"] = "scores"
    scores: dict[Feature, DriftScore]
    sellers: tuple[DrivingSeller, ...] = ()

    def key(self) -> bytes:
        """Of the compacted topic: its slot of the ring."""
        return f"{self.shard}:{SCORES}:{self.window.ended_ms // SLOT_MS % SLOTS}".encode()

    def headers(self) -> Headers:
        """CloudEvents headers; the time is the window's end."""
        return self._headers(SCORES, SCORES, ())


def is_scores(key: bytes) -> bool:
    """Whether a record of the topic holds scores, by its key; else it is an alarm."""
    return key.split(b":", 2)[1:2] == [SCORES.encode()]
