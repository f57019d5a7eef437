"""Which rows a window keeps, and which sellers are remembered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.drift.capped import CappedWindow
from model.drift.heavy import HeavyHitters


def numbered(first: int, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return np.arange(first, first + count, dtype=np.int16)[:, None]


def test_a_bulk_upload_drives_nobody_else_out() -> None:
    """The seller's own oldest rows go."""
    window = CappedWindow(10, 4, 1)
    window.add("a", numbered(0, 3))
    window.add("b", numbered(100, 50))
    window.add("b", numbered(200, 2))
    sellers, owners, rows = window.rows()
    assert sellers == ["a", "b"]
    assert owners.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert rows[:, 0].tolist() == [0, 1, 2, 148, 149, 200, 201]


def test_a_full_window_forgets_who_was_silent_longest() -> None:
    """Row by row, the oldest first."""
    window = CappedWindow(6, 4, 1)
    for seller, first in (("a", 0), ("b", 10), ("a", 20), ("c", 30)):
        window.add(seller, numbered(first, 2))
    assert window.sellers == {"a": 4, "c": 2}
    window.add("c", numbered(40, 1))
    assert window.rows()[2][:, 0].tolist() == [1, 20, 21, 30, 31, 40]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(1, 9)), max_size=30))
def test_no_bound_is_ever_crossed(uploads: list[tuple[str, int]]) -> None:
    """Neither of all rows nor of one seller's, and the counts are true."""
    window = CappedWindow(12, 5, 1)
    for seller, count in uploads:
        window.add(seller, numbered(0, count))
        assert len(window) == len(window.rows()[2]) == sum(window.sellers.values()) <= 12
        assert all(0 < held <= 5 for held in window.sellers.values())
        assert window.sellers[seller] == min(5, window.sellers[seller])


def test_the_sellers_with_most_listings_are_remembered() -> None:
    """In bounded memory, with counts that are never too high."""
    seen = HeavyHitters(3)
    for turn in range(200):
        seen.add("big", 2)
        seen.add(f"small-{turn}", 1)
    assert len(seen) == 3
    assert seen.surely("big") == 400
    assert seen.surely("small-0") == 0
    assert seen.surely("small-199") <= 1


def test_nobody_is_no_memory() -> None:
    """At least one seller is remembered."""
    with pytest.raises(ValueError, match="at least one"):
        HeavyHitters(0)
