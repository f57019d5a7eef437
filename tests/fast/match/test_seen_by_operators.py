"""What the match role shows of itself: whose the shards are, and how late it is."""

from __future__ import annotations

from tests.fast.match.world import World, embedded, pending


def test_of_two_matchers_one_shows_that_it_decides_the_shard() -> None:
    """So that two, or none, are seen by adding up; after a takeover it is the other."""
    world = World()
    first = world.run()
    of_first = world.registry
    second = world.run(world.process())
    shown = [of_first.get_sample_value("skutwin_shard_active", {"shard": "0"})]
    assert [*shown, world.metric("skutwin_shard_active", shard="0")] == [1, 0]
    first.close()
    world.run(second)
    assert world.metric("skutwin_shard_active", shard="0") == 1


def test_the_matcher_shows_how_old_what_waits_is() -> None:
    """Up to the last record decided; and up to now once nothing is left."""
    world = World()
    role = world.run()
    for number in range(world.options.batch_size + 1):
        world.put(embedded(f"listing {number}", "red"))
    put_s = world.clock.now_ms() / 1000
    world.clock.advance(40)
    role.turn()
    assert world.metric("skutwin_caught_up_to_timestamp_seconds", role="match") == put_s
    world.clock.advance(6)
    world.run(role)
    now_s = world.clock.now_ms() / 1000
    assert world.metric("skutwin_caught_up_to_timestamp_seconds", role="match") == now_s
    labels = {"role": "match", "partition": "0", "topic": "listings.embedded.v1"}
    assert world.registry.get_sample_value("skutwin_lag_records", labels) == 0


def test_pictures_that_come_late_are_no_slow_listings() -> None:
    """The listing was decided in time without them; what a retry takes is its picture server's time."""
    world = World()
    role = world.run()
    first = world.put(embedded("a", "red", pictures=pending()))
    world.run(role)
    world.put(embedded("a", "red"), as_of=first)
    world.clock.advance(600)
    world.run(role)
    assert world.metric("skutwin_passed_on_total", role="match") == 2
    assert world.metric("skutwin_record_to_commit_seconds_count", role="match") == 1
