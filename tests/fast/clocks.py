"""A clock that moves only when it is told to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class HandClock:
    """Implements `consumer.ports.clock.Clock`."""

    wall_ms: int = 1_700_000_000_000
    steady: float = 0.0

    def now_ms(self) -> int:
        return self.wall_ms

    def steady_s(self) -> float:
        return self.steady

    def advance(self, seconds: float) -> None:
        self.wall_ms += round(seconds * 1000)
        self.steady += seconds
