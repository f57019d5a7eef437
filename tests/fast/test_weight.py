"""What each of the processes that share the fast tests has to load before the first of them runs."""

from __future__ import annotations

import pytest

from tests.conftest import COLLECTED_WITH

HEAVY = {"faiss", "pandas", "pyarrow", "pymilvus", "scipy", "sklearn", "timm", "torch", "transformers"}


def test_collecting_the_fast_tests_imports_nothing_that_takes_seconds(pytestconfig: pytest.Config) -> None:
    """What needs it imports it where it runs; integration tests collected beside them may."""
    loaded = pytestconfig.stash[COLLECTED_WITH]
    assert "tests.integration" in loaded or HEAVY & loaded == set()
