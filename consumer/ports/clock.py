"""Time, as a port: nothing else reads the clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time and a steady one."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC; may jump."""

    def steady_s(self) -> float:
        """Seconds since some moment; never goes back."""


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """See `Clock`."""
        return time.time_ns() // 1_000_000

    def steady_s(self) -> float:
        """See `Clock`."""
        return time.monotonic()
