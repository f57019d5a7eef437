"""RetryRequest: match asks embed to try a listing again whose pictures failed for now."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from model.listing import Offer
from model.strict_json import canonical, parse


class RetryRequest(BaseModel):
    """One more try.

    Attributes:
        as_of: origin of the row that lacks pictures; the new row counts only while that one is held.
        attempt: from 1.
        not_before_ms: wall clock, milliseconds since the epoch.
        arrived_ms: Kafka's timestamp of the listing's own record.
    """

    model_config = ConfigDict(frozen=True)

    listing: Offer
    as_of: Annotated[int, Field(ge=0)]
    attempt: Annotated[int, Field(ge=1)]
    not_before_ms: int
    arrived_ms: int

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical(self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """The inverse of `to_bytes`.

        Raises:
            ValueError: not a retry request.
        """
        return cls.model_validate(parse(value))
