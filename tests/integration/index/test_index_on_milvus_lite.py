"""The index on Milvus Lite, by the shared suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.index.milvus import MilvusIndex
from consumer.ports.index import Index, IndexIdentity
from tests.index_suite import IDENTITY, IndexSuite, OpenIndex


class TestMilvusLite(IndexSuite):
    @pytest.fixture
    def open_index(self, tmp_path: Path) -> OpenIndex:
        def start(*, identity: IndexIdentity = IDENTITY) -> Index:
            index = MilvusIndex(str(tmp_path / "index.db"), identity, collection="rows")
            index.open()
            return index

        return start
