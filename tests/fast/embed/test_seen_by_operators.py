"""What the embed role shows of itself: how late it is, and how near the breaker."""

from __future__ import annotations

from consumer.deadletters.breaker import Breaker
from tests.fast.embed.world import World


def test_the_share_of_dead_letters_is_shown_beside_its_limit() -> None:
    """Once so many were seen that it counts."""
    world = World()
    world.breaker = Breaker(10, 0.5, 5)
    world.listing("a")
    world.raw(b"b", b"no listing")
    role = world.run()
    assert world.metric("skutwin_breaker_limit") == 0.5
    assert world.metric("skutwin_breaker_share") == 0
    for name in "cde":
        world.listing(name)
    world.run(role)
    role.close()
    assert world.metric("skutwin_breaker_share") == 0.2


def test_the_embedder_shows_how_old_what_waits_is() -> None:
    """Up to now once all is committed, however long ago its last record was."""
    world = World()
    world.listing("a")
    role = world.run()
    world.clock.advance(3600)
    world.run(role)
    now_s = world.clock.now_ms() / 1000
    assert world.metric("skutwin_caught_up_to_timestamp_seconds", role="embed") == now_s
    role.close()
    assert world.metric("skutwin_caught_up_to_timestamp_seconds", role="embed") == 0
