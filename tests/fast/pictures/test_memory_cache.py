"""The cache in memory passes the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consumer.pictures.memory import MemoryContentCache
from tests.fast.pictures.cache_suite import ContentCacheSuite

if TYPE_CHECKING:
    from collections.abc import Callable


class TestMemoryContentCache(ContentCacheSuite):
    @pytest.fixture
    def make_cache(self) -> Callable[[int], MemoryContentCache]:
        return MemoryContentCache
