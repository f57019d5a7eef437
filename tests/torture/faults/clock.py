"""The wall clock of every process jumps."""

from __future__ import annotations

from dataclasses import dataclass

from tests.torture.arena import Arena
from tests.torture.faults.fault import Fault
from tests.torture.pictures import Mood

_HOUR_MS = 3_600_000


@dataclass(slots=True, eq=False)
class ClockJumps(Fault):
    """For some seconds, with pictures away, so that retries are dated by the wrong clock; then back."""

    ahead_ms: int = 0

    def inject(self, arena: Arena) -> bool:
        arena.orders.set_clock(self.ahead_ms)
        arena.pictures.mood = Mood.AWAY
        for _ in range(10):
            arena.market.do(arena.market.is_overtaken_while_pictures_are_fetched)
            arena.market.do(arena.market.changes)
        arena.pause(5)
        return True

    def heal(self, arena: Arena) -> None:
        """It is right again."""
        arena.orders.set_clock(0)
        arena.pictures.mood = Mood.FINE


def clock_faults() -> list[Fault]:
    """Ahead and behind; a jump of days, past which deletions and their pairs are forgotten."""
    return [
        ClockJumps("clock an hour ahead", 10, ahead_ms=_HOUR_MS),
        ClockJumps("clock an hour behind", 10, ahead_ms=-_HOUR_MS),
        ClockJumps("clock eight days ahead", 10, ahead_ms=8 * 24 * _HOUR_MS),
    ]
