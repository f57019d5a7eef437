"""How fast listings are asked for, so that listings that come meanwhile do not wait behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consumer.ports.clock import Clock

MOST_AT_ONCE = 200
_PARTS_A_SECOND = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """So many listings a second, from now on.

    Attributes:
        rate: listings a second.
        clock: tells how long it takes.
        wait: lets that many seconds pass, and says whether somebody asked to stop.
    """

    rate: float
    clock: Clock
    wait: Callable[[float], bool]

    @property
    def at_once(self) -> int:
        """Records in a transaction: match meets them in one go, so half a second's worth and no more."""
        return max(1, min(MOST_AT_ONCE, int(self.rate / _PARTS_A_SECOND)))

    def rest(self, began_s: float, written: int) -> bool:
        """Wait until so many records since `began_s` are not too many; whether somebody asked to stop."""
        return self.wait(max(0.0, began_s + written / self.rate - self.clock.steady_s()))
