"""Rows in memory: the nearest of them, and when they are all there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import numpy as np
import pytest

from consumer.index.memory import MemoryIndex
from consumer.match import recent
from consumer.match.options import MatchOptions
from consumer.match.recent import RecentRows
from consumer.ports.index import Hit, Row
from tests.fast.clocks import HandClock
from tests.fast.match.world import DIMENSION, World, embedded

COLOURS = ("red", "blue", "green")


def rows(count: int, start: int = 0) -> list[Row]:
    """Of distinct listings, at offsets from `start` on."""
    return [
        Row(f"listing {number}", number, number, 0, embedded(f"listing {number}", COLOURS[number % 3]))
        for number in range(start, start + count)
    ]


def best(known: list[Row], vector: np.ndarray, limit: int) -> list[Hit]:
    """What an exact search of one vector gives, slowly."""
    hits = [
        Hit(row.listing_id, row.offset, float(vector @ row.listing.embedding.vector))
        for row in known
        if row.listing is not None
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.listing_id, -hit.offset))[:limit]


@pytest.mark.parametrize("limit", [1, 4, 12, 50])
@pytest.mark.parametrize("at_once", [1, 30, 4_000_000])
def test_a_search_gives_the_nearest_rows_whatever_it_holds_at_once(
    limit: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scores are made and sorted in blocks; their size changes nothing."""
    monkeypatch.setattr(recent, "_SCORES_AT_ONCE", at_once)
    held, known = RecentRows(HandClock(), 30, DIMENSION), rows(12)
    held.add(known)
    vectors = np.random.default_rng(1).normal(size=(5, DIMENSION)).astype(np.float32)
    for vector, hits in zip(vectors, held.search(vectors, limit), strict=True):
        wanted = best(known, vector, limit)
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in wanted])
        assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.listing_id, -hit.offset))


def test_rows_are_all_there_are_until_the_first_is_forgotten() -> None:
    """Up to the number given they outlive the time in which the index may not show them."""
    clock = HandClock()
    held = RecentRows(clock, 30, DIMENSION, keep_rows=5)
    held.begin(index_empty=True)
    held.add(rows(5))
    clock.advance(60)
    held.expire()
    assert (held.whole, len(held)) == (True, 5)
    held.add(rows(1, start=5))
    held.expire()
    assert (held.whole, len(held)) == (False, 1)


@pytest.mark.parametrize(("empty", "keep_rows"), [(False, 5), (True, 0)])
def test_rows_are_not_all_there_are(*, empty: bool, keep_rows: int) -> None:
    """Not where the index held some before, nor where nobody asked for it."""
    held = RecentRows(HandClock(), 30, DIMENSION, keep_rows)
    begun = held.begun
    held.begin(index_empty=empty)
    assert (begun, held.begun, held.whole) == (False, True, False)


def refuse(what: str) -> Callable[..., NoReturn]:
    def called(*_: object, **__: object) -> NoReturn:
        raise AssertionError(f"the index was asked for {what}")

    return called


def twins(world: World, count: int) -> None:
    for number in range(count):
        world.put(embedded(f"listing {number}", COLOURS[number % 3]))


def test_a_matcher_that_holds_all_rows_asks_the_index_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is what it says with an index that is asked."""
    asked = World()
    twins(asked, 12)
    asked.run()
    for call in ("search", "by_gtin", "rows_of"):
        monkeypatch.setattr(MemoryIndex, call, refuse(call))
    world = World(options=MatchOptions(batch_size=8, floor=-1, rows_in_memory=100))
    twins(world, 12)
    world.run()
    assert world.matched() == asked.matched() != set()


def test_a_matcher_whose_rows_became_too_many_asks_the_index() -> None:
    """Matches with rows that it has forgotten are found all the same."""
    world = World(options=MatchOptions(batch_size=4, floor=-1, rows_in_memory=4))
    process = world.process()
    twins(world, 6)
    world.run(process)
    world.clock.advance(60)
    world.put(embedded("late", "red"))
    world.run(process)
    assert {("late", "listing 0"), ("late", "listing 3")} <= set(world.matched())
