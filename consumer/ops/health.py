"""Whether the process is alive, started and ready, from what its parts say of themselves."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from consumer.ports.clock import Clock


class State(StrEnum):
    """What a part says of itself."""

    STARTING = "starting"
    READY = "ready"
    NOT_READY = "not_ready"
    STOPPED = "stopped"


class Report(NamedTuple):
    """An answer: whether it is well, and why or why not by part."""

    ok: bool
    parts: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Part:
    state: State
    reason: str
    since_s: float
    ticked_s: float | None = None
    started: bool = False


class Component:
    """One part's handle on the process's health; safe to use from any thread."""

    def __init__(self, health: Health, name: str) -> None:
        self._health = health
        self.name = name

    def starting(self, reason: str) -> None:
        """It is on its way, and at what."""
        self._health.put(self.name, State.STARTING, reason)

    def ready(self, reason: str = "") -> None:
        """It does its work (or stands by, as `reason` may say)."""
        self._health.put(self.name, State.READY, reason)

    def not_ready(self, reason: str) -> None:
        """It runs and cannot work for now."""
        self._health.put(self.name, State.NOT_READY, reason)

    def stopped(self, reason: str = "") -> None:
        """It has left; it need not tick any more."""
        self._health.put(self.name, State.STOPPED, reason)

    def tick(self) -> None:
        """Its loop turns. From the first tick on, silence for `stall_s` makes the process not alive."""
        self._health.tick(self.name)


class Health:
    """The states of all parts of one process."""

    def __init__(self, clock: Clock, stall_s: float) -> None:
        self._clock = clock
        self._stall_s = stall_s
        self._parts: dict[str, _Part] = {}
        self._lock = threading.Lock()

    def component(self, name: str, reason: str = "not begun") -> Component:
        """Register a part; until it says otherwise it is starting."""
        component = Component(self, name)
        component.starting(reason)
        return component

    def put(self, name: str, state: State, reason: str) -> None:
        """Note what a part says; `Component` calls this."""
        with self._lock:
            now = self._clock.steady_s()
            held = self._parts.get(name) or _Part(state, reason, now)
            since = held.since_s if held.state is state else now
            started = held.started or state is State.READY
            self._parts[name] = replace(held, state=state, reason=reason, since_s=since, started=started)

    def tick(self, name: str) -> None:
        """Note that a part's loop turns; `Component` calls this."""
        with self._lock:
            self._parts[name] = replace(self._parts[name], ticked_s=self._clock.steady_s())

    def live(self) -> Report:
        """Not live only when a loop that once turned has stopped turning."""
        return self._report(lambda part, silent: part.state is State.STOPPED or silent < self._stall_s)

    def started(self) -> Report:
        """Whether every part has been ready once."""
        return self._report(lambda part, _: part.started, wants_parts=True)

    def ready(self) -> Report:
        """Whether every part is ready, and none has fallen silent."""
        return self._report(
            lambda part, silent: part.state is State.READY and silent < self._stall_s, wants_parts=True
        )

    def _report(self, well: Any, *, wants_parts: bool = False) -> Report:
        with self._lock:
            parts, now = dict(self._parts), self._clock.steady_s()
        told: dict[str, dict[str, Any]] = {}
        for name, part in sorted(parts.items()):
            silent = 0.0 if part.ticked_s is None else now - part.ticked_s
            words = asdict(part)
            told[name] = {
                "ok": bool(well(part, silent)),
                "state": words["state"],
                "reason": _stalled(silent) if silent >= self._stall_s else part.reason,
                "for_s": round(now - part.since_s, 3),
            }
        return Report(all(part["ok"] for part in told.values()) and (bool(told) or not wants_parts), told)


def _stalled(silent: float) -> str:
    return f"stalled: its loop has not turned for {silent:.0f} s"
