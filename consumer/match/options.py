"""What an operator may set of the match role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SameSeller(StrEnum):
    """What to do with a pair of one seller's listings."""

    REPORT = "report"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchOptions:
    """The match role's settings.

    Attributes:
        k: distinct live neighbours wanted of each listing.
        k_cap: the most hits asked for to find them.
        floor: cosine under which a neighbour is no candidate.
        gtin_cap: the most listings taken as candidates because of one GTIN.
        settle_s: for how long a write may stay unseen by a search that is not strong.
        rows_in_memory: up to so many rows of a shard that began with an empty index are kept and searched
            in memory alone.
        max_events: what a batch may owe, above which it is cut.
        marker_ttl_s: for how long a deletion is remembered.
        sweep_interval_s: how often expired markers are looked for.
        rows_limit: how many rows a shard's index is planned for; None where nobody said.
        probe_share: of the time, for repeating searches to know the index's recall; 0 does not.
        retry_first_s, retry_max_s: back-off of retries of listings without their pictures.
    """

    batch_size: int = 256
    poll_timeout_s: float = 0.05
    k: int = 20
    k_cap: int = 1024
    floor: float = 0.3
    gtin_cap: int = 500
    settle_s: float = 30.0
    rows_in_memory: int = 0
    max_events: int = 2000
    same_seller: SameSeller = SameSeller.REPORT
    marker_ttl_s: float = 7 * 86_400.0
    sweep_interval_s: float = 60.0
    rows_limit: int | None = None
    probe_share: float = 0.01
    retry_first_s: float = 30.0
    retry_max_s: float = 600.0

    def retry_delay_s(self, attempt: int) -> float:
        """Seconds before the `attempt`-th retry (from 1): doubling, capped."""
        return float(min(self.retry_max_s, self.retry_first_s * 2 ** min(attempt - 1, 16)))
