"""Processes that stand still past their session and their transaction, and then go on: zombies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from tests.integration.stream.waiting import eventually
from tests.torture.arena import Arena
from tests.torture.faults.deaths import struck_at
from tests.torture.faults.fault import Fault
from tests.torture.fleet import EMBED, MATCH, Member
from tests.torture.steps import SESSION_S, TRANSACTION_S, Blow

_STILL_S = max(SESSION_S, TRANSACTION_S) + 4


@dataclass(slots=True, eq=False)
class FrozenAtStep(Fault):
    """SIGSTOP at a step, SIGCONT when others have gone on; how long readers wait meanwhile is measured.

    Attributes:
        readers_waited_s: from the freeze until a record written later was decided.
    """

    several: ClassVar[bool] = True

    step: str = ""
    readers_waited_s: list[float] = field(default_factory=list)
    _frozen: Member | None = None

    def measured(self) -> str:
        waited = self.readers_waited_s
        return f"others waited {max(waited):.1f} s meanwhile" if waited else ""

    def inject(self, arena: Arena) -> bool:
        struck = struck_at(arena, self.step, Blow.FREEZE)
        if struck is None:
            return False
        self._frozen = member = arena.fleet.by_pid(struck.pid)
        eventually(lambda: member.frozen, f"{member.name} stands still")
        began = arena.journal.elapsed_s
        self.readers_waited_s.append(arena.moves_on())
        arena.pause(_STILL_S - (arena.journal.elapsed_s - began))
        return True

    def heal(self, arena: Arena) -> None:
        """It goes on where it stood."""
        if self._frozen is not None:
            arena.fleet.thaw(self._frozen)
            self._frozen = None


@dataclass(slots=True, eq=False)
class FrozenWhileIdle(Fault):
    """The deciding matcher sleeps while another decides, wakes, and decides again when that one dies.

    The other is started again at once, and may be given the shard instead: then this did not hit.
    """

    several: ClassVar[bool] = True

    _frozen: Member | None = None

    def inject(self, arena: Arena) -> bool:
        arena.moves_on()
        arena.selling.clear()
        arena.pause(1.0)
        arena.moves_on()
        member = arena.fleet.active()
        if member is None:
            return False
        self._frozen = member
        arena.fleet.freeze(member)
        arena.selling.set()
        arena.moves_on()
        arena.pause(_STILL_S)
        arena.selling.clear()
        arena.moves_on()
        arena.fleet.thaw(member)
        self._frozen = None
        eventually(lambda: member.says("standing by"), f"{member.name} stands by")
        for other in arena.fleet.of(MATCH):
            if other is not member and other.code is None:
                arena.fleet.kill(other)
        eventually(lambda: arena.fleet.active() is not None, "a matcher decides again")
        return arena.fleet.active() is member

    def heal(self, arena: Arena) -> None:
        """Nobody stays asleep, and sellers sell."""
        if self._frozen is not None:
            arena.fleet.thaw(self._frozen)
            self._frozen = None
        arena.selling.set()


@dataclass(slots=True, eq=False)
class Replaced(Fault):
    """An embedder sleeps, is taken for dead, and another process starts under its name."""

    several: ClassVar[bool] = True

    _frozen: Member | None = None

    def inject(self, arena: Arena) -> bool:
        member = arena.draw.choice([one for one in arena.fleet.of(EMBED) if one.code is None])
        self._frozen = member
        arena.fleet.freeze(member)
        other = arena.fleet.join(EMBED, member.name)
        eventually(lambda: other.says("in the group") or other.code is not None, "the other is in the group")
        arena.moves_on()
        arena.fleet.thaw(member)
        self._frozen = None
        eventually(lambda: member.code is not None or other.code is not None, "one of the two is fenced")
        arena.fleet.forget(member if member.code is not None else other)
        return True

    def heal(self, arena: Arena) -> None:
        """Nobody stays asleep."""
        if self._frozen is not None:
            arena.fleet.thaw(self._frozen)
            self._frozen = None


def sleepers() -> list[Fault]:
    """In the midst of a batch, of a transaction, of nothing."""
    steps = (
        "embed 4 encoded",
        "embed 5 offsets sent",
        "match 3 before the rows",
        "match 6 decided",
        "match 7 offsets sent",
        "match 8 before the clean-up",
    )
    frozen: list[Fault] = [FrozenAtStep(f"frozen at {step}", 20, step=step) for step in steps]
    return [*frozen, FrozenWhileIdle("matcher frozen while idle", 30), Replaced("embedder replaced", 20)]
