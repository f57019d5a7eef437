"""A matcher away for longer than tombstones stay, and what `skutwin reindex --reconcile` notes of it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from consumer.contracts.events import Kind
from consumer.contracts.inner import InnerVoid
from consumer.kafka.memory import MemoryStateReader
from consumer.match.pair_state import PairState
from consumer.ports.records import TopicPartition
from consumer.reindex.expected import Expected
from consumer.reindex.forgotten import forgotten_sides
from consumer.reindex.reading import ShardLog, silent
from consumer.reindex.rebuild import rebuild
from model.decision.decision import Source
from tests.fast.match.world import GROUP, TOPICS, World, embedded

SHARD = TopicPartition(TOPICS.embedded, 0)


class Away:
    """Two pairs that match, and a matcher that does not learn that `b` was deleted."""

    def __init__(self, scratch: Path) -> None:
        self.world, self._scratch = World(), scratch
        for name, colour in (("a", "red"), ("b", "red"), ("c", "blue"), ("d", "blue")):
            self.world.put(embedded(name, colour))
        self.world.run().close()
        self.world.delete("b")
        self.world.broker.compact(TOPICS.embedded, drop_tombstones=True)

    def log(self) -> ShardLog:
        end = self.world.broker.committed(GROUP, SHARD) or 0
        return ShardLog(lambda: MemoryStateReader(self.world.broker, [TOPICS.embedded]), SHARD, end)

    def notes(self) -> list[InnerVoid]:
        """What reconcile would note."""
        log, pairs = self.log(), PairState(0, matches=TOPICS.matches, reviews=TOPICS.reviews)
        for record in self.world.broker.records(TOPICS.matches):
            pairs.apply(record)
        with closing(Expected(self._scratch)) as expected:
            for batch, position in log.batches(0, silent):
                expected.take(batch, position)
            return list(forgotten_sides(pairs, expected, log.end))


@pytest.fixture
def away(tmp_path: Path) -> Away:
    """See `Away`."""
    return Away(tmp_path / "scratch.sqlite3")


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_deletion_that_the_log_has_forgotten_is_noted_and_takes_its_match_back(
    away: Away, *, rebuilt: bool
) -> None:
    """Whether the index still holds the listing or was rebuilt without it."""
    world = away.world
    if rebuilt:
        index = world.index()
        index.drop()
        index.open()
        rebuild(index, away.log())
    world.run().close()
    assert world.matched() == {("a", "b"), ("c", "d")}, "nobody has told"
    notes = away.notes()
    assert [note.listing_id for note in notes] == ["b"]
    for note in notes:
        world.void(note.listing_id, note.offset)
    world.run().close()
    assert world.matched() == {("c", "d")}
    last = world.events()[-1]
    assert (last.kind, last.source) == (Kind.RETRACTED, Source.DELETION)
    assert away.notes() == []


def test_a_listing_that_came_again_is_not_taken_for_deleted(away: Away) -> None:
    """It is behind what was decided when the note was written, and the note is of its earlier life."""
    notes = away.notes()
    away.world.put(embedded("b", "red", revision=2))
    for note in notes:
        away.world.void(note.listing_id, note.offset)
    away.world.run()
    assert away.world.matched() == {("a", "b"), ("c", "d")}


def test_what_the_log_knows_needs_no_note(tmp_path: Path) -> None:
    """Neither a pair on sale, nor one whose deletion is still in the log, nor offsets of another log."""
    world = Away(tmp_path / "one").world
    world.put(embedded("b", "red", revision=2))
    world.run().close()
    again = Away(tmp_path / "two")
    again.world = world
    assert again.notes() == []
    with closing(Expected(tmp_path / "three")) as expected:
        pairs = PairState(0, matches=TOPICS.matches, reviews=TOPICS.reviews)
        for record in world.broker.records(TOPICS.matches):
            pairs.apply(record)
        assert list(forgotten_sides(pairs, expected, 0)) == []
