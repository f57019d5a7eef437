"""`skutwin reindex`: the index built anew from the inner log."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace

from consumer.app import App
from consumer.contracts.events import Kind
from consumer.ports.index import Row
from tests.integration.stream.conftest import Install
from tests.integration.stream.crowd import Crowd
from tests.integration.stream.installation import Installation
from tests.integration.stream.promises import check_accounts, check_events, check_index


def rows(world: Installation) -> dict[str, list[tuple[int, int]]]:
    """Of each listing ever seen the offsets and origins of its rows."""
    ids = {(record.key or b"").decode() for record in world.read(world.topics.listings)}
    with world.index() as index:
        found = index.rows_of(ids, strong=True)
    return {listing_id: [(row.offset, row.origin) for row in of_one] for listing_id, of_one in found.items()}


def test_an_index_built_anew_is_the_same_and_says_nothing(install: Install) -> None:
    """A lost index comes back with the same rows and markers, no event is written, and the stream goes on."""
    world = install()
    crowd = Crowd(world, seed=4)
    first = world.start()
    crowd.publish(150)
    world.publish("a", "red shirt")
    world.wait_until_quiet()
    assert first.term() == 0, first.tail()
    before, said = rows(world), len(world.read(world.topics.matches))
    with world.index() as index:
        index.drop()

    rebuilt = world.start("reindex", "--shard", "0")
    assert rebuilt.wait() == 0, rebuilt.tail()
    assert f"goes on at offset {world.match_offset()}" in rebuilt.tail()
    assert rows(world) == before
    assert any(len(of_one) == 1 for of_one in before.values())

    second = world.start()
    second.wait_ready("decides shards [0]")
    world.publish("b", "red shirt")
    world.wait_until_quiet()
    check_accounts(second)
    assert second.term() == 0, second.tail()
    later = world.read(world.topics.matches)[said:]
    assert later
    assert all(b'"b"' in (record.value or b"") for record in later)
    assert world.events("a", "b")[-1].kind is Kind.MATCHED
    check_events(world)
    check_index(world)


def test_an_index_is_not_taken_from_under_a_matcher(install: Install) -> None:
    """While a member is in the group, reindex refuses and touches nothing."""
    world = install()
    matcher = world.start("run", "--role", "match")
    matcher.wait_ready("decides shards [0]")
    refused = world.start("reindex")
    assert refused.wait() == 2, refused.tail()
    assert "stop every matcher first" in refused.tail()
    assert matcher.term() == 0, matcher.tail()


def test_what_differs_from_the_log_is_told_and_mended(install: Install) -> None:
    """Verify names each kind and changes nothing; reconcile gives back what match had written."""
    world = install()
    crowd = Crowd(world, seed=5)
    first = world.start()
    crowd.publish(120)
    world.publish("lost", "red shirt")
    world.publish("spoilt", "red coat")
    world.wait_until_quiet()
    assert first.term() == 0, first.tail()
    content = world.start("reindex", "--verify")
    assert content.wait() == 0, content.tail()

    before = rows(world)
    with world.index() as index:
        held = index.rows_of(["lost", "spoilt"], strong=True)
        (lost,), (spoilt,) = held["lost"], held["spoilt"]
        assert spoilt.listing is not None
        index.delete([lost.key])
        other = spoilt.listing.model_copy(update={"title": "something else"})
        stray = spoilt.listing.model_copy(update={"listing_id": "stray"})
        index.write(
            [
                replace(spoilt, listing=other),
                replace(spoilt, offset=spoilt.offset - 1, origin=spoilt.offset - 1),
                Row("stray", 1, 1, spoilt.timestamp_ms, stray),
            ],
            1,
        )
    found = world.start("reindex", "--verify")
    assert found.wait() == 1, found.tail()
    told = found.tail()
    assert f"missing: lost at offset {lost.offset}" in told
    assert f"wrong: spoilt at offset {spoilt.offset}" in told
    assert f"superseded: spoilt at offset {spoilt.offset - 1}" in told
    assert "unknown: stray at offset 1" in told
    assert "mend it with: skutwin reindex --reconcile" in told
    again = world.start("reindex", "--verify")
    assert again.wait() == 1, "it changed nothing"

    mended = world.start("reindex", "--reconcile")
    assert mended.wait() == 0, mended.tail()
    assert "2 rows deleted, 2 written" in mended.tail()
    assert rows(world) == before
    check_index(world)
    content = world.start("reindex", "--verify")
    assert content.wait() == 0, content.tail()


def test_a_rebuild_that_was_killed_goes_on(install: Install) -> None:
    """Until it is whole no matcher takes the index; asked for again, it does not begin anew."""
    world = install()
    Crowd(world, seed=6).publish(1500)
    first = world.start()
    world.wait_until_quiet()
    assert first.term() == 0, first.tail()
    before = rows(world)
    killed = world.start("reindex", test_rebuild_until="1")
    assert killed.wait() == -9, killed.tail()
    refused = world.start()
    assert refused.wait() == 2, refused.tail()
    assert "skutwin reindex" in refused.tail()
    whole = world.start("reindex")
    assert whole.wait() == 0, whole.tail()
    records = len(world.read(world.topics.embedded))
    read_now = int(re.findall(r"shard 0: (\d+) records read", whole.tail())[0])
    assert 0 < read_now < records
    assert rows(world) == before


def test_an_index_of_another_log_is_replaced(install: Install) -> None:
    """One that was made for a topic of the same name is refused by run, and mended by reindex."""
    world = install()
    app = App(world.settings, "match")
    app._identity = replace(app._identity, topic_id="another topic of that name")
    with closing(app.index(0)) as other:
        other.open()
    refused = world.start()
    assert refused.wait() == 2, refused.tail()
    assert "skutwin reindex" in refused.tail()
    mended = world.start("reindex")
    assert mended.wait() == 0, mended.tail()
    process = world.start()
    process.wait_ready("decides shards [0]")
