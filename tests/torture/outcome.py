"""What came of a torture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.torture.checker.check import Checked
from tests.torture.history import Violation


class Exercised(Protocol):
    """What the table says of a fault."""

    @property
    def name(self) -> str: ...

    @property
    def exercised(self) -> int: ...

    @property
    def recovered_s(self) -> Sequence[float]: ...

    def measured(self) -> str: ...


@dataclass(slots=True)
class Outcome:
    """What was done, what was looked at, and what was found.

    Attributes:
        folder: of the history.
        faults: all that were enabled.
        left_out: names of those that the budget cannot pay, or that no service is there for.
        unproven: why nothing follows from it, even without a violation.
        acts: of the market, how often each; likewise `endings` of processes.
        injected_s: how long faults were injected.
    """

    folder: Path
    faults: Sequence[Exercised]
    left_out: Sequence[str] = ()
    violations: list[Violation] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    checked: Checked | None = None
    writes: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    endings: dict[str, int] = field(default_factory=dict)
    injected_s: float = 0.0
