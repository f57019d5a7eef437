"""ReviewTask: a pair between "surely" and "surely not", for a person; and Verdict, the answer."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from consumer.contracts import cloudevents
from consumer.contracts.events import Answer, HeldVerdict, Hex32, Probability, Side, Similarities
from consumer.contracts.pairs import Pair, digest
from consumer.contracts.wire import Wire
from consumer.ports.records import Headers
from model.embedded import EmbeddedListing
from model.listing import Id


class ReviewSide(Side):
    """What a person is shown of one listing.

    Attributes:
        seen: fingerprint of all that is shown, price apart; a verdict repeats it.
    """

    brand: str | None = None
    category: str | None = None
    colour: str | None = None
    sizes: tuple[str, ...] = ()
    gtin: str | None = None
    image_urls: tuple[str, ...] = ()
    seen: Hex32

    @classmethod
    def of(cls, listing: EmbeddedListing, origin: int) -> Self:
        """The side that a stored listing makes."""
        side = Side.of(listing, origin)
        return cls(
            **side.model_dump(),
            brand=listing.brand,
            category=listing.category,
            colour=listing.colour,
            sizes=listing.sizes,
            gtin=listing.gtin,
            image_urls=tuple(url for url in listing.image_urls if not url.lower().startswith("data:")),
            seen=listing.fingerprint(),
        )


class ReviewTask(Wire):
    """A pair that a person should judge.

    Attributes:
        rank: place of one side among the other's neighbours when the task was made, from 0; None if it came
            another way. It helps to order the work, and decides nothing.
    """

    pair_id: Hex32
    shard: Annotated[int, Field(ge=0)]
    a: ReviewSide
    b: ReviewSide
    probability: Probability
    similarity: Similarities
    contributions: dict[str, float] = Field(default_factory=dict)
    same_seller: bool = False
    rank: int | None = None
    artifact_version: str

    @property
    def pair(self) -> Pair:
        """The two ids."""
        return Pair(self.a.listing_id, self.b.listing_id)

    @property
    def origins(self) -> tuple[int, int]:
        """Both origins, in the order of the sides."""
        return (self.a.origin, self.b.origin)

    def headers(self, time_ms: int) -> Headers:
        """CloudEvents headers; `time_ms` is the later of the rows' log timestamps."""
        return cloudevents.headers(
            event_id=digest((self.pair_id, self.origins, self.artifact_version, "review")),
            event_type="skutwin.review.wanted.v1",
            shard=self.shard,
            subject=self.pair_id,
            time_ms=time_ms,
        )


class Verdict(Wire):
    """A person's answer about a pair; key of its topic: the pair's id. A null value withdraws it.

    Attributes:
        seen_a: the `seen` of side a of the task that was judged; likewise `seen_b`. The verdict holds until
            what was seen changes on either side.
    """

    pair_id: Hex32
    shard: Annotated[int, Field(ge=0)] = 0
    a: Id
    b: Id
    seen_a: Hex32
    seen_b: Hex32
    answer: Answer
    reviewer: Id
    decided_at: AwareDatetime

    @model_validator(mode="after")
    def _names_its_pair(self) -> Self:
        if self.a >= self.b or Pair(self.a, self.b).pair_id != self.pair_id:
            raise ValueError("pair_id: does not name a and b, or they are not in order")
        return self

    @property
    def pair(self) -> Pair:
        """The two ids."""
        return Pair(self.a, self.b)

    def held(self) -> HeldVerdict:
        """What a match event keeps of it."""
        return HeldVerdict(
            answer=self.answer,
            seen_a=self.seen_a,
            seen_b=self.seen_b,
            reviewer=self.reviewer,
            decided_at=self.decided_at,
        )
