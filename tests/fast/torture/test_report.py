"""The last line of a torture, and how it exits."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.torture.history import Rule, Violation
from tests.torture.outcome import Outcome
from tests.torture.report import show


@dataclass
class Ran:
    """A fault that ran."""

    name: str
    exercised: int = 1
    recovered_s: tuple[float, ...] = (1.5,)

    def measured(self) -> str:
        return "nothing"


@pytest.mark.parametrize(
    ("violations", "unproven", "last", "code"),
    [
        (0, [], "violations: 0", 0),
        (2, [], "violations: 2", 1),
        (2, ["the table fell over"], "violations: 2", 1),
        (0, ["Kafka restarted never ran", "3 records are too few"], "", 1),
    ],
)
def test_the_last_line_says_what_was_proven(
    violations: int, unproven: list[str], last: str, code: int
) -> None:
    """Zero violations prove something only where all that was enabled ran."""
    outcome = Outcome(Path("the-folder"), [Ran("Kafka restarted")])
    outcome.violations = [
        Violation(Rule.ACCOUNTED, f"listing {number} is lost") for number in range(violations)
    ]
    outcome.unproven = unproven
    said = StringIO()
    assert show(outcome, Console(file=said, width=120)) == code
    lines = said.getvalue().splitlines()
    assert lines[-1] == (last or "not proven: Kafka restarted never ran; 3 records are too few")
    assert any("Kafka restarted" in line and "1.5 s" in line for line in lines)
    assert any("the-folder" in line for line in lines) == bool(code)
