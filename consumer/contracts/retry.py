"""RetryRequest: match asks embed to try a listing again whose pictures failed for now."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from consumer.contracts.wire import Wire
from model.listing import Offer


class RetryRequest(Wire):
    """One more try.

    Attributes:
        as_of: origin of the row that lacks pictures; the new row counts only while that one is held.
        attempt: from 1.
        not_before_ms: wall clock, milliseconds since the epoch.
        arrived_ms: Kafka's timestamp of the listing's own record.
    """

    listing: Offer
    as_of: Annotated[int, Field(ge=0)]
    attempt: Annotated[int, Field(ge=1)]
    not_before_ms: int
    arrived_ms: int
