"""A listing that a sweep asks for is decided as it is held: no row changes, and only what changed is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from structlog.testing import capture_logs

from consumer.contracts.events import Kind
from consumer.contracts.inner import InnerAgain
from consumer.errors import TransactionAborted
from consumer.kafka.memory import Moment
from consumer.match.options import MatchOptions
from consumer.ports.drift import Judged, Unwatched
from consumer.ports.index import Row, RowKey
from model.embedded import EmbeddedListing
from tests.fast.match.test_deaths_in_match import FragileDecider, Killed, live_until_quiet
from tests.fast.match.world import TOPICS, ColourDecider, World, embedded, pending
from tests.fast.sweep.world import exchange

Step = Callable[[World], object]


def ask(world: World, listing_id: str, version: str = "new") -> int:
    """What a sweep writes; returns its offset."""
    out = InnerAgain(listing_id, version).to_record(TOPICS.embedded, 0)
    return world.broker.produce(out.topic, out.key, out.value, out.headers, partition=0).offset


def decided(*listings: EmbeddedListing, options: MatchOptions | None = None) -> World:
    """By the old decider; to the new one, whom all who come next have, red equals blue and green nothing."""
    world = World(options=options)
    for listing in listings:
        world.put(listing)
    world.run().close()
    exchange(world)
    return world


ASK_A: Step = lambda world: ask(world, "a")  # noqa: E731 (a step of a table)
ASK_C: Step = lambda world: ask(world, "c")  # noqa: E731
DELETE_A: Step = lambda world: world.delete("a")  # noqa: E731
TURN_A_BLUE: Step = lambda world: world.put(embedded("a", "blue", revision=2))  # noqa: E731
TURN_A_GREY: Step = lambda world: world.put(embedded("a", "grey", revision=2))  # noqa: E731


@pytest.mark.parametrize("batch_size", [1, 2, 8])
@pytest.mark.parametrize(
    ("steps", "matched"),
    [
        ([ASK_A, DELETE_A], set()),
        ([DELETE_A, ASK_A], set()),
        ([ASK_A, TURN_A_BLUE], {("a", "b"), ("a", "c")}),
        ([TURN_A_BLUE, ASK_A], {("a", "b"), ("a", "c")}),
        ([TURN_A_GREY, ASK_A, ASK_C], {("b", "c")}),
        ([ASK_A, TURN_A_GREY, ASK_C], {("b", "c")}),
        ([ASK_A, ASK_C, ASK_A], {("a", "b"), ("a", "c"), ("b", "c")}),
    ],
)
def test_what_the_same_batch_changes_counts_as_changed(
    steps: Sequence[Step], matched: set[tuple[str, str]], batch_size: int
) -> None:
    """Before it was asked for or after, in one batch or in several."""
    world = decided(embedded("a", "red"), embedded("b", "red"), embedded("c", "blue"))
    world.options = MatchOptions(batch_size=batch_size, settle_s=30, floor=-1)
    for step in steps:
        step(world)
    world.run()
    assert world.matched() == matched
    took = ("passed_on", "superseded", "dead_letters")
    records_in = world.metric("skutwin_records_in_total", role="match", topic=TOPICS.embedded)
    assert records_in == len(steps)
    assert sum(world.metric(f"skutwin_{name}_total", role="match") for name in took) == len(steps)


def test_a_batch_that_owes_too_much_is_cut_between_what_is_asked_for() -> None:
    """Each listing is decided, and each pair said once."""
    names = [f"l{number}" for number in range(6)]
    options = MatchOptions(max_events=3, settle_s=30, floor=-1)
    world = decided(
        *(embedded(name, ("red", "blue")[i % 2]) for i, name in enumerate(names)), options=options
    )
    said = len(world.events())
    for name in names:
        ask(world, name)
    world.run()
    assert len(world.matched()) == 15
    assert len(world.events()) == 15
    assert said == 6


@pytest.mark.parametrize("moment", [Moment.BEGIN, Moment.AFTER_PRODUCE, Moment.BEFORE_COMMIT])
def test_an_aborted_batch_says_it_once(moment: Moment) -> None:
    """It is polled again, and a row that somebody wrote of a record behind it does not exist yet."""
    world = decided(
        embedded("a", "green"), embedded("b", "green"), options=MatchOptions(batch_size=1, floor=-1)
    )
    met = 0

    def abort_first(now: Moment) -> None:
        nonlocal met
        met += now is moment
        if now is moment and met == 1:
            raise TransactionAborted("bad luck")

    ask(world, "a")
    at = world.put(embedded("b", "red", revision=2))
    index = world.index()
    index.open()
    index.write([Row("b", at, at, 0, embedded("b", "red", revision=2))], at + 1)
    world.run(world.process(abort_first))
    assert met > 1
    last = world.events()[-1]
    assert (last.kind, last.origins) == (Kind.RETRACTED, (0, 1))
    assert [event.kind for event in world.events()] == [Kind.MATCHED, Kind.RETRACTED]


def test_a_listing_that_waits_for_pictures_takes_nothing_back_until_its_retry() -> None:
    """It is not asked for once more, and its retry is decided by the new decider."""
    world = decided(embedded("a", "green", pictures=pending()), embedded("b", "green"))
    asked = len(world.broker.records(TOPICS.retry))
    ask(world, "a")
    ask(world, "b")
    role = world.run()
    assert world.matched() == {("a", "b")}
    assert len(world.broker.records(TOPICS.retry)) == asked == 1
    world.put(embedded("a", "green"), as_of=0)
    world.run(role)
    assert world.matched() == set()


def test_a_listing_that_waits_for_pictures_may_match_meanwhile() -> None:
    """What it is waiting for can only take back what the new decider believes now."""
    world = decided(embedded("a", "red", pictures=pending()), embedded("b", "blue"))
    ask(world, "a")
    world.run()
    assert world.matched() == {("a", "b")}


def test_an_open_review_task_is_not_said_again_and_the_new_decider_withdraws_it() -> None:
    """A task says what was seen, which has not changed."""
    world = World()
    world.decider = ColourDecider(review=frozenset({"grey"}))
    world.put(embedded("a", "grey"))
    world.put(embedded("b", "red"))
    ask(world, "a", "a1")
    world.run().close()
    ask(world, "b", "a1")
    world.run().close()
    assert len(world.broker.records(TOPICS.reviews)) == 1
    exchange(world)
    ask(world, "b")
    world.run()
    assert [record.value is None for record in world.broker.records(TOPICS.reviews)] == [False, True]


def test_no_row_is_written() -> None:
    """Nor is one deleted, whether the listing is on sale, gone or never heard of."""
    world = decided(embedded("a", "green"), embedded("b", "green"))
    world.delete("b")
    world.run().close()
    before = dict(world.store.rows)
    for name in ("a", "b", "nobody"):
        end = ask(world, name) + 1
    world.run()
    assert world.store.rows == before
    assert world.store.watermark == end
    assert world.metric("skutwin_index_rows_written_total") == 0
    assert world.metric("skutwin_passed_on_total", role="match") == 3


def test_the_drift_watch_is_shown_nothing_of_it() -> None:
    """Neither the listing, which is not new, nor decisions about it: a sweep is no drift."""
    shown: list[object] = []

    class Noted(Unwatched):
        def saw(
            self, listings: Sequence[EmbeddedListing], nearest: Sequence[float], judged: Sequence[Judged]
        ) -> None:
            shown.extend((*listings, *nearest, *judged))

    world = decided(embedded("a", "green"), embedded("b", "green"))
    world.drift = lambda _: Noted()
    ask(world, "a")
    world.run()
    assert world.matched() == set()
    assert shown == []


def test_a_listing_that_kills_when_it_is_asked_for_stays_as_it_is() -> None:
    """The asking becomes a dead letter, and says nothing of the listing: its row and its matches stay."""
    world = World()
    world.put(embedded("a", "red", title="killer"))
    world.put(embedded("b", "red"))
    world.run().close()
    world.decider = FragileDecider()
    ask(world, "a")
    with pytest.raises(Killed):
        world.run(role := world.process())
    role.close()
    assert live_until_quiet(world) > 0
    (letter,) = world.broker.records(TOPICS.dlq)
    assert letter.key == b"r:00:a"
    assert world.matched() == {("a", "b")}
    assert set(world.store.rows) == {RowKey("a", 0), RowKey("b", 1)}


def test_a_matcher_with_another_artifact_than_was_swept_for_says_so() -> None:
    """It decides by its own, and the sweep takes it for done: only the log tells."""
    world = decided(embedded("a", "green"), embedded("b", "green"))
    ask(world, "a", "new")
    with capture_logs() as logs:
        role = world.run()
    assert "swept_for_another_artifact" not in {line["event"] for line in logs}
    ask(world, "a", "newer")
    with capture_logs() as logs:
        world.run(role)
    (line,) = [line for line in logs if line["event"] == "swept_for_another_artifact"]
    assert line["swept_for"] == ["newer"]
    assert line["log_level"] == "warning"
    assert "--again" in line["mend"]
