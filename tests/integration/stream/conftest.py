"""Installations for the tests of whole processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.stream.artifact import write_tiny_artifact
from tests.integration.stream.installation import Installation

Install = Callable[..., Installation]


@pytest.fixture(scope="session")
def tiny_artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tests' own artifact."""
    return write_tiny_artifact(tmp_path_factory.mktemp("artifact") / "tiny").folder


@pytest.fixture
def install(kafka_bootstrap: str, tmp_path: Path, tiny_artifact: Path) -> Iterator[Install]:
    """Makes installations with their topics, on Milvus Lite unless told otherwise; they end with the test."""
    made: list[Installation] = []

    def one(*, milvus_uri: str | None = None, topics: bool = True, **settings: Any) -> Installation:
        home = tmp_path / f"installation-{len(made)}"
        home.mkdir()
        artifact = settings.pop("artifact", tiny_artifact)
        uri = milvus_uri or str(home / "milvus.db")
        made.append(Installation(kafka_bootstrap, uri, home, artifact, **settings))
        if topics:
            made[-1].create_topics()
        return made[-1]

    yield one
    for installation in made:
        installation.close()
