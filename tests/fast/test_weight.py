"""What the fast tests do not load, in any of the processes that share them."""

from __future__ import annotations

import sys

HEAVY = {"faiss", "pandas", "pyarrow", "pymilvus", "scipy", "sklearn", "timm", "torch", "transformers"}


def test_no_fast_test_imports_what_takes_seconds() -> None:
    """Neither while tests are collected nor while they run; integration tests beside them may."""
    beside = "tests.integration" in sys.modules
    assert beside or HEAVY & sys.modules.keys() == set()
