"""MatchEvent: what is now believed of a pair at two given revisions."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from consumer.contracts import cloudevents
from consumer.contracts.pairs import Pair, digest
from consumer.contracts.wire import Wire
from consumer.ports.records import Headers
from model.decision.decision import Similarity, Source
from model.embedded import EmbeddedListing

Probability = Annotated[float, Field(ge=0, le=1)]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Kind(StrEnum):
    """What an event says."""

    MATCHED = "matched"
    RETRACTED = "retracted"


class Answer(StrEnum):
    """What a person said."""

    SAME = "same"
    DIFFERENT = "different"


class Side(BaseModel):
    """One listing of a pair, as it was when the event was made.

    Attributes:
        origin: offset in the inner log of the record that first said what the listing is.
    """

    model_config = ConfigDict(frozen=True)

    listing_id: str
    seller_id: str
    revision: int
    origin: int
    title: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    url: str | None = None

    @classmethod
    def of(cls, listing: EmbeddedListing, origin: int) -> Self:
        """The side that a stored listing makes."""
        return cls(
            listing_id=listing.listing_id,
            seller_id=listing.seller_id,
            revision=listing.revision,
            origin=origin,
            title=listing.title,
            price=listing.price,
            currency=listing.currency,
            url=listing.url,
        )


class Similarities(BaseModel):
    """Cosine by modality in [-1, 1]; None where a side lacks it."""

    model_config = ConfigDict(frozen=True)

    fused: float
    image: float | None = None
    text: float | None = None

    @classmethod
    def of(cls, similarity: Similarity) -> Self:
        """From the decision; rounded, so that it is written alike everywhere."""
        return cls(
            fused=round(similarity.fused, 6),
            image=None if similarity.image is None else round(similarity.image, 6),
            text=None if similarity.text is None else round(similarity.text, 6),
        )


class HeldVerdict(BaseModel):
    """A person's answer, kept in the pair's newest event for as long as it holds.

    Attributes:
        seen_a: fingerprint of what the person saw of side a, price apart; likewise `seen_b`.
    """

    model_config = ConfigDict(frozen=True)

    answer: Answer
    seen_a: Hex32
    seen_b: Hex32
    reviewer: str
    decided_at: AwareDatetime


class MatchEvent(Wire):
    """The newest event of a pair, by offset, is the truth about it.

    Attributes:
        number: counts the events of this pair from 1, without gaps.
        contributions: what each feature added to the uncalibrated log-odds.
        probability: calibrated; None where a side is gone, and nothing was left to compare.
        verdict: the person's answer that holds of these two, if any.
    """

    pair_id: Hex32
    number: Annotated[int, Field(ge=1)]
    kind: Kind
    a: Side
    b: Side
    source: Source
    probability: Probability | None = None
    similarity: Similarities | None = None
    contributions: dict[str, float] = Field(default_factory=dict)
    same_seller: bool = False
    artifact_version: str
    shard: Annotated[int, Field(ge=0)]
    verdict: HeldVerdict | None = None

    @model_validator(mode="after")
    def _names_its_pair(self) -> Self:
        if (
            Pair.of(self.a.listing_id, self.b.listing_id).pair_id != self.pair_id
            or self.a.listing_id > self.b.listing_id
        ):
            raise ValueError("pair_id: does not name a and b, or they are not in order")
        return self

    @property
    def pair(self) -> Pair:
        """The two ids."""
        return Pair(self.a.listing_id, self.b.listing_id)

    @property
    def origins(self) -> tuple[int, int]:
        """Both origins, in the order of the sides."""
        return (self.a.origin, self.b.origin)

    @property
    def revisions(self) -> tuple[int, int]:
        """Both revisions, in the order of the sides."""
        return (self.a.revision, self.b.revision)

    def event_id(self) -> str:
        """The CloudEvents id: a hash of pair, number, revisions, origins, artifact version, kind and source.

        The origins keep it unique where a pair begins again at number 1, long after a side was deleted.
        """
        said = (self.number, self.revisions, self.origins, self.artifact_version, self.kind, self.source)
        return digest((self.pair_id, *said))

    def headers(self, time_ms: int) -> Headers:
        """CloudEvents headers; `time_ms` is the later of the rows' log timestamps."""
        return cloudevents.headers(
            event_id=self.event_id(),
            event_type=f"skutwin.match.{self.kind}.v1",
            shard=self.shard,
            subject=self.pair_id,
            time_ms=time_ms,
        )
