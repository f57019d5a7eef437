"""How far a group had come that the broker has forgotten."""

from __future__ import annotations

from consumer.contracts.events import Kind
from consumer.kafka.memory import MemoryStateReader
from consumer.match.options import MatchOptions
from consumer.match.pair_state import PairState
from consumer.ports.records import TopicPartition
from consumer.reindex.put_back import decided_up_to
from consumer.reindex.reading import ShardLog
from tests.fast.match.world import GROUP, TOPICS, World, embedded

SHARD = TopicPartition(TOPICS.embedded, 0)


def pairs_of(world: World) -> PairState:
    pairs = PairState(0, matches=TOPICS.matches, reviews=TOPICS.reviews)
    for topic in (TOPICS.matches, TOPICS.reviews):
        for record in world.broker.records(topic):
            pairs.apply(record)
    return pairs


def found(world: World, *, said_by: World | None = None) -> int:
    log = ShardLog(
        lambda: MemoryStateReader(world.broker, [TOPICS.embedded]), SHARD, world.store.watermark or 0
    )
    return decided_up_to(world.store.decided, log, pairs_of(said_by or world))


def batches(*sizes: int) -> World:
    """Listings of one colour, decided so many at once."""
    world, number = World(options=MatchOptions(batch_size=max(sizes), floor=-1)), 0
    for size in sizes:
        for _ in range(size):
            world.put(embedded(f"l{number}", "red"))
            number += 1
        world.run().close()
    return world


def test_what_the_last_batch_said_tells_that_it_was_committed() -> None:
    """The index does not know yet."""
    world = batches(2, 3)
    assert (world.store.decided, world.broker.committed(GROUP, SHARD)) == (2, 5)
    assert found(world) == 5


def test_put_back_there_nothing_is_said_again_though_a_listing_changed_twice() -> None:
    """A batch that is decided again in two says what was overtaken in the meantime."""
    world = World(options=MatchOptions(batch_size=8, floor=-1))
    world.put(embedded("a", "red"))
    world.run().close()
    world.put(embedded("b", "blue"))
    world.put(embedded("b", "red", revision=2))
    world.put(embedded("b", "blue", revision=3))
    world.put(embedded("c", "red"))
    world.run().close()
    said = world.events()
    assert [(event.kind, tuple(event.pair)) for event in said] == [(Kind.MATCHED, ("a", "c"))]
    world.broker.group(GROUP).committed[SHARD] = found(world)
    world.options = MatchOptions(batch_size=1, floor=-1)
    world.run().close()
    assert world.events() == said


def test_a_batch_that_had_nothing_to_say_is_decided_again() -> None:
    """Nobody can tell whether it was committed."""
    world = batches(2, 1)
    world.put(embedded("z", "blue"))
    world.run().close()
    assert world.broker.committed(GROUP, SHARD) == 4
    assert found(world) == 3


def test_events_of_a_log_that_was_made_anew_tell_nothing() -> None:
    """Their offsets are another log's: past the end, or of other listings."""
    other = batches(2, 8)
    world = World(options=MatchOptions(batch_size=2, floor=-1))
    for name in ("x", "y", "z"):
        world.put(embedded(name, "green"))
    world.run().close()
    assert world.store.decided == 2
    assert found(world, said_by=other) == 2
