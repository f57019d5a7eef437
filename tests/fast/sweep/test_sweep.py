"""All listings decided anew after a new decider: what is said of it, and what is not touched."""

from __future__ import annotations

import pytest

from consumer.contracts.events import Kind
from consumer.contracts.inner import InnerAgain, InnerVerdict
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import Verdict
from consumer.kafka.memory import Moment
from consumer.match.options import MatchOptions
from consumer.ports.index import Row
from consumer.reindex.rebuild import rebuild
from consumer.sweep.pace import MOST_AT_ONCE, Pace
from consumer.sweep.standing import Tally
from model.decision.decision import Source
from model.embedded import EmbeddedListing
from tests.fast.clocks import HandClock
from tests.fast.match.world import TOPICS, World, embedded, pending
from tests.fast.sweep.world import exchange, log, sweep, swept

LISTINGS = {"a": "red", "b": "red", "c": "blue", "d": "green", "e": "green", "f": "grey"}
BEFORE = {("a", "b"), ("d", "e")}
AFTER = {("a", "b"), ("a", "c"), ("b", "c")}


@pytest.fixture
def world() -> World:
    """Six listings, decided by the old decider; the matcher that follows has the new one."""
    made = World(options=MatchOptions(batch_size=2, settle_s=30, floor=-1))
    for name, colour in LISTINGS.items():
        made.put(embedded(name, colour))
    made.run().close()
    exchange(made)
    return made


def stored(world: World) -> dict[str, list[Row]]:
    """What the index holds."""
    index = world.index()
    index.open()
    return index.rows_of(list(LISTINGS), strong=True)


def contents(world: World) -> dict[str, EmbeddedListing | None]:
    """Of each listing, its one row."""
    rows = stored(world)
    assert all(len(of_one) == 1 for of_one in rows.values())
    return {name: row.listing for name, (row,) in rows.items()}


def event_ids(world: World) -> list[str]:
    return [event.event_id() for event in world.events()]


def test_what_the_new_decider_does_not_believe_is_taken_back_and_what_it_believes_is_said(
    world: World,
) -> None:
    """Of pairs that nobody touches; without the sweep nothing is said, and after it all is as it decides."""
    world.run().close()
    assert world.matched() == BEFORE
    assert sweep(world) == Tally(due=6, done=0)
    world.run()
    assert world.matched() == AFTER
    ids = event_ids(world)
    assert len(ids) == len(set(ids))


def test_rows_stay_as_they_were(world: World) -> None:
    """At the same offsets, and compaction leaves nothing of the sweep in the log."""
    before, keys = stored(world), set(world.broker.latest(TOPICS.embedded))
    sweep(world)
    world.run()
    assert stored(world) == before
    world.broker.compact(TOPICS.embedded, drop_tombstones=True)
    assert {record.key for record in world.broker.records(TOPICS.embedded)} == keys


def test_a_match_that_still_holds_is_not_said_again(world: World) -> None:
    """Only what changes is."""
    said = len(world.events())
    sweep(world, rate=2)
    world.run()
    told = {(*event.pair, event.kind) for event in world.events()[said:]}
    assert told == {("a", "c", Kind.MATCHED), ("b", "c", Kind.MATCHED), ("d", "e", Kind.RETRACTED)}
    assert len(world.events()) == said + 3


def test_a_second_sweep_finds_nothing_to_do(world: World) -> None:
    """Right after the first, whether or not the matcher has come to it; `again` has it done all the same."""
    sweep(world)
    assert sweep(world) == Tally(due=0, done=6)
    world.run().close()
    assert len(swept(world)) == 6
    assert sweep(world, again=True).due == 6
    assert len(swept(world)) == 12


