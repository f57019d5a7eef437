"""Groups that the broker has forgotten, as it does after `offsets.retention.minutes` without a member."""

from __future__ import annotations

from consumer.contracts.events import Kind
from tests.integration.stream.conftest import Install
from tests.integration.stream.crowd import Crowd
from tests.integration.stream.installation import Installation
from tests.integration.stream.promises import check_events, check_index


def matched(world: Installation) -> dict[tuple[str, str], tuple[int, int]]:
    """The pairs that match by their last event, and the revisions that it names."""
    last = {event.pair: event for event in world.events()}
    return {(a, b): (e.a.revision, e.b.revision) for (a, b), e in last.items() if e.kind is Kind.MATCHED}


def test_a_matcher_refuses_to_begin_anew_beside_its_index_until_it_is_put_back(install: Install) -> None:
    """`skutwin reindex` puts the group back where index and events tell; nothing is said again."""
    world = install()
    first = world.start()
    Crowd(world, seed=7).publish(150)
    world.publish("a", "red shirt")
    world.publish("b", "red shirt")
    world.wait_until_quiet()
    assert first.term() == 0, first.tail()
    before, said, offset = matched(world), len(world.events()), world.match_offset()

    world.forget(world.names.match_group)
    refused = world.start()
    assert refused.wait() == 2, refused.tail()
    assert "the broker has forgotten it" in refused.tail()
    assert "skutwin reindex --shard 0" in refused.tail()
    assert world.match_offset() < 0, "nothing is committed behind the operator's back"

    looked = world.start("reindex", "--verify")
    assert looked.wait() in {0, 1}, looked.tail()
    assert world.match_offset() < 0, "to verify changes nothing"
    rebuilt = world.start("reindex")
    assert rebuilt.wait() == 0, rebuilt.tail()
    assert world.match_offset() == offset, "the last record made an event"

    second = world.start()
    second.wait_ready("decides shards [0]")
    world.publish("b", "blue shirt", revision=2)
    world.wait_until_quiet()
    assert second.term() == 0, second.tail()
    assert world.events("a", "b")[-1].kind is Kind.RETRACTED
    others = {pair: what for pair, what in matched(world).items() if "b" not in pair}
    assert others == {pair: what for pair, what in before.items() if "b" not in pair}
    later = world.events()[said:]
    assert all("b" in event.pair for event in later), "nothing is said again"
    check_events(world)
    check_index(world)


def test_embedders_that_were_forgotten_embed_all_again(install: Install) -> None:
    """Old records come again in their order; the pairs that match in the end are those of before."""
    world = install()
    first = world.start()
    Crowd(world, seed=8).publish(120)
    world.wait_until_quiet()
    assert first.term() == 0, first.tail()
    before, records = matched(world), len(world.read(world.topics.embedded))
    world.forget(world.names.embed_group)

    second = world.start()
    second.wait_ready("decides shards [0]")
    world.wait_until_quiet()
    assert len(world.read(world.topics.embedded)) > records
    assert second.term() == 0, second.tail()
    assert matched(world) == before != {}
    check_events(world)
    check_index(world)
