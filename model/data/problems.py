"""What is wrong with a data file: said and gone on, or, strictly, raised at the first."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from model.data.labelled import Problem


class DataError(ValueError):
    """Data that cannot be read: nothing of a known format, or, strictly read, the first broken line."""


@dataclass
class Problems:
    """The problems of one source.

    Attributes:
        strict: whether the first problem ends the reading.
        found: in the order of the lines.
    """

    strict: bool = False
    found: list[Problem] = field(default_factory=list)

    def add(self, file: Path, line: int, reason: object) -> None:
        """Write a problem down.

        Raises:
            DataError: strict, and this is the first.
        """
        problem = Problem(file, line, str(reason))
        if self.strict:
            raise DataError(str(problem))
        self.found.append(problem)
