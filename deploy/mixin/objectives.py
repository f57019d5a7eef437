"""What was promised, and how fast a promise may be used up before somebody is woken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from consumer.metrics import COMMIT_BUCKETS

BY: Final = "namespace, job"  # one installation or several in one Prometheus: each has alerts of its own


@dataclass(frozen=True, slots=True)
class Burn:
    """One pair of windows (The Site Reliability Workbook, chapter 5, table 5-8, for a budget of 30 days).

    Attributes:
        long, short: both must burn; the long one for certainty, the short one so that it ends.
        factor: how many times faster than even the budget is used up.
    """

    long: str
    short: str
    factor: float


PAGES: Final = (Burn("1h", "5m", 14.4), Burn("6h", "30m", 6.0))
TICKETS: Final = (Burn("1d", "2h", 3.0), Burn("3d", "6h", 1.0))
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectives:
    """What may be chosen of the rules.

    Attributes:
        latency_s: a listing decided later than this after its arrival is slow; a bucket ends there.
        latency_share: of the listings that must not be slow.
        freshness_s: while an older listing waits, the stream is late.
        freshness_share: of the time in which it must not be late.
        jobs: regular expression of the scrape jobs' names.
        runbook: where the runbook is read; an alert's section is its name in small letters.
    """

    latency_s: float = 5.0
    latency_share: float = 0.99
    freshness_s: float = 60.0
    freshness_share: float = 0.99
    jobs: str = ".*skutwin.*"
    runbook: str = "docs/runbook.md"

    def __post_init__(self) -> None:
        """Refuse what no rule can say.

        Raises:
            ValueError: the latency is between two buckets, or a share is none.
        """
        if self.latency_s not in COMMIT_BUCKETS:
            raise ValueError(f"no bucket ends at {self.latency_s} s; these do: {COMMIT_BUCKETS}")
        for share in (self.latency_share, self.freshness_share):
            if not 0.95 <= share < 1:  # with less, the fastest burn would be more than all of it
                raise ValueError(f"an objective of {share}: it is a share from 0.95 to under 1")

    @property
    def latency_bucket(self) -> str:
        """The bucket's label, as a Python client writes it."""
        return f"{float(self.latency_s)}"
