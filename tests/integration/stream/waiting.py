"""Waiting for other processes: on a condition, with a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException

T = TypeVar("T")
DEADLINE_S = 90.0
_PAUSE_S = 0.1
_UNSETTLED = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)
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


def once_settled(ask: Callable[[], T], what: str) -> T:
    """What a broker answers, asked again while a young one has not settled who leads or coordinates.

    Raises:
        KafkaException: any other answer than one of those.
        AssertionError: it never settled.
    """

    def answer() -> list[T]:
        try:
            return [ask()]
        except KafkaException as err:
            if err.args[0].code() not in _UNSETTLED:
                raise
            return []

    return eventually(answer, what)[0]
