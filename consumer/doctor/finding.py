"""What an examination finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is.

    Attributes:
        OK: as it must be.
        WARN: it works, and something is lost or unknown that one would not want to lose.
        FAIL: skutwin does not start, or breaks a promise.
    """

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what looked, such as `topics`.
        level: how bad it is.
        said: what was found, one sentence.
        mend: the command or setting that mends it; empty where nothing is to be mended.
    """

    check: str
    level: Level
    said: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        """Plain data, for `--json`."""
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Finder:
    """Makes the findings of one check."""

    check: str

    def ok(self, said: str) -> Finding:
        """It is as it must be."""
        return Finding(self.check, Level.OK, said)

    def warn(self, said: str, mend: str = "") -> Finding:
        """It works, with something to know."""
        return Finding(self.check, Level.WARN, said, mend)

    def fail(self, said: str, mend: str = "") -> Finding:
        """It does not work."""
        return Finding(self.check, Level.FAIL, said, mend)
