"""What an experiment found: figures for machines, and tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from model.evaluation.metrics import Interval


@dataclass(frozen=True)
class Table:
    """Cells as they are to be read.

    Attributes:
        columns: their heads.
        rows: as many cells each.
        caption: a sentence above it; may be empty.

    Raises:
        ValueError: a row of another length.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of {self.columns[0]!r} has not {len(self.columns)} cells")

    def markdown(self) -> str:
        """The caption and the table, as GitHub reads it."""
        lines = [self.caption, ""] if self.caption else []
        lines += [_line(self.columns), _line(["---"] * len(self.columns))]
        return "\n".join([*lines, *map(_line, self.rows)])


@dataclass(frozen=True)
class Finding:
    """Of one experiment.

    Attributes:
        tables: in reading order.
        figures: plain data behind them.
    """

    tables: tuple[Table, ...]
    figures: dict[str, Any] = field(default_factory=dict)


def share(value: float | None, spread: Interval | Sequence[float] | None = None) -> str:
    """A share and its interval, three digits: "0.767 [0.681, 0.855]"; a dash for what is not there."""
    if value is None or value != value:  # noqa: PLR0124 (not a number is not itself)
        return "-"
    said = f"{value:.3f}"
    return said if spread is None else f"{said} [{spread[0]:.3f}, {spread[1]:.3f}]"


def points(value: float, spread: Interval | Sequence[float] | None = None) -> str:
    """A difference of shares in points: "+5.1 [+2.0, +8.3]"."""
    if spread is None:
        return _signed(value)
    return f"{_signed(value)} [{_signed(spread[0])}, {_signed(spread[1])}]"


def yes(met: bool) -> str:  # noqa: FBT001 (it is what is said)
    """A word for whether something wanted is there."""
    return "yes" if met else "**no**"


def _signed(value: float) -> str:
    return f"{round(100 * value, 1) + 0.0:+.1f}"  # no -0.0


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
