"""Checks run beside one another, each with its own time: one that hangs or fails hides no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from consumer.doctor.finding import Finder, Finding
from consumer.errors import SkutwinError
from model.artifact import ArtifactError


@dataclass(frozen=True, slots=True)
class Check:
    """One subject.

    Attributes:
        name: of the subject, as findings bear it.
        run: looks, and gives what it found.
        limit_s: after so long it is given up.
    """

    name: str
    run: Callable[[Finder], Iterable[Finding]]
    limit_s: float = 20.0


def examine(checks: Sequence[Check]) -> Iterator[Finding]:
    """All findings, check by check in their order, each check's once it is done or given up.

    What a check had found before it hung or failed is kept. A thread that hangs is left behind: the process
    ends without it.
    """
    running = [_Running(check) for check in checks]
    for each in running:
        yield from each.findings()


class _Running:
    def __init__(self, check: Check) -> None:
        self._check = check
        self._found: list[Finding] = []
        self._lock = threading.Lock()
        self._until_s = time.monotonic() + check.limit_s
        self._thread = threading.Thread(target=self._run, name=f"doctor-{check.name}", daemon=True)
        self._thread.start()

    def findings(self) -> list[Finding]:
        self._thread.join(max(0.0, self._until_s - time.monotonic()))
        with self._lock:
            found = list(self._found)
        if self._thread.is_alive():
            found.append(Finder(self._check.name).fail(f"gave no answer within {self._check.limit_s:.0f} s"))
        return found

    def _run(self) -> None:
        finder = Finder(self._check.name)
        try:
            for finding in self._check.run(finder):
                self._keep(finding)
        except (SkutwinError, ArtifactError) as err:
            self._keep(finder.fail(str(err)))
        except Exception as err:  # noqa: BLE001 (it is reported, and the other checks are still worth having)
            self._keep(
                finder.fail(f"the check itself failed, a defect of skutwin: {type(err).__name__}: {err}")
            )

    def _keep(self, finding: Finding) -> None:
        with self._lock:
            self._found.append(finding)
