"""A matched pair of which the log knows a side no more, as after a deletion compacted away undecided."""

from __future__ import annotations

from confluent_kafka import Producer

from consumer.contracts.events import Kind
from consumer.contracts.pairs import Pair
from model.decision.decision import Source
from tests.integration.stream.conftest import Install


def test_what_the_log_has_forgotten_is_noted_and_its_match_taken_back(install: Install) -> None:
    """`skutwin reindex` tells and notes them; the next matcher retracts, and the other pair stays."""
    world = install()
    first = world.start()
    world.publish("a", "red shirt")
    world.publish("b", "red shirt")
    world.wait_until_quiet()
    assert first.term() == 0, first.tail()
    event = world.events("a", "b")[-1]
    ghost = event.model_copy(
        update={
            "pair_id": Pair.of("a", "ghost").pair_id,
            "b": event.b.model_copy(update={"listing_id": "ghost", "origin": 0}),
        }
    )
    writer = Producer({**world._client, "acks": "all", "partitioner": "murmur2_random"})
    headers = list(ghost.headers(0))
    writer.produce(world.topics.matches, key=ghost.pair_id, value=ghost.to_bytes(), headers=headers)
    assert writer.flush(30) == 0

    told = world.start("reindex", "--verify")
    assert told.wait() == 1, told.tail()
    assert "1 listings of matched pairs were deleted, and the log had forgotten it" in told.tail()
    mended = world.start("reindex", "--reconcile")
    assert mended.wait() == 0, mended.tail()
    second = world.start()
    second.wait_ready("decides shards [0]")
    world.wait_until_quiet()
    assert second.term() == 0, second.tail()
    last = world.events("a", "ghost")[-1]
    assert (last.kind, last.source, last.number) == (Kind.RETRACTED, Source.DELETION, ghost.number + 1)
    assert world.events("a", "b") == [event]
