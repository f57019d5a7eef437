"""The index in memory, by the shared suite, and what only it promises."""

from __future__ import annotations

import pytest

from consumer.index.memory import MemoryIndex, MemoryStore
from consumer.ports.index import Index, IndexIdentity, RowKey
from tests.index_suite import GTIN, IDENTITY, IndexSuite, OpenIndex, live, marker, unit


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def now_ms(self) -> int:
        return int(self.now_s * 1_000)

    def steady_s(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Hand:
    return Hand()


class TestMemoryIndex(IndexSuite):
    @pytest.fixture
    def open_index(self, clock: Hand) -> OpenIndex:
        store = MemoryStore()

        def start(*, identity: IndexIdentity = IDENTITY) -> Index:
            index = MemoryIndex(identity, store=store, visible_after_s=2.0, clock=clock)
            index.open()
            return index

        return start

    def test_a_late_write_shows_only_in_strong_reads(self, index: Index, clock: Hand) -> None:
        """Until the delay is over a usual read sees neither a new row nor that an old one went."""
        index.write([live("a", 1, gtin=GTIN)], 2)
        assert index.search(unit(1.0)[None], 5, strong=False) == [[]]
        assert index.rows_of(["a"], strong=False) == {}
        assert index.by_gtin([GTIN], 5, strong=False) == {}
        assert len(index.search(unit(1.0)[None], 5, strong=True)[0]) == 1
        clock.now_s += 1.9
        assert index.rows_of(["a"], strong=False) == {}
        clock.now_s += 0.2
        assert len(index.search(unit(1.0)[None], 5, strong=False)[0]) == 1
        assert index.by_gtin([GTIN], 5, strong=False) == {GTIN: [RowKey("a", 1)]}
        index.delete([RowKey("a", 1)])
        assert list(index.rows_of(["a"], strong=False)) == ["a"]
        assert index.rows_of(["a"], strong=True) == {}
        clock.now_s += 2.1
        assert index.rows_of(["a"], strong=False) == {}

    def test_what_is_on_its_way_stays_on_its_way_when_the_process_dies(
        self, open_index: OpenIndex, clock: Hand
    ) -> None:
        """A successor on the same store sees a predecessor's last writes strongly, and later without."""
        open_index().write([live("a", 1), marker("b", 2)], 3)
        successor = open_index()
        assert successor.rows_of(["a", "b"], strong=False) == {}
        assert set(successor.rows_of(["a", "b"], strong=True)) == {"a", "b"}
        clock.now_s += 2.1
        assert set(successor.rows_of(["a", "b"], strong=False)) == {"a", "b"}
