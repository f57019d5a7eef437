"""What is offered when: half of what is sustainable, twice of it, half again, and four fifths for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.load.sample import Sample, of_phase, rate

FILL, PROBE, DRAIN = "fill", "probe", "drain"
CALM, OVERLOAD, RECOVER, SOAK = "calm", "overload", "recover", "soak"
SHARES = {CALM: 0.5, OVERLOAD: 2.0, RECOVER: 0.5, SOAK: 0.8}
"""What is offered, in sustainable rates."""

BACKLOG = 600
"""While the sustainable rate is measured at least so many listings wait: more than embed has in work."""

_WARM = 1 / 3  # of the probe is left out: batches are still growing


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds of the phases whose length is chosen."""

    probe: float
    calm: float
    overload: float
    recover: float
    soak: float

    @property
    def offered(self) -> dict[str, float]:
        """Phases at a multiple of the sustainable rate, in order."""
        return {CALM: self.calm, OVERLOAD: self.overload, RECOVER: self.recover, SOAK: self.soak}


def sustainable(samples: Sequence[Sample]) -> float:
    """Listings decided a second in the later part of the probe.

    Raises:
        ValueError: the probe was too short.
    """
    probe = of_phase(samples, PROBE)
    return rate(probe[int(len(probe) * _WARM) :])
