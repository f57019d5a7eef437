"""The file is what the topic says, each record counted once, however the follower ends."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.contracts.events import Kind
from consumer.contracts.pairs import Pair
from consumer.errors import Misconfigured
from consumer.pairs.store import PairReader, PairStore
from tests.fast.pairs.world import KEEP_S, TOPIC, World, event

LISTINGS = ("a", "b", "c", "d")
pairs = st.tuples(st.sampled_from(LISTINGS), st.sampled_from(LISTINGS)).filter(lambda two: two[0] != two[1])


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "pairs.sqlite3")


def test_a_match_is_seen_from_both_sides_with_its_newest_price(world: World) -> None:
    """The last event of a pair counts, whichever listing is asked for."""
    world.say(event("a", "b"))
    world.say(event("a", "b", number=2, price="8.00"))
    world.follow()
    assert world.partners("a") == {"b": "8.00"}
    assert world.partners("b") == {"a": "10.50"}


def test_what_is_taken_back_or_forgotten_is_gone(world: World) -> None:
    """A retraction and a null each end a match; others stay."""
    for other in ("b", "c", "d"):
        world.say(event("a", other))
    world.say(event("a", "b", kind=Kind.RETRACTED, number=2))
    world.forget("a", "c")
    world.follow()
    assert world.partners("a").keys() == {"d"}


def test_a_restart_goes_on_where_the_file_ends(world: World) -> None:
    """Nothing is read twice."""
    world.say(event("a", "b"))
    assert world.follow() == 1
    world.say(event("a", "c"))
    assert world.follow() == 1
    assert world.partners("a").keys() == {"b", "c"}


def test_a_death_inside_the_transaction_leaves_rows_and_offsets_as_they_were(world: World) -> None:
    """Either both are there or neither."""
    world.say(event("a", "b"))
    world.say(event("a", "c"))

    def half(store: PairStore, changes: object, offsets: object) -> None:
        with store._transaction():
            store._db.execute("INSERT INTO pairs VALUES ('x', 'a', 'b', 0, x'')")
            raise KeyboardInterrupt

    with patch.object(PairStore, "apply", half), pytest.raises(KeyboardInterrupt):
        world.follow()
    with closing(PairStore(world.path)) as store:
        assert store.offsets() == {}
    assert world.follow() == 2
    assert world.partners("a").keys() == {"b", "c"}


def test_it_is_caught_up_only_once_it_has_read_what_was_there(world: World) -> None:
    """Before, the lag says how much is left; what comes later is lag again, and caught up it stays."""
    for number in range(5):
        world.say(event("a", f"b{number}"))
    with closing(PairStore(world.path)) as store, closing(world.follower(store)) as following:
        following.start()
        assert not following.progress.caught_up
        assert following.progress.lag == 5
        while not following.progress.caught_up:
            following.turn()
        assert following.progress.lag == 0


def test_a_topic_made_anew_is_read_from_its_beginning(world: World) -> None:
    """Whatever the file held was of another log."""
    world.say(event("a", "b"))
    world.follow()
    world.remake()
    world.say(event("a", "c"))
    world.follow()
    assert world.partners("a").keys() == {"c"}


def test_a_topic_made_anew_under_a_running_follower_is_noticed(world: World) -> None:
    """Its offsets begin again, which a log's never do."""
    for number in range(4):
        world.say(event("a", f"b{number}"))
    with closing(PairStore(world.path)) as store, closing(world.follower(store)) as following:
        following.start()
        for _ in range(3):
            following.turn()
        world.remake()
        world.say(event("a", "c"))
        reader = following._opened()
        reader._broker = reader._cursor._broker = world.broker  # type: ignore[attr-defined]  # as librdkafka goes on, from the earliest
        for _ in range(4):
            following.turn()
    assert world.partners("a").keys() == {"c"}


def test_who_was_away_longer_than_deletions_are_kept_reads_all_again(world: World) -> None:
    """The null of a pair may have come and been compacted away meanwhile."""
    world.say(event("a", "b"))
    world.say(event("a", "c"))
    world.follow()
    world.clock.advance(KEEP_S + 1)
    world.forget("a", "b")
    world.broker.compact(TOPIC, drop_tombstones=True)
    assert world.follow() == 1
    assert world.partners("a").keys() == {"c"}


def test_a_record_that_is_no_event_is_passed_over(world: World) -> None:
    """What stands behind it is read all the same."""
    world.broker.produce(TOPIC, b"somebody's", b"not json")
    world.say(event("a", "b"))
    assert world.follow() == 2
    assert world.partners("a").keys() == {"b"}


def test_one_process_follows_and_others_only_read(world: World) -> None:
    """A second follower is refused by name; readers are not."""
    world.say(event("a", "b"))
    world.follow()
    with closing(PairStore(world.path)):
        with pytest.raises(Misconfigured, match="is kept by another process"):
            PairStore(world.path)
        assert world.partners("a").keys() == {"b"}


def test_a_file_that_is_not_there_is_named() -> None:
    """To read it does not make it."""
    with pytest.raises(Misconfigured, match="skutwin serve"):
        PairReader(Path("/nowhere/pairs.sqlite3"))


@pytest.mark.thorough
@settings(max_examples=12)  # each opens a file several times
@given(st.lists(st.tuples(pairs, st.sampled_from(["match", "retract", "forget", "restart"])), max_size=30))
def test_the_file_is_what_the_last_record_of_each_pair_says(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[tuple[str, str], str]]
) -> None:
    """Whatever order of events, retractions, nulls and restarts."""
    world = World(tmp_path_factory.mktemp("pairs") / "p.sqlite3")
    matched: set[Pair] = set()
    for number, (two, what) in enumerate(steps, start=1):
        pair = Pair.of(*two)
        if what == "restart":
            world.follow(1)
        elif what == "forget":
            world.forget(*two)
            matched.discard(pair)
        else:
            kind = Kind.MATCHED if what == "match" else Kind.RETRACTED
            world.say(event(*two, kind=kind, number=number))
            matched.add(pair) if what == "match" else matched.discard(pair)
    world.follow()
    for listing in LISTINGS:
        expected = {pair.b if pair.a == listing else pair.a for pair in matched if listing in pair}
        assert world.partners(listing).keys() == expected
