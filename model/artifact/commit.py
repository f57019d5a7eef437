"""Which code is running: the commit of the checkout that it lies in, if it lies in one."""

from __future__ import annotations

import subprocess
from pathlib import Path

_HERE = Path(__file__).resolve()
_TIMEOUT_S = 10


def git_commit() -> str | None:
    """40 hex digits, `-dirty` behind them if a tracked file has changed since; None outside of a checkout.

    A package that was installed within somebody else's checkout is not of their commit: only a tracked file
    counts.
    """
    if _git("ls-files", "--error-unmatch", _HERE.name) is None:
        return None
    return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(*arguments: str) -> str | None:
    command = ["git", "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command, found on the user's path)
            command, cwd=_HERE.parent, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):  # no git on this machine, or one that hangs: not known
        return None
    return done.stdout.strip() if done.returncode == 0 else None
