"""Members that come and go in order, in mid-stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tests.integration.stream.waiting import eventually
from tests.torture.arena import Arena
from tests.torture.faults.fault import Fault
from tests.torture.fleet import EMBED, MATCH, Member


@dataclass(slots=True, eq=False)
class Joins(Fault):
    """One more embedder joins, and leaves again."""

    several: ClassVar[bool] = True

    _guest: Member | None = None

    def inject(self, arena: Arena) -> bool:
        self._guest = guest = arena.fleet.join(EMBED, "embed-guest")
        eventually(lambda: guest.says("in the group") or guest.code is not None, "the guest is in the group")
        arena.pause(2)
        return guest.code is None

    def heal(self, arena: Arena) -> None:
        """It leaves."""
        if self._guest is not None:
            arena.fleet.leave(self._guest)
            self._guest = None


@dataclass(slots=True, eq=False)
class Handover(Fault):
    """The deciding matcher is asked to leave, the other takes over, and the first comes back."""

    several: ClassVar[bool] = True

    _away: str = ""

    def inject(self, arena: Arena) -> bool:
        active = arena.fleet.active()
        if active is None:
            return False
        self._away = active.name
        arena.fleet.leave(active)
        return True

    def heal(self, arena: Arena) -> None:
        """It comes back, to stand by."""
        if self._away:
            arena.fleet.join(MATCH, self._away)
            self._away = ""


def comings() -> list[Fault]:
    """Of both roles."""
    return [
        Joins("an embedder joins and leaves", 10),
        Handover("the matcher leaves, the other takes over", 8),
    ]
