"""The form of a fault."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from tests.torture.arena import Arena


@dataclass(slots=True, eq=False)
class Fault(ABC):
    """Something that goes wrong, and is put right again; afterwards the stream must move on by itself.

    Attributes:
        name: as the table shows it.
        cost_s: what one time takes, about; a budget enables what it can pay.
        long: only of a full run.
        exercised: how often it really hit.
        recovered_s: after each time, until a new listing was decided.
        several: it takes members beside the one that is hit, or an index that is not inside it.
    """

    several: ClassVar[bool] = False

    name: str
    cost_s: float
    long: bool = False
    exercised: int = 0
    recovered_s: list[float] = field(default_factory=list)

    @property
    def kind(self) -> object:
        """Faults of equal kind are much alike; a budget pays for one of each kind first."""
        return type(self)

    def possible(self, arena: Arena) -> bool:
        """Whether this arena has what it takes; a service that is not the torture's own is left alone."""
        return not (self.several and arena.services.one_process)

    def measured(self) -> str:
        """What else the table says of it."""
        return ""

    @abstractmethod
    def inject(self, arena: Arena) -> bool:
        """Let it go wrong, for as long as it takes; whether it hit."""

    @abstractmethod
    def heal(self, arena: Arena) -> None:
        """Put right what the world did; the processes are to recover by themselves."""

    def run(self, arena: Arena) -> None:
        """Once.

        Raises:
            AssertionError: the stream did not move on afterwards.
        """
        arena.journal.note("fault", name=self.name)
        try:
            hit = self.inject(arena)
        finally:
            self.heal(arena)
        took = arena.moves_on()
        self.exercised += hit
        if hit:
            self.recovered_s.append(took)
        arena.journal.note("healed", name=self.name, hit=hit, recovered_s=round(took, 2))
