"""Waiting for other processes: on a condition, with a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
DEADLINE_S = 90.0
_PAUSE_S = 0.1
_never = threading.Event()


def eventually(condition: Callable[[], T], what: str, *, deadline_s: float = DEADLINE_S) -> T:
    """What the condition gives once it is true.

    Raises:
        AssertionError: it was not within the deadline; names what was waited for and the last answer.
    """
    deadline = time.monotonic() + deadline_s
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {deadline_s:.0f} s: {what}; last: {answer!r}"
        _never.wait(_PAUSE_S)  # another process' progress is nothing one could wait on
