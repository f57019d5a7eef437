"""The embed role on a broker, a cache and pictures in memory."""

from __future__ import annotations

import json

import pytest

from consumer.contracts.inner import InnerVerdict
from consumer.contracts.pairs import Pair
from consumer.contracts.retry import RetryRequest
from consumer.deadletters.breaker import Breaker
from consumer.embed.options import EmbedOptions
from consumer.errors import BreakerOpen, TransactionAborted
from consumer.kafka.memory import Moment
from consumer.ports.pictures import Later
from model.embedded import EmbeddedListing
from model.listing import Offer
from tests.fast.embed.world import TOPICS, World

PICTURE = "http://pictures/one.jpg"


def test_listings_are_passed_on_in_the_order_of_their_records() -> None:
    """Whatever the stages do, the inner log has the input's order."""
    world = World(options=EmbedOptions(batch_size=3, linger_s=0.0))
    for number in range(20):
        world.listing(f"l{number:02}", title=f"shirt {number}")
    world.run()
    assert [item.listing_id for item in world.listings()] == [f"l{n:02}" for n in range(20)]


def test_a_price_only_change_runs_no_encoder() -> None:
    """Texts and pictures seen before come from the cache, and nothing is fetched again."""
    world = World()
    world.fetcher.script[PICTURE] = b"content"
    world.listing("a", image_urls=[PICTURE], price="10", currency="EUR")
    role = world.run()
    encoded = (world.embedder.pictures, world.embedder.texts, world.fetcher.calls.total())
    world.listing("a", image_urls=[PICTURE], price="9.50", currency="EUR", revision=2)
    world.run(role)
    assert (
        (world.embedder.pictures, world.embedder.texts, world.fetcher.calls.total()) == encoded == (1, 1, 1)
    )
    assert [str(i.listing.price) for i in world.listings() if i.listing] == ["10", "9.50"]


def test_several_records_of_one_listing_in_a_batch_are_embedded_once() -> None:
    """The last one counts; the others are counted as superseded."""
    world = World()
    world.listing("a", title="first")
    world.listing("a", title="second", revision=2)
    world.listing("b")
    world.run()
    assert [(i.listing_id, i.listing and i.listing.title) for i in world.listings()] == [
        ("a", "second"),
        ("b", "a shirt"),
    ]
    assert world.metric("skutwin_superseded_total", role="embed") == 1


def test_a_deletion_goes_to_every_shard() -> None:
    """A null names no market, so each shard hears of it."""
    world = World(shards=3)
    world.raw(b"a", None)
    world.run()
    assert [len(world.inner(shard)) for shard in range(3)] == [1, 1, 1]


def test_with_several_shards_the_market_decides() -> None:
    """Listings of one market share a shard; one without is refused."""
    world = World(shards=3)
    world.listing("a", market="de")
    world.listing("b", market="de")
    world.listing("c")
    world.run()
    assert sorted(len(world.inner(shard)) for shard in range(3)) == [0, 0, 2]
    assert world.dead_letters() == [(b"c", "invalid_field")]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"a", b"{", "invalid_json"),
        (b"a", b"[1]", "invalid_json"),
        (b"a", b'{"listing_id":"a","seller_id":"s","revision":1}', "invalid_field"),
        (b"a", b'{"listing_id":"a","seller_id":"s","revision":-1,"title":"x"}', "invalid_field"),
        (b"b", b'{"listing_id":"a","seller_id":"s","revision":1,"title":"x"}', "key_mismatch"),
        (None, b'{"listing_id":"a","seller_id":"s","revision":1,"title":"x"}', "no_key"),
        (b"\xff", b"{}", "bad_key"),
        (b"a" * 200, None, "bad_key"),
        (b"r:5:a", None, "bad_key"),
        (b"a", b"x" * 900_001, "too_large"),
    ],
)
def test_what_can_never_be_right_is_a_dead_letter(key: bytes | None, value: bytes, reason: str) -> None:
    """The bad record is kept unchanged with its reason, and the stream goes on."""
    world = World()
    world.raw(key, value)
    world.listing("good")
    world.run()
    assert world.dead_letters() == [(key, reason)]
    assert [item.listing_id for item in world.listings()] == ["good"]


def test_a_picture_that_fails_for_good_is_left_out_and_counted() -> None:
    """The listing goes on with the pictures it has."""
    world = World()
    world.fetcher.script[PICTURE] = b"content"
    world.listing("a", image_urls=[PICTURE, "http://pictures/gone.jpg"])
    world.run()
    listing = world.listings()[0].listing
    assert listing is not None
    assert (len(listing.pictures.hashes), listing.pictures.gone, listing.pictures.pending) == (1, 1, 0)


