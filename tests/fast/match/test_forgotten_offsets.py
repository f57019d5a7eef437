"""The match group's offsets forgotten by the broker, beside an index that knows how far they had come."""

from __future__ import annotations

import pytest

from consumer.contracts.events import Kind
from consumer.errors import IndexMismatch, TransactionAborted
from consumer.kafka.memory import Moment
from consumer.match.options import MatchOptions
from consumer.ports.records import TopicPartition
from tests.fast.match.world import GROUP, TOPICS, World, embedded


def test_a_group_that_the_broker_has_forgotten_is_not_taken_for_a_new_one() -> None:
    """Its offsets are gone and its index is not: the matcher refuses, and says nothing again."""
    world = World(options=MatchOptions(batch_size=1, floor=-1))
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    world.put(embedded("b", "blue", revision=2))
    world.run().close()
    said = world.events()
    world.broker.group(GROUP).committed.clear()
    with pytest.raises(IndexMismatch, match=r"(?s)forgotten.*skutwin reindex --shard 0"):
        world.run()
    assert world.events() == said


@pytest.mark.parametrize("moment", [Moment.BEGIN, Moment.BEFORE_COMMIT])
def test_a_first_batch_that_died_is_begun_again(moment: Moment) -> None:
    """It left rows and a watermark, but nothing was decided: no offset has been forgotten."""
    world = World()

    def die(now: Moment) -> None:
        if now is moment:
            raise KeyboardInterrupt

    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    victim = world.process(die)
    with pytest.raises(KeyboardInterrupt):
        world.run(victim)
    victim._ports.source.expel()  # type: ignore[attr-defined]
    assert world.store.watermark
    world.run()
    assert [(e.kind, e.number) for e in world.events()] == [(Kind.MATCHED, 1)]


def test_what_the_index_notes_as_decided_never_runs_ahead_of_the_commit() -> None:
    """Before each batch and after it, whatever aborts: a group put back there loses nothing."""
    world = World(options=MatchOptions(batch_size=4, max_events=1, floor=-1))
    shard, noted, struck = TopicPartition(TOPICS.embedded, 0), set(), 0

    def look(moment: Moment) -> None:
        nonlocal struck
        struck += 1
        noted.add(world.broker.group(GROUP).committed.get(shard, 0) - world.store.decided)
        if struck % 5 == 0 and moment is not Moment.AFTER_COMMIT:
            raise TransactionAborted("struck")

    for number in range(12):
        world.put(embedded(f"l{number:02}", ("red", "blue", "green")[number % 3]))
    world.run(world.process(look), turns=100)
    assert world.broker.committed(GROUP, shard) == 12
    assert world.store.decided > 0
    assert min(noted) >= 0


def test_to_decide_all_again_ends_in_the_same_pairs_and_repeats_no_id() -> None:
    """Index and offsets both lost: old matches are said anew on the way, under new ids, and taken back."""
    world = World(options=MatchOptions(batch_size=1, floor=-1))
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    world.put(embedded("c", "green"))
    world.put(embedded("b", "blue", revision=2))
    world.put(embedded("c", "red", revision=2))
    world.run().close()
    before, said = world.matched(), len(world.events())
    world.store.clear()
    world.broker.group(GROUP).committed.clear()
    world.run()
    ids = [event.event_id() for event in world.events()]
    assert before == world.matched() == {("a", "c")}
    assert len(ids) == len(set(ids))
    assert [(*e.pair, e.kind, e.number) for e in world.events()[said:]] == [
        ("a", "b", Kind.MATCHED, 3),
        ("a", "c", Kind.RETRACTED, 2),
        ("a", "b", Kind.RETRACTED, 4),
        ("a", "c", Kind.MATCHED, 3),
    ]
