"""How hypothesis hunts, which tests are thorough, how many processes share them, how garbage is collected.

Hypothesis has no deadlines (machines are shared), and in CI the same examples each time.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest

# Before numpy is imported: the threads of several processes would wait for one another's cores, spinning.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

FAST = Path(__file__).parent / "fast"
_MOST = 4  # processes: each imports everything anew, which a further one would no longer win back
COLLECTED_WITH = pytest.StashKey[frozenset[str]]()
"""The modules that were loaded once all tests were collected."""


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of what needs only Python and takes its time; see the Makefile for who runs what."""
    config.addinivalue_line("markers", "thorough: takes its time: `make fast` leaves it to `make thorough`")
    runs_tests = config.option.dist == "no"  # else others do, and wait for this process to start them
    if runs_tests or config.getoption("--hypothesis-profile"):
        _set_hypothesis()


def _set_hypothesis() -> None:
    from hypothesis import settings  # noqa: PLC0415 (slow to import, where no test is run)

    settings.register_profile("here", deadline=None, max_examples=25)
    settings.register_profile("ci", deadline=None, max_examples=25, derandomize=True)
    settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process for each core where all fast tests run, and none beside the first for anything less."""
    few = config.option.markexpr not in {"", "not thorough"}
    chosen = config.option.keyword or few or config.option.collectonly
    whole = [Path(argument).resolve() for argument in config.args] == [FAST] and not chosen
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST, cores) if whole and cores > 1 else 0


def pytest_collection() -> None:
    """Imports leave little garbage, and much that the collector would look at again and again."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Modules and tests live to the end; what tests leave is looked for a tenth as often as usual."""
    session.config.stash[COLLECTED_WITH] = frozenset(sys.modules)
    gc.freeze()
    gc.set_threshold(7_000)
    gc.enable()