@pytest.mark.parametrize("at_once", [1, 500])
def test_what_changed_since_it_was_asked_for_is_due_again(
    world: World, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell by which decider; what was deleted is not, and what nobody ever knew is not either."""
    monkeypatch.setattr("consumer.reindex.reading._AT_ONCE", at_once)
    sweep(world)
    world.put(embedded("a", "blue", revision=2))
    world.delete("b")
    out = InnerAgain("nobody", "new").to_record(TOPICS.embedded, 0)
    world.broker.produce(out.topic, out.key, out.value, out.headers, partition=0)
    assert sweep(world) == Tally(due=1, done=4)
    assert [record.key for record in swept(world)[7:]] == [b"r:00:a"]


def test_going_back_to_the_former_artifact_is_a_sweep_of_its_own(world: World) -> None:
    """What was swept for it long ago has been decided by another one since."""
    for version in ("old", "new", "old"):
        assert sweep(world, version).due == 6
        world.run().close()
        world.broker.compact(TOPICS.embedded)


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("part", [1, 2, 3])
def test_killed_anywhere_it_goes_on_with_what_it_has_not_asked_for(
    world: World, moment: Moment, part: int
) -> None:
    """Each listing is asked for once, whatever became of the transaction, and all ends as if never killed."""
    met = 0

    def die(now: Moment) -> None:
        nonlocal met
        met += now is moment
        if met == part:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(world, hook=die)
    done = 2 * (part if moment is Moment.AFTER_COMMIT else part - 1)
    assert sweep(world) == Tally(due=6 - done, done=done)
    assert len(swept(world)) == 6
    world.run()
    assert world.matched() == AFTER


def test_what_changes_meanwhile_stays_as_changed(world: World) -> None:
    """A deleted listing stays deleted, and a changed one is decided as changed."""

    def others() -> None:
        world.delete("a")
        world.put(embedded("c", "grey", revision=2))

    sweep(world, meanwhile=others)
    world.run()
    held = contents(world)
    assert held["a"] is None
    assert held["c"] == embedded("c", "grey", revision=2)
    assert world.matched() == {("c", "f")}


def test_a_deleted_listing_is_not_swept(world: World) -> None:
    """Neither counted nor written."""
    world.delete("a")
    world.put(embedded("b", "red"))
    assert sweep(world).due == 5
    assert b"a" not in {(record.key or b"").split(b":")[-1] for record in swept(world)}


def test_a_listing_that_waits_for_pictures_goes_on_waiting(world: World) -> None:
    """It is not asked for again, and its retry counts whether it comes before the sweep or behind it."""
    origin = world.put(embedded("a", "red", revision=2, pictures=pending(3)))
    world.run().close()
    asked = len(world.broker.records(TOPICS.retry))

    def retried() -> None:
        world.put(embedded("a", "red", revision=2), as_of=origin)

    sweep(world, meanwhile=retried)
    world.run()
    assert len(world.broker.records(TOPICS.retry)) == asked == 1
    assert contents(world)["a"] == embedded("a", "red", revision=2)
    assert world.matched() == AFTER


def test_pictures_that_a_retry_brought_are_not_lost(world: World) -> None:
    """What is asked for stands beside the retry in the compacted log, and the row is as the retry says."""
    origin = world.put(embedded("a", "red", revision=2, pictures=pending(3)))
    world.put(embedded("a", "red", revision=2, title="with its picture"), as_of=origin)
    world.run().close()
    sweep(world)
    world.broker.compact(TOPICS.embedded)
    world.run()
    held = contents(world)["a"]
    assert held is not None
    assert held.title == "with its picture"


def test_an_index_built_from_the_log_after_a_sweep_is_the_same(world: World) -> None:
    """What is asked for says nothing of rows, before compaction and after."""
    sweep(world)
    world.run()
    before = stored(world)
    world.broker.compact(TOPICS.embedded, drop_tombstones=True)
    index = world.index()
    index.drop()
    index.open()
    rebuild(index, log(world))
    assert stored(world) == before


def test_a_person_outranks_the_new_decider_too(world: World) -> None:
    """A verdict holds of the rows, which are what the person saw."""
    seen = contents(world)
    pair = Pair.of("d", "e")
    one, other = seen["d"], seen["e"]
    assert one is not None
    assert other is not None
    verdict = Verdict.model_validate(
        {
            "pair_id": pair.pair_id,
            "a": "d",
            "b": "e",
            "answer": "same",
            "reviewer": "r",
            "decided_at": "2026-11-21T12:00:00Z",
            "seen_a": one.fingerprint(),
            "seen_b": other.fingerprint(),
        }
    )
    out = InnerVerdict(pair.pair_id, verdict).to_record(TOPICS.embedded, 0)
    world.broker.produce(out.topic, out.key, out.value, out.headers, partition=0)
    world.run().close()
    sweep(world)
    world.run()
    assert world.matched() == AFTER | {("d", "e")}
    assert world.last()[pair].source is Source.REVIEW


def test_a_sweep_is_no_latency_of_new_records(world: World) -> None:
    """And every record of it is accounted for."""
    world.clock.advance(60)
    sweep(world)
    world.run()
    assert world.metric("skutwin_record_to_commit_seconds_count", role="match") == 0
    assert world.metric("skutwin_passed_on_total", role="match") == 6


@pytest.mark.parametrize(("rate", "at_once"), [(0.5, 1), (20, 10), (1e6, MOST_AT_ONCE)])
def test_a_transaction_holds_half_a_second_of_the_rate(rate: float, at_once: int) -> None:
    """So that a new listing waits behind no more than that."""
    assert Pace(rate, HandClock(), lambda _: False).at_once == at_once


def test_the_pace_is_kept_and_time_that_was_lost_is_made_up() -> None:
    """After a slow transaction it rests less, and never below nothing; a stop is passed on."""
    clock, rests = HandClock(), []

    def wait(seconds: float) -> bool:
        rests.append(seconds)
        return len(rests) == 3

    pace, began = Pace(10, clock, wait), clock.steady_s()
    assert not pace.rest(began, 5)
    clock.advance(0.75)
    assert not pace.rest(began, 10)
    clock.advance(4)
    assert pace.rest(began, 15)
    assert rests == pytest.approx([0.5, 0.25, 0.0])