def test_a_picture_that_fails_for_now_marks_the_listing_incomplete() -> None:
    """It is passed on without, and match will ask for it again."""
    world = World()
    world.fetcher.script[PICTURE] = Later("timeout")
    world.listing("a", image_urls=[PICTURE, "data:image/png;base64,xx"])
    world.fetcher.script["data:image/png;base64,xx"] = b"content"
    world.run()
    listing = world.listings()[0].listing
    assert listing is not None
    assert listing.pending
    assert len(listing.image_urls) == 2


def _retry(world: World, not_before_ms: int, attempt: int = 1) -> None:
    offer = Offer(listing_id="a", seller_id="s", revision=1, title="t", image_urls=(PICTURE,))
    request = RetryRequest(listing=offer, as_of=7, attempt=attempt, not_before_ms=not_before_ms, arrived_ms=5)
    world.raw(b"a", request.to_bytes(), TOPICS.retry)


def test_a_retry_waits_for_its_time_and_holds_nobody_up() -> None:
    """Its partition is put back; listings go on."""
    world = World()
    world.fetcher.script[PICTURE] = b"content"
    _retry(world, world.clock.now_ms() + 30_000)
    world.listing("b")
    role = world.run()
    assert [item.listing_id for item in world.listings()] == ["b"]
    world.clock.advance(31)
    world.run(role)
    again = world.listings()[-1]
    assert (again.listing_id, again.as_of, again.arrived_ms) == ("a", 7, 5)
    assert again.listing is not None
    assert (again.listing.pictures.attempt, again.listing.pending) == (1, False)


def test_a_retry_that_a_wrong_clock_dated_far_ahead_waits_no_longer_than_the_longest_wait() -> None:
    """The process that asked for it had its clock a day ahead; who stands behind it waits with it."""
    world = World(options=EmbedOptions(linger_s=0.0, retry_max_s=600.0))
    world.fetcher.script[PICTURE] = b"content"
    _retry(world, world.clock.now_ms() + 86_400_000)
    _retry(world, 0)
    role = world.run()
    world.clock.advance(599)
    world.run(role)
    assert world.listings() == []
    world.clock.advance(2)
    world.run(role)
    assert len(world.listings()) == 2


def test_after_the_last_retry_missing_pictures_count_as_gone() -> None:
    """A server that never comes back does not keep a listing waiting for ever."""
    world = World(options=EmbedOptions(linger_s=0.0, max_attempts=3))
    world.fetcher.script[PICTURE] = Later("timeout")
    _retry(world, 0, attempt=3)
    world.run()
    listing = world.listings()[-1].listing
    assert listing is not None
    assert (listing.pictures.pending, listing.pictures.gone) == (0, 1)


def test_a_verdict_is_checked_and_passed_on() -> None:
    """Its key in the inner log cannot be a listing's; a broken one is a dead letter."""
    world = World()
    pair = Pair("a", "b")
    body = {
        "pair_id": pair.pair_id,
        "a": "a",
        "b": "b",
        "seen_a": "0" * 32,
        "seen_b": "1" * 32,
        "answer": "same",
        "reviewer": "ann",
        "decided_at": "2026-01-01T00:00:00Z",
    }
    world.raw(pair.pair_id.encode(), json.dumps(body).encode(), TOPICS.verdicts)
    world.raw(b"0" * 32, json.dumps(body).encode(), TOPICS.verdicts)
    world.run()
    (verdict,) = world.inner()
    assert isinstance(verdict, InnerVerdict)
    assert verdict.pair_id == pair.pair_id
    assert [reason for _, reason in world.dead_letters()] == ["key_mismatch"]


def test_too_many_dead_letters_stop_the_role_before_the_commit() -> None:
    """The breaker opens, and the batch is still there to be read."""
    world = World()
    world.breaker = Breaker(10, 0.5, 5)
    for number in range(6):
        world.raw(b"%d" % number, b"{")
    with pytest.raises(BreakerOpen, match="SKUTWIN_BREAKER_SHARE"):
        world.run()
    assert world.dead_letters() == []


