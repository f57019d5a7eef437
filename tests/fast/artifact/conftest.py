"""A tiny artifact, written once, and copies of it to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from model.artifact import Artifact
from tests.tiny_artifact import write_tiny_artifact


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """To be read only."""
    return write_tiny_artifact(tmp_path_factory.mktemp("artifact") / "original")


@pytest.fixture
def folder(original: Artifact, tmp_path: Path) -> Path:
    """To be spoilt."""
    shutil.copytree(original.folder, tmp_path / "artifact")
    return tmp_path / "artifact"
