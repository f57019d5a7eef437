"""Commands read the environment and configure logs; here both are as before after each test."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import structlog
from typer.main import get_command

from tests.tiny_artifact import write_tiny_artifact


@pytest.fixture(scope="session", autouse=True)
def _built_once() -> Iterator[None]:
    """Typer's runner builds every command anew at each call, which takes longer than most of the calls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(get_command))
        yield


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.upper().startswith("SKUTWIN_")]:
        monkeypatch.delenv(name)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def _tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_artifact(tmp_path_factory.mktemp("cli") / "tiny").folder


@pytest.fixture
def tiny_artifact(_tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an artifact that the environment names, so that no test hangs on the shipped one."""
    monkeypatch.setenv("SKUTWIN_ARTIFACT", str(_tiny_folder))
    return _tiny_folder
