"""Which commit an artifact was made by."""

from __future__ import annotations

import subprocess

import pytest

from model.artifact import commit


def test_in_a_checkout_it_is_the_commit_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """With git's mark if tracked files have changed since."""

    def git(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        said = "commit.py" if command[2] == "ls-files" else "ab" * 20 + "-dirty"
        return subprocess.CompletedProcess(command, 0, f"{said}\n", "")

    monkeypatch.setattr(subprocess, "run", git)
    assert commit.git_commit() == "ab" * 20 + "-dirty"


def test_code_that_no_checkout_tracks_has_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a package installed within somebody else's project."""
    asked: list[str] = []

    def git(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        asked.append(command[2])
        return subprocess.CompletedProcess(command, 1 if command[2] == "ls-files" else 0, "ab" * 20, "")

    monkeypatch.setattr(subprocess, "run", git)
    assert commit.git_commit() is None
    assert asked == ["ls-files"]


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no failure: a training in a bare container goes on."""

    def none(*_arguments: object, **_options: object) -> None:
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", none)
    assert commit.git_commit() is None
