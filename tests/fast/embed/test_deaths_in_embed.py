"""A record that kills the embedder: found, set aside, and all others dealt with."""

from __future__ import annotations

import pytest

from consumer.contracts.retry import RetryRequest
from consumer.embed.options import EmbedOptions
from consumer.errors import BrokerFault
from consumer.kafka.memory import Moment
from consumer.ports.deaths import Claims
from consumer.ports.records import TopicPartition
from model.listing import Offer
from tests.fast.embed.world import TOPICS, World

RETRY = TopicPartition(TOPICS.retry, 0)
KILLER = "a shirt that kills"


class Killed(RuntimeError):
    """Stands for the end of a process."""


def world_with(*titles: str, partitions: int = 1) -> World:
    world = World(options=EmbedOptions(linger_s=0.0, batch_size=4), partitions=partitions)
    for number, title in enumerate(titles):
        world.listing(f"l{number}", title=title)
    inner = world.embedder.encode_texts

    def fragile(texts: list[str]) -> object:
        if KILLER in texts:
            raise Killed
        return inner(texts)

    world.embedder.encode_texts = fragile  # type: ignore[method-assign, assignment]
    return world


def live_until_death(world: World) -> bool:
    """One process, from its start to its death; whether it died."""
    role = world.process()
    try:
        world.run(role)
    except Killed:
        role.close()
        return True
    role.close()
    return False


@pytest.mark.parametrize("partitions", [1, 3])
def test_the_record_that_kills_becomes_a_dead_letter(partitions: int) -> None:
    """After some deaths it is a dead letter that says so, and every other record is embedded once."""
    world = world_with(*[KILLER if number == 9 else f"shirt {number}" for number in range(30)])
    lives = 1
    while live_until_death(world):
        lives += 1
        assert lives < 10
    assert lives <= 1 + 1 + 2 + 2
    assert world.dead_letters() == [(b"l9", "kills_process")]
    (letter,) = world.broker.records(TOPICS.dlq)
    assert letter.header("skutwin.stage") == b"embed"
    assert letter.value is not None
    assert sorted(item.listing_id for item in world.listings()) == sorted(
        f"l{number}" for number in range(30) if number != 9
    )


def test_two_records_that_kill_are_both_found() -> None:
    """The search goes on behind the first one."""
    world = world_with("a", KILLER, "b", KILLER, "c")
    for _ in range(12):
        if not live_until_death(world):
            break
    assert world.dead_letters() == [(b"l1", "kills_process"), (b"l3", "kills_process")]
    assert [item.listing_id for item in world.listings()] == ["l0", "l2", "l4"]


def test_a_broker_that_fails_again_and_again_makes_no_dead_letter() -> None:
    """Processes that stop for the world's fault leave their records blameless."""
    world = world_with("a", "b")

    def away(moment: Moment) -> None:
        if moment is Moment.BEGIN:
            raise BrokerFault("away")

    for _ in range(12):
        role = world.process(hook=away)
        with pytest.raises(BrokerFault):
            world.run(role)
        role.close()
    assert world.ledger.claims[TopicPartition(TOPICS.listings, 0)].together == ()
    role = world.run()
    assert world.dead_letters() == []
    assert len(world.listings()) == 2
    role.close()


def test_a_retry_before_its_time_is_not_to_blame() -> None:
    """A process that only waits for a retry's time has claimed nothing of it, alone or among others."""
    world = World()
    offer = Offer(listing_id="a", seller_id="s", revision=1, title="a shirt")
    later_ms = world.clock.now_ms() + 60_000
    request = RetryRequest(listing=offer, as_of=7, attempt=1, not_before_ms=later_ms, arrived_ms=5)
    world.raw(b"a", request.to_bytes(), TOPICS.retry)
    world.run().close()
    assert world.ledger.claims == {}
    world.ledger.claims[RETRY] = Claims(0, together=("one", "another"), until=20)
    role = world.process()
    for _ in range(20):
        role.turn()
    assert world.ledger.claims[RETRY].alone == ()
    world.clock.advance(61)
    world.run(role)
    assert [item.as_of for item in world.listings()] == [7]


def test_while_a_record_is_alone_nothing_else_is_in_work() -> None:
    """Each transaction of a careful process holds one record, whatever partitions they come from."""
    world = world_with(*[f"shirt {number}" for number in range(12)], partitions=2)
    for number in range(2):
        where = TopicPartition(TOPICS.listings, number)
        world.ledger.claims[where] = Claims(0, together=("one", "another"))
    seen: list[int] = []

    def count(moment: Moment) -> None:
        if moment is Moment.AFTER_COMMIT:
            seen.append(len(world.listings()))

    world.run(world.process(hook=count))
    assert seen == list(range(1, 13))
