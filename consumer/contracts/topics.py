"""The names of the topics: the contract between skutwin and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class TopicNames:
    """One installation's topics.

    Attributes:
        listings: in; key `listing_id`, value a Listing, null deletes.
        embedded: inner log of one embedding version; one partition a shard.
        retry: inner; listings to be embedded again, of one embedding version.
        matches: out; key `pair_id`, value a MatchEvent.
        reviews: out; key `pair_id`, value a ReviewTask.
        verdicts: in; key `pair_id`, value a Verdict.
        dlq: out; what could not be read.
        drift: out; alarms by shard, feature and seller, and a ring of scores.
    """

    listings: str
    embedded: str
    retry: str
    matches: str
    reviews: str
    verdicts: str
    dlq: str
    drift: str

    @classmethod
    def of(cls, prefix: str, embedding_version: str) -> Self:
        """The names under a prefix (may be empty); vectors of two versions never meet."""
        return cls(
            listings=f"{prefix}listings",
            embedded=f"{prefix}listings.embedded.{embedding_version}",
            retry=f"{prefix}listings.retry.{embedding_version}",
            matches=f"{prefix}matches",
            reviews=f"{prefix}match-reviews",
            verdicts=f"{prefix}match-verdicts",
            dlq=f"{prefix}listings.dlq",
            drift=f"{prefix}drift",
        )
