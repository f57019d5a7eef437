"""The online recall: what is compared, and what it may cost."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from consumer.match.probe import Probed, RecallProbe, compared
from consumer.ports.index import Hit
from tests.fast.clocks import HandClock
from tests.fast.match.world import World, embedded

BEST = [Hit("a", 1, 0.9), Hit("b", 2, 0.8), Hit("c", 3, 0.7)]


class SlowIndex:
    """Finds the same for everyone, and takes its time."""

    def __init__(self, clock: HandClock, takes_s: float) -> None:
        self.asked: list[tuple[int, bool]] = []
        self._clock, self._takes_s = clock, takes_s

    def search(
        self, vectors: NDArray[np.float32], limit: int, *, strong: bool, thorough: bool = False
    ) -> list[list[Hit]]:
        del strong
        self.asked.append((len(vectors), thorough))
        self._clock.advance(self._takes_s)
        return [BEST[:limit] for _ in vectors]


@pytest.mark.parametrize(
    ("stored", "late", "expected_and_found"),
    [
        (BEST, [], (3, 3)),
        (BEST[:2], [], (3, 2)),
        (BEST[1:], BEST[:1], (3, 3)),
        ([Hit("a", 1, 0.9), Hit("b", 2, 0.8), Hit("d", 9, 0.7)], [], (2, 2)),
        ([Hit("a", 1, 0.9), Hit("b", 2, 0.8), Hit("d", 9, 0.6)], [], (3, 2)),
        ([], [], (3, 0)),
    ],
    ids=[
        "all found",
        "one lost",
        "one in memory",
        "an equal in its place",
        "a worse one in its place",
        "none",
    ],
)
def test_what_a_thorough_search_finds_is_expected(
    stored: list[Hit], late: list[Hit], expected_and_found: tuple[int, int]
) -> None:
    """Unless a row that is as good was found instead of it."""
    assert compared(BEST, stored, late, 3) == expected_and_found


def test_probes_take_no_more_than_their_share_of_the_time() -> None:
    """One that took half a second is followed by none for fifty, at a hundredth."""
    clock = HandClock()
    index = SlowIndex(clock, takes_s=0.5)
    probe = RecallProbe(index, clock, share=0.01)  # type: ignore[arg-type] # of an index its search
    began_s = clock.steady_s()
    for _ in range(400):
        probe.probe(np.ones((3, 2), np.float32), [BEST] * 3, [[]] * 3, 3, strong=False)
        clock.advance(1)
    spent_s = 0.5 * len(index.asked)
    assert spent_s / (clock.steady_s() - began_s) == pytest.approx(0.01, rel=0.15)
    assert all(thorough for _, thorough in index.asked)


def test_a_probe_looks_at_a_few_searches_of_a_batch() -> None:
    """Eight at most, spread over it; each counts with what it expected."""
    clock = HandClock()
    index = SlowIndex(clock, takes_s=0.1)
    probe = RecallProbe(index, clock, share=0.5)  # type: ignore[arg-type] # as above
    found = [BEST if place % 7 == 0 else [] for place in range(50)]
    told = probe.probe(np.ones((50, 2), np.float32), found, [[]] * 50, 3, strong=False)
    assert index.asked == [(8, True)]
    assert told == Probed(searches=8, expected=24, found=24)


def test_no_share_means_no_probe() -> None:
    """Who sets 0 pays nothing."""
    clock = HandClock()
    index = SlowIndex(clock, takes_s=0.1)
    probe = RecallProbe(index, clock, share=0)  # type: ignore[arg-type] # as above
    assert probe.probe(np.ones((3, 2), np.float32), [BEST] * 3, [[]] * 3, 3, strong=False) == Probed()
    assert index.asked == []


def test_the_matcher_counts_what_its_probes_find() -> None:
    """An exact index has a recall of one, and the counters say on how much that rests."""
    world = World()
    for number, colour in enumerate(["red", "red", "blue", "green"] * 3):
        world.put(embedded(f"listing {number}", colour))
    world.run()
    assert world.metric("skutwin_recall_probes_total") > 0
    expected = world.metric("skutwin_recall_probe_expected_total")
    assert expected > 0
    assert world.metric("skutwin_recall_probe_found_total") == expected
