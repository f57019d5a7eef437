"""The inner log deleted and made anew: its offsets are no longer those that index and group speak of."""

from __future__ import annotations

import pytest

from consumer.errors import BrokerFault, IndexMismatch
from consumer.index.identity import made_anew
from consumer.ports.records import TopicPartition
from tests.fast.match.world import TOPICS, World, embedded

ANEW = made_anew(TOPICS.embedded, "old", "new")


def decided() -> World:
    """A pair that matches, and a matcher at work."""
    world = World()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    return world


def test_a_matcher_that_takes_over_refuses_a_log_made_anew() -> None:
    """It says nothing, and names what an operator has to do."""
    world = decided()
    world.log_fault = ANEW
    with pytest.raises(IndexMismatch, match=r"deleted and made anew.*`listings`.*skutwin reindex"):
        world.run()
    assert world.events() == []


def test_a_matcher_at_work_notices_a_log_made_anew_by_its_id() -> None:
    """Also where the new log has grown past the old one's end, so that no offset goes back."""
    world = decided()
    role = world.run()
    world.log_fault = ANEW
    world.clock.advance(61)
    with pytest.raises(IndexMismatch, match="made anew"):
        role.turn()


def test_a_broker_that_cannot_say_which_log_it_is_stops_nobody() -> None:
    """What is read and committed shows soon enough whether it is there."""
    world = decided()
    role = world.run()
    world.log_fault = BrokerFault("away")
    world.clock.advance(61)
    world.put(embedded("c", "red"))
    world.run(role)
    assert world.matched() == {("a", "b"), ("a", "c"), ("b", "c")}


@pytest.mark.parametrize(("fault", "said"), [(ANEW, "made anew"), (None, "has lost records")])
def test_an_offset_that_was_decided_before_is_never_decided_again(
    fault: IndexMismatch | None, said: str
) -> None:
    """Whatever brought it: a log made anew, or one that lost its end."""
    world = decided()
    role = world.run()
    before = world.events()
    world.log_fault = fault
    role._ports.source.seek(TopicPartition(TOPICS.embedded, 0), 0)
    with pytest.raises(IndexMismatch, match=said):
        world.run(role)
    assert world.events() == before