def test_an_aborted_transaction_is_polled_again() -> None:
    """Nothing is lost, nothing is said twice."""
    world = World(options=EmbedOptions(batch_size=2, linger_s=0.0))
    struck: list[Moment] = []

    def strike(now: Moment) -> None:
        if now is Moment.BEFORE_COMMIT and len(struck) < 3:
            struck.append(now)
            raise TransactionAborted("struck")

    for number in range(9):
        world.listing(f"l{number}")
    world.run(world.process(hook=strike))
    assert len(struck) == 3
    assert [item.listing_id for item in world.listings()] == [f"l{n}" for n in range(9)]


@pytest.mark.parametrize("moment", list(Moment))
def test_a_crash_in_the_commit_loses_and_doubles_nothing(moment: Moment) -> None:
    """A successor goes on where the group stands."""
    world = World(options=EmbedOptions(batch_size=2, linger_s=0.0))

    def die(now: Moment) -> None:
        if now is moment:
            raise KeyboardInterrupt

    for number in range(7):
        world.listing(f"l{number}")
    victim = world.process(hook=die)
    with pytest.raises(KeyboardInterrupt):
        world.run(victim)
    victim._ports.source.expel()  # type: ignore[attr-defined]
    world.run()
    assert [item.listing_id for item in world.listings()] == [f"l{n}" for n in range(7)]


def test_two_processes_and_a_rebalance_lose_and_double_nothing() -> None:
    """Partitions move in mid-stream, and again when one process leaves."""
    world = World(partitions=4, options=EmbedOptions(batch_size=2, linger_s=0.0))
    for number in range(40):
        world.listing(f"l{number:02}")
    first = world.process("one")
    for _ in range(6):
        first.turn()
    second = world.process("two")
    for _ in range(10):
        first.turn()
        second.turn()
    first.close()
    world.run(second)
    assert sorted(item.listing_id for item in world.listings()) == [f"l{n:02}" for n in range(40)]


def test_what_was_polled_before_a_loss_is_not_committed() -> None:
    """A member that was expelled drops what it has in flight; its successor says it."""
    world = World(options=EmbedOptions(batch_size=2, linger_s=0.0))
    for number in range(10):
        world.listing(f"l{number}")
    first = world.process("one")
    first.turn()
    first.turn()
    first._ports.source.expel()  # type: ignore[attr-defined]
    world.run(world.process("two"))
    world.run(first)
    assert [item.listing_id for item in world.listings()] == [f"l{n}" for n in range(10)]


def test_an_encoder_that_fails_ends_the_role() -> None:
    """What a stage raises is raised by the loop, with nothing committed."""
    world = World()
    world.embedder.fails = RuntimeError("no memory")
    world.fetcher.script[PICTURE] = b"content"
    world.listing("a", image_urls=[PICTURE])
    with pytest.raises(RuntimeError, match="no memory"):
        world.run()
    assert world.listings() == []


def test_after_a_failure_no_later_batch_is_committed_past_it() -> None:
    """The role that broke in one batch leaves the ones behind it to its successor."""
    world = World(options=EmbedOptions(batch_size=1, linger_s=0.0))
    world.breaker = Breaker(10, 0.1, 1)
    world.raw(b"bad", b"{")
    for number in range(5):
        world.listing(f"l{number}")
    role = world.process()
    with pytest.raises(BreakerOpen):
        world.run(role)
    role.close()
    assert world.listings() == []


def test_nothing_is_unaccounted_for() -> None:
    """Records in = passed on + superseded + dead letters + deferred."""
    world = World()
    world.listing("a")
    world.listing("a", revision=2)
    world.raw(b"b", b"{")
    world.raw(b"c", None)
    _retry(world, world.clock.now_ms() + 60_000)
    world.run()
    came = sum(
        world.metric("skutwin_records_in_total", role="embed", topic=topic)
        for topic in (TOPICS.listings, TOPICS.retry, TOPICS.verdicts)
    )
    dead = world.metric("skutwin_dead_letters_total", role="embed", reason="invalid_json")
    went = world.metric("skutwin_passed_on_total", role="embed")
    lost = world.metric("skutwin_superseded_total", role="embed")
    assert (came, went, lost, dead, world.metric("skutwin_deferred_total")) == (5, 2, 1, 1, 1)


def test_the_row_keeps_what_events_and_decisions_need() -> None:
    """Description is left behind; price stays exact."""
    world = World()
    world.listing("a", price="10.10", currency="EUR", description="long", sizes=["M"], gtin="4006381333931")
    world.run()
    listing = world.listings()[0].listing
    assert isinstance(listing, EmbeddedListing)
    assert (str(listing.price), listing.gtin, listing.sizes) == ("10.10", "04006381333931", ("M",))
