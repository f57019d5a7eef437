"""What is seen of everything once a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from consumer.demo.figures import percentile


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one process holds.

    Attributes:
        rss_mb: resident memory, in 10^6 bytes; `anonymous_mb` the part that no file stands behind.
        threads: of the operating system.
        files: open descriptors, sockets among them.
        cpu_s: processor time used since it began.
    """

    rss_mb: float
    anonymous_mb: float
    threads: int
    files: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment.

    Attributes:
        at_s: seconds since the run began.
        phase: what was being offered.
        offered: listings written to `listings` so far.
        embed_lag: of them, not yet committed by embed; `match_lag`: embedded, not yet decided.
        rebalances: assignments and revocations that the processes logged so far.
        missed_polls: how often a client left its group because nobody polled.
        aborted: batches thrown away and polled again.
        latency: cumulative counts by upper bound in seconds, from a listing's timestamp to its commit in
            match.
        processes: by name.
    """

    at_s: float
    phase: str
    offered: int
    embed_lag: int
    match_lag: int
    rebalances: int
    missed_polls: int
    aborted: int
    latency: Mapping[float, float]
    processes: Mapping[str, Footprint]

    @property
    def lag(self) -> int:
        """Listings offered and not yet decided."""
        return self.embed_lag + self.match_lag

    @property
    def decided(self) -> int:
        """Listings offered and decided."""
        return self.offered - self.lag

    def to_json(self) -> dict[str, Any]:
        """Plain data; JSON has no numbers as keys."""
        return {**asdict(self), "latency": {str(bound): count for bound, count in self.latency.items()}}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Sample:
        """The inverse."""
        latency = {float(bound): float(count) for bound, count in plain["latency"].items()}
        processes = {name: Footprint(**held) for name, held in plain["processes"].items()}
        return cls(**{**plain, "latency": latency, "processes": processes})


def of_phase(samples: Sequence[Sample], phase: str) -> list[Sample]:
    """Those of one phase, in order."""
    return [sample for sample in samples if sample.phase == phase]


def rate(samples: Sequence[Sample]) -> float:
    """Listings decided a second between the first sample and the last.

    Raises:
        ValueError: fewer than two samples.
    """
    if len(samples) < 2:
        raise ValueError("a rate needs two samples")
    return (samples[-1].decided - samples[0].decided) / (samples[-1].at_s - samples[0].at_s)


def timed(samples: Sequence[Sample]) -> int:
    """How many latencies were observed from the first sample to the last."""
    return int(max(samples[-1].latency.values(), default=0) - max(samples[0].latency.values(), default=0))


def latency(samples: Sequence[Sample], share: float) -> float:
    """A percentile of the latencies of what was decided from the first sample to the last, in seconds.

    NaN where nothing was; the greatest finite bound of the histogram where it lies above.
    """
    if len(samples) < 2:
        return float("nan")
    return percentile(samples[0].latency, samples[-1].latency, share)
