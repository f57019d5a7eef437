"""Stages that overlap: each in its own thread, batches pass them in order through bounded queues."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Work = TypeVar("Work")


@dataclass(slots=True, eq=False)
class _Ticket(Generic[Work]):
    work: Work
    dropped: bool = False
    error: BaseException | None = field(default=None)


class Pipeline(Generic[Work]):
    """What is submitted comes out of `ready` in the same order, once every stage has seen it.

    A stage that raises ends the ticket's way: `ready` raises the same exception in its turn.
    """

    def __init__(self, stages: Sequence[tuple[str, Callable[[Work], None]]], depth: int) -> None:
        self._limit = max(1, depth) * len(stages)
        self._in_flight: list[_Ticket[Work]] = []
        self._queues: list[queue.SimpleQueue[_Ticket[Work] | None]] = [
            queue.SimpleQueue() for _ in range(len(stages) + 1)
        ]
        self.names = [name for name, _ in stages]
        self._threads = [
            threading.Thread(target=self._run, args=(number, stage), name=f"embed-{name}", daemon=True)
            for number, (name, stage) in enumerate(stages)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def in_flight(self) -> int:
        """How many were submitted and did not come out yet."""
        return len(self._in_flight)

    @property
    def has_room(self) -> bool:
        """Whether one more may be submitted: every queue is bounded by the sum of what is in flight."""
        return len(self._in_flight) < self._limit

    def depths(self) -> dict[str, int]:
        """Batches waiting before each stage."""
        return {name: waiting.qsize() for name, waiting in zip(self.names, self._queues, strict=False)}

    def submit(self, work: Work) -> None:
        """Send it on its way.

        Raises:
            RuntimeError: there is no room; ask `has_room` first.
        """
        if not self.has_room:
            raise RuntimeError("the pipeline is full")
        ticket = _Ticket(work)
        self._in_flight.append(ticket)
        self._queues[0].put(ticket)

    def ready(self, timeout_s: float) -> Work | None:
        """The next that is through, or None if none is within the time.

        Raises:
            BaseException: what a stage raised for it.
        """
        while self._in_flight:
            try:
                ticket = self._queues[-1].get(block=timeout_s > 0, timeout=timeout_s)
            except queue.Empty:
                return None
            if ticket is None or ticket.dropped:
                continue
            self._in_flight.remove(ticket)
            if ticket.error is not None:
                raise ticket.error
            return ticket.work
        return None

    def drop(self) -> list[Work]:
        """Forget all that is in flight; stages that are at it finish in vain."""
        dropped = [ticket.work for ticket in self._in_flight]
        for ticket in self._in_flight:
            ticket.dropped = True
        self._in_flight.clear()
        return dropped

    def close(self, timeout_s: float = 10.0) -> None:
        """End the threads; what is in flight is dropped."""
        self.drop()
        self._queues[0].put(None)
        for thread in self._threads:
            thread.join(timeout_s)

    def _run(self, number: int, stage: Callable[[Work], None]) -> None:
        waiting, onward = self._queues[number], self._queues[number + 1]
        while (ticket := waiting.get()) is not None:
            if not ticket.dropped and ticket.error is None:
                try:
                    stage(ticket.work)
                except BaseException as err:  # noqa: BLE001 (raised again by ready, in the thread that commits)
                    ticket.error = err
            onward.put(ticket)
        onward.put(None)
