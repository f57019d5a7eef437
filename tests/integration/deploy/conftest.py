"""helm and the reader of Compose files, built the first time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.deploy import tools


@pytest.fixture(scope="session")
def helm() -> Path:
    """The helm command."""
    return tools.helm()


@pytest.fixture(scope="session")
def compose_reader() -> Path:
    """Reads a Compose file as `docker compose` does."""
    return tools.compose_reader()
