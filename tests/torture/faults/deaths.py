"""Processes killed: at random, and at each numbered step of each role."""

from __future__ import annotations

from dataclasses import dataclass

from tests.integration.stream.waiting import eventually
from tests.torture.arena import Arena
from tests.torture.faults.fault import Fault
from tests.torture.fleet import EMBED, MATCH
from tests.torture.steps import EMBED as EMBED_STEPS
from tests.torture.steps import MATCH as MATCH_STEPS
from tests.torture.steps import MATCH_TAKES_OVER, Blow, Struck

HIT_S = 25.0


def struck_at(arena: Arena, step: str, blow: Blow) -> Struck | None:
    """Order it, keep listings coming, and wait until a process was there; None if none was in time.

    One listing says its last word in the batch that is struck, or in one soon before.
    """
    last_word = arena.market.has_its_last_word()
    arena.moves_on()
    before = len(arena.orders.struck())
    arena.orders.give(step, blow)
    if step in MATCH_TAKES_OVER:
        eventually(arena.fleet.active, "a matcher that decides", deadline_s=HIT_S)
        if (active := arena.fleet.active()) is not None:
            arena.fleet.kill(active)

    def hit() -> Struck | None:
        arena.market.do(arena.market.comes_goes_and_comes)
        struck = arena.orders.struck()[before:]
        return struck[0] if struck else None

    last_word()
    try:
        return eventually(hit, f"a process at {step}", deadline_s=HIT_S)
    except AssertionError:
        return None
    finally:
        arena.orders.withdraw()


@dataclass(slots=True, eq=False)
class KillAtStep(Fault):
    """SIGKILL at one step; the batch holds a listing that never gets another revision."""

    step: str = ""

    def inject(self, arena: Arena) -> bool:
        return struck_at(arena, self.step, Blow.KILL) is not None

    def heal(self, arena: Arena) -> None:
        """The fleet starts it again."""


@dataclass(slots=True, eq=False)
class KillAtRandom(Fault):
    """SIGKILL of one member of a role, wherever it is."""

    role: str = EMBED

    def inject(self, arena: Arena) -> bool:
        arena.pause(arena.draw.uniform(0, 1))
        running = [member for member in arena.fleet.of(self.role) if member.code is None]
        active = arena.fleet.active() if self.role == MATCH else None
        if not running:
            return False
        arena.fleet.kill(active or arena.draw.choice(running))
        return True

    def heal(self, arena: Arena) -> None:
        """The fleet starts it again."""


def deaths() -> list[Fault]:
    """One at each step, and two at random."""
    at_steps: list[Fault] = [
        KillAtStep(f"killed at {step}", 9 if step.startswith("embed") else 13, step=step)
        for step in (*EMBED_STEPS, *MATCH_TAKES_OVER, *MATCH_STEPS)
    ]
    at_random: list[Fault] = [
        KillAtRandom("embedder killed at random", 5, role=EMBED),
        KillAtRandom("matcher killed at random", 11, role=MATCH),
    ]
    return at_random + at_steps
