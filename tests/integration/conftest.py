"""The real services that integration tests run on, and what happens where one is missing.

On a developer's machine the tests that need it are not run, and the end of the run says which, why, and how
to get it. With `CI` set nothing may be missing.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.integration.kafka_broker import kafka_bootstrap, kafka_broker
from tests.integration.milvus_server import milvus_uri
from tests.integration.services import ServiceMissing

__all__ = ["kafka_bootstrap", "kafka_broker", "milvus_uri"]

HERE = Path(__file__).parent
NOT_RUN_FILE = "SKUTWIN_TEST_NOT_RUN"
"""Names a file to which the same is written, for whoever runs several steps after one another."""

_TEST_S = 180  # of the test alone: a service has a deadline of its own, and may be fetched the first time
_not_run = pytest.StashKey[dict[tuple[str, str], list[str]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is missing yet."""
    config.stash[_not_run] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Time-outs count the test itself, not the start of services."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_TEST_S, func_only=True))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """A missing service is an error in CI, and elsewhere noted."""
    try:
        return (yield)
    except ServiceMissing as missing:
        if _in_ci():
            raise
        noted = item.config.stash[_not_run].setdefault((missing.what, missing.how_to_get), [])
        noted.append(item.nodeid)
        reason = f"{missing.what} is missing"
        raise pytest.skip.Exception(reason, _use_item_location=True) from missing


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was missing, how to get it, and which tests were therefore not run."""
    lines = [
        line
        for (what, how_to_get), tests in config.stash[_not_run].items()
        for line in (
            f"{what} is missing, so {len(tests)} tests were not run.",
            f"  to get it: {how_to_get}",
            *(f"  not run: {test}" for test in tests),
        )
    ]
    if not lines:
        return
    terminalreporter.section("not run on this machine", sep="=", yellow=True)
    for line in lines:
        terminalreporter.line(line)
    if os.environ.get(NOT_RUN_FILE):
        with Path(os.environ[NOT_RUN_FILE]).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}
