"""The match role with its drift watch, on a broker and an index in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from consumer.contracts.drift import DriftEvent, DriftState, is_scores
from consumer.drift.metrics import DriftMetrics
from consumer.drift.watch import ShardWatch
from consumer.errors import Fenced, TransactionAborted
from consumer.kafka.memory import Moment
from consumer.match.role import MatchRole
from consumer.ports.drift import DriftWatch, Judged, Unwatched
from model.decision.decision import Outcome
from model.drift import Alarm
from model.embedded import EmbeddedListing
from tests.fast.drift_consumer.test_watch import Told
from tests.fast.match.world import TOPICS, World, embedded, pending

RAISED = Alarm("no_picture", 4.0, 2.0, None, "raised")
CLEARED = Alarm("no_picture", 0.5, 2.0, None, "cleared")


class Watched(World):
    """Its processes have a monitor that says what `windows` holds, one a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[dict[str, Any]] = []
        self.drift = self._watch

    def _watch(self, shard: int) -> DriftWatch:
        return ShardWatch(
            shard,
            topic=TOPICS.drift,
            monitor=lambda: Told(self.windows),
            artifact_version="a1",
            reference="0" * 12,
            window_s=60,
            clock=self.clock,
            metrics=DriftMetrics(CollectorRegistry()),
        )

    def minute(self, role: MatchRole, *alarms: Alarm) -> None:
        """A listing is decided, and after a minute its window is due."""
        self.windows.append({"alarms": alarms})
        self.put(embedded("a", "red"))
        self.run(role)
        self.clock.advance(60)
        role.turn()

    def told(self) -> list[DriftState]:
        """What a read_committed reader sees of alarms."""
        records = self.broker.records(TOPICS.drift)
        values = [record.value for record in records if not is_scores(record.key or b"")]
        return [DriftEvent.from_bytes(value).state for value in values if value is not None]


class Noted(Unwatched):
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.batches: list[tuple[list[str], list[float], list[tuple[str, Outcome]]]] = []

    def saw(
        self, listings: Sequence[EmbeddedListing], nearest: Sequence[float], judged: Sequence[Judged]
    ) -> None:
        names = [listing.listing_id for listing in listings]
        self.batches.append((names, list(nearest), [(one.seller, one.decision.outcome) for one in judged]))


def watched_by(noted: Noted) -> World:
    world = World()
    world.drift = lambda _: noted
    return world


def test_an_alarm_is_told_once_however_many_minutes_it_stands() -> None:
    """Raised, three quiet minutes, cleared: two records of alarms."""
    world = Watched()
    role = world.run()
    world.minute(role, RAISED)
    for _ in range(3):
        world.minute(role)
    assert world.told() == [DriftState.RAISED]
    world.minute(role, CLEARED)
    assert world.told() == [DriftState.RAISED, DriftState.CLEARED]


def test_a_fenced_matcher_tells_nothing() -> None:
    """It stood still while its window was due; its successor holds the shard's transactional id."""
    world = Watched()
    sleeper = world.run()
    world.windows.append({"alarms": (RAISED,)})
    world.put(embedded("a", "red"))
    world.run(sleeper)
    world.clock.advance(60)
    sleeper._ports.source.expel()  # type: ignore[attr-defined]
    assert world.run().active_shards == [0]
    with pytest.raises(Fenced):
        sleeper._tell_drift()
    assert world.broker.records(TOPICS.drift) == []


def test_a_restarted_matcher_says_no_alarm_again() -> None:
    """It reads from the topic that the alarm stands, and clears it when its own windows say so."""
    world = Watched()
    first = world.run()
    world.minute(first, RAISED)
    first.close()
    second = world.run()
    world.minute(second, RAISED)
    assert world.told() == [DriftState.RAISED]
    world.minute(second, CLEARED)
    assert world.told() == [DriftState.RAISED, DriftState.CLEARED]


def test_who_slept_through_a_takeover_knows_which_alarms_its_successor_cleared() -> None:
    """Back in office, it raises the alarm anew rather than believe that it still stands."""
    world = Watched()
    sleeper = world.run()
    world.minute(sleeper, RAISED)
    sleeper._ports.source.expel()  # type: ignore[attr-defined]
    other = world.run()
    world.minute(other, CLEARED)
    world.minute(other, RAISED)
    world.minute(other, CLEARED)
    sleeper.turn()
    other._ports.source.expel()  # type: ignore[attr-defined]
    world.run(sleeper)
    world.minute(sleeper, RAISED)
    assert world.told()[1:] == [
        DriftState.CLEARED,
        DriftState.RAISED,
        DriftState.CLEARED,
        DriftState.RAISED,
    ]


def test_an_aborted_transaction_is_told_at_the_next_turn() -> None:
    """The alarm is written once, and the matcher goes on."""
    world = Watched()
    armed: list[bool] = []

    def abort(moment: Moment) -> None:
        if moment is Moment.BEFORE_COMMIT and armed:
            armed.clear()
            raise TransactionAborted("in this test")

    role = world.run(world.process(abort))
    world.windows.append({"alarms": (RAISED,)})
    world.put(embedded("a", "red"))
    world.run(role)
    world.clock.advance(60)
    armed.append(True)
    role.turn()
    assert (world.told(), armed) == ([], [])
    role.turn()
    assert world.told() == [DriftState.RAISED]


def test_a_batch_is_shown_with_its_neighbours_and_decisions() -> None:
    """The nearest neighbour's cosine, NaN where there is none, and each pair under its newer seller."""
    noted = Noted()
    world = watched_by(noted)
    world.put(embedded("a", "red"))
    role = world.run()
    world.put(embedded("b", "red"))
    world.run(role)
    (first, second) = noted.batches
    assert first[0] == ["a"]
    assert math.isnan(first[1][0])
    assert second == (["b"], [pytest.approx(1.0)], [("seller of b", Outcome.MATCH)])


def test_deletions_and_retries_are_no_listings_of_a_window() -> None:
    """A retry says again what its listing's own record has said; what it now decides is shown."""
    noted = Noted()
    world = watched_by(noted)
    role = world.run()
    origin = world.put(embedded("a", "red", pictures=pending()))
    world.put(embedded("b", "red"))
    world.run(role)
    world.put(embedded("a", "red"), as_of=origin)
    world.run(role)
    world.delete("b")
    world.run(role)
    assert [names for names, _, _ in noted.batches] == [["a", "b"], [], []]
    assert [len(judged) for _, _, judged in noted.batches] == [1, 1, 0]


def test_what_an_active_matcher_reads_of_its_own_output_is_dropped_at_its_next_commit() -> None:
    """The commit proves that it was its own; kept, it would grow for as long as the process runs."""
    world = World()
    role = world.run()
    for revision in range(1, 20):
        world.put(embedded("a", "red", revision=revision))
        world.put(embedded("b", "red", revision=revision))
        world.run(role)
    assert len(world.events()) > 15
    (held,) = role._held.values()
    assert len(held.followed) <= 4
