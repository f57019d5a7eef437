"""Changes at a wanted rate, from a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

_TICK_S = 0.02


class Credit:
    """How many changes are due: a rate times the time, and what is asked for at once.

    Attributes:
        per_s: the rate from now on.
    """

    def __init__(self) -> None:
        self.per_s = 0.0
        self._due = 0.0
        self._lock = threading.Lock()

    def at_once(self, count: int) -> None:
        """So many are due now."""
        with self._lock:
            self._due += count

    def after(self, seconds: float) -> int:
        """Those that are due once so much more time has passed; they are due no more."""
        with self._lock:
            self._due += seconds * self.per_s
            due = int(self._due)
            self._due -= due
        return due


class Offering:
    """Offers what is due while its context is open.

    Attributes:
        credit: decides how many.
    """

    def __init__(self, offer: Callable[[int], None]) -> None:
        self.credit = Credit()
        self._offer = offer
        self._enough = threading.Event()
        self._pool = ThreadPoolExecutor(1, "offering")
        self._work: Future[None] | None = None

    def check(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._work is not None and self._work.done():
            self._work.result()

    def __enter__(self) -> Self:
        self._work = self._pool.submit(self._run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        self._pool.shutdown()

    def _run(self) -> None:
        before = time.monotonic()
        while not self._enough.wait(_TICK_S):
            now = time.monotonic()
            self._offer(self.credit.after(now - before))
            before = now
