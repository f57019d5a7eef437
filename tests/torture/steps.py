"""The numbered steps of both roles at which a process under torture may be struck, and the order to do it.

An order lies in a folder as the file `order`. The first process that comes to its step takes it (a rename, so
that only one does), notes that it was there in `taken`, and kills or freezes itself.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SESSION_S = 5
TRANSACTION_S = 8
"""A process that stands still for longer is out of its group, and its transaction is aborted."""

_BLOW_S = 0.3  # a signal takes its moment, and nothing may go on meanwhile

FOLDER = "SKUTWIN_TEST_ORDERS"
"""Names the folder of the orders, and of `clock`: milliseconds by which the wall clock is wrong."""

EMBED = (
    "embed 1 polled",
    "embed 2 decoded",
    "embed 3 fetched",
    "embed 4 encoded",
    "embed 5 before the transaction",
    "embed 5 produced",
    "embed 5 offsets sent",
    "embed 5 committed",
)
MATCH_TAKES_OVER = ("match 1 fenced", "match 1 restored", "match 1 positioned")
MATCH = (
    "match 2 folded",
    "match 3 before the rows",
    "match 3 rows written",
    "match 4 candidates found",
    "match 5 rows read",
    "match 6 decided",
    "match 7 before the transaction",
    "match 7 produced",
    "match 7 offsets sent",
    "match 7 committed",
    "match 8 before the clean-up",
    "match 8 cleaned up",
)


class Blow(StrEnum):
    """What becomes of the process."""

    KILL = "SIGKILL"
    FREEZE = "SIGSTOP"


@dataclass(frozen=True, slots=True)
class Struck:
    """A process that was at its step."""

    pid: int
    step: str
    blow: Blow


class Orders:
    """The folder, seen from the torture."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._order, self._taken, self._clock = folder / "order", folder / "taken", folder / "clock"

    def give(self, step: str, blow: Blow) -> None:
        """Whoever comes to this step next is struck; an earlier order that nobody took is withdrawn."""
        draft = self.folder / "draft"
        draft.write_text(json.dumps([step, blow]))
        draft.rename(self._order)

    def withdraw(self) -> None:
        """Nobody is struck any more."""
        self._order.unlink(missing_ok=True)

    def struck(self) -> list[Struck]:
        """All that were struck so far, in order."""
        if not self._taken.exists():
            return []
        lines = self._taken.read_text().splitlines()
        return [Struck(pid, step, Blow(blow)) for pid, step, blow in map(json.loads, lines)]

    def set_clock(self, ahead_ms: int) -> None:
        """From now on the wall clock of every process is so far ahead."""
        draft = self.folder / "clock.draft"
        draft.write_text(str(ahead_ms))
        draft.rename(self._clock)


class Obedience:
    """The folder, seen from a process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._order, self._clock = folder / "order", folder / "clock"
        self._lock = threading.Lock()

    def at(self, step: str) -> None:
        """This process is at that step; it may not survive saying so."""
        with self._lock:
            try:
                wanted, blow = json.loads(self._order.read_text())
                if wanted != step:
                    return
                mine = self._folder / f"mine.{os.getpid()}"
                self._order.rename(mine)
            except FileNotFoundError:
                return  # no order, or another process was first
            with (self._folder / "taken").open("a") as taken:
                taken.write(json.dumps([os.getpid(), step, blow]) + "\n")
            mine.unlink()
        os.kill(os.getpid(), getattr(signal, blow))
        threading.Event().wait(_BLOW_S)

    def clock_ahead_ms(self) -> int:
        """How wrong the wall clock is."""
        try:
            return int(self._clock.read_text())
        except FileNotFoundError:
            return 0
