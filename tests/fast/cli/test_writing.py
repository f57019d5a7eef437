"""Folders that a command would write into, where they cannot be."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from consumer.cli import main as cli
from consumer.cli.writing import kept_features
from consumer.errors import Misconfigured
from model.features import store


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A folder that nobody can make, root included: its parent is a file."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "folder"


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("evaluate default data --out", "--out"),
        ("demo --json", "--json"),
        ("train data --out", "--out"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    command: str, option: str, nowhere: Path
) -> None:
    """By the option's name; the data, which are not there either, were not looked at."""
    done = CliRunner().invoke(cli.app, [*command.split(), str(nowhere / "out")])
    assert isinstance(done.exception, Misconfigured)
    assert f"{option}: cannot write into {nowhere}" in str(done.exception)
    assert "Not a directory" in str(done.exception)


def test_a_cache_that_cannot_be_written_is_refused_with_what_to_do(nowhere: Path) -> None:
    """Before an encoder is loaded."""
    with pytest.raises(Misconfigured, match=r"--cache: cannot write into .*; give another folder"):
        kept_features(nowhere).__enter__()


def test_a_disk_that_fills_while_features_are_kept_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shelf by its name, and the option that names another."""

    def full(_file: int, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "_write", full)
    with (
        pytest.raises(
            Misconfigured, match=rf"--cache: {tmp_path}/p-1-.*: No space left on device; make room"
        ),
        kept_features(tmp_path) as kept,
    ):
        kept.shelf("p:x", 1).append({"a": np.zeros(1, np.float32)})
