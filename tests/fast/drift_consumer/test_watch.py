"""One shard's watch, with a monitor that says what a test wants it to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from consumer.contracts.drift import DriftEvent, DriftLevel, DriftScores, DriftState, is_scores
from consumer.drift.metrics import DriftMetrics
from consumer.drift.watch import ShardWatch
from consumer.ports.drift import Judged
from consumer.ports.records import OutRecord, Record
from model.decision.decision import Decision, Outcome, Similarity, Source
from model.drift import Alarm, DriftWindow, Score, SellerShare
from model.embedded import EmbeddedListing
from tests.fast.clocks import HandClock
from tests.tiny_artifact import tiny_rows

TOPIC = "drift"


@dataclass
class Told:
    """A monitor whose next windows are given to it."""

    windows: list[dict[str, Any]]
    listings: int = 0
    pairs: list[tuple[str, float, bool, bool]] = field(default_factory=list)

    def rows(self, rows: Sequence[EmbeddedListing], nearest: NDArray[np.float64]) -> None:
        assert nearest.shape == (len(rows),)
        self.listings += len(rows)

    def decisions(
        self,
        sellers: Sequence[str],
        probabilities: NDArray[np.float64],
        *,
        matched: NDArray[np.bool_],
        reviewed: NDArray[np.bool_],
    ) -> None:
        self.pairs += zip(sellers, probabilities.tolist(), matched.tolist(), reviewed.tolist(), strict=True)

    def close(self, began_ms: int, ended_ms: int) -> DriftWindow:
        fields = self.windows.pop(0) if self.windows else {}
        return DriftWindow(began_ms, ended_ms, **{"listings": self.listings, **fields})


class Stage:
    """A watch of shard 3, and the topic that it writes."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.registry = CollectorRegistry()
        self.metrics = DriftMetrics(self.registry)
        self.monitors: list[Told] = []
        self.windows: list[dict[str, Any]] = []
        self.topic: list[OutRecord] = []

    def watch(self) -> ShardWatch:
        """A process takes the shard over, and reads the topic first."""
        watch = ShardWatch(
            3,
            topic=TOPIC,
            monitor=self._monitor,
            artifact_version="a1",
            reference="0" * 12,
            window_s=60,
            clock=self.clock,
            metrics=self.metrics,
        )
        for offset, out in enumerate(self.topic):
            watch.apply(Record(out.topic, 0, offset, 0, out.key, out.value, out.headers))
        watch.begin()
        return watch

    def _monitor(self) -> Told:
        self.monitors.append(Told(self.windows))
        return self.monitors[-1]

    def minute(self, watch: ShardWatch, window: dict[str, Any] | None = None, *, listings: int = 5) -> None:
        """A batch, and a minute later its window, committed."""
        self.windows.append(window or {})
        watch.saw(tiny_rows(listings), [0.5] * listings, [])
        self.clock.advance(60)
        self.topic += watch.due()
        watch.written()

    def alarms(self) -> list[tuple[str, str | None, DriftState]]:
        """All that was said of alarms, in order."""
        said = [out for out in self.topic if out.topic == TOPIC and not is_scores(out.key or b"")]
        values = [out.value for out in said]
        events = [DriftEvent.from_bytes(value) for value in values if value is not None]
        return [(event.feature, event.seller, event.state) for event in events]

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, {"shard": "3", **labels})


def alarm(state: str = "raised", feature: str = "no_picture", **more: Any) -> Alarm:
    return Alarm(
        **{"feature": feature, "score": 4.0, "threshold": 2.0, "seller": None, "state": state, **more}
    )


def score(value: float, feature: str = "no_picture") -> dict[str, Score]:
    return {feature: Score(feature, value, 2.0, 0.1, 30)}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_an_alarm_is_said_once_when_raised_and_once_when_cleared(stage: Stage) -> None:
    """The minutes between say nothing but scores."""
    watch = stage.watch()
    stage.minute(watch)
    stage.minute(watch, {"alarms": (alarm(),), "scores": score(4.0)})
    stage.minute(watch, {"scores": score(4.1)})
    stage.minute(watch, {"alarms": (alarm("cleared"),), "scores": score(0.5)})
    assert stage.alarms() == [
        ("no_picture", None, DriftState.RAISED),
        ("no_picture", None, DriftState.CLEARED),
    ]
    assert sum(is_scores(out.key or b"") for out in stage.topic) == 4


def test_the_scores_of_a_window_are_written_with_who_drives_them(stage: Stage) -> None:
    """They carry what a page needs, and the time between two closings."""
    watch = stage.watch()
    began_ms = stage.clock.now_ms()
    stage.minute(
        watch, {"scores": score(1.5), "sellers": (SellerShare("no_picture", "s1", 4, 0.7, new=True),)}
    )
    said = DriftScores.from_bytes(stage.topic[-1].value or b"")
    assert (said.shard, said.artifact_version, said.window.listings) == (3, "a1", 5)
    assert said.window.ended_ms == began_ms + 60_000
    assert said.scores["no_picture"].score == 1.5
    assert [(one.seller, one.share, one.new) for one in said.sellers] == [("s1", 0.7, True)]


def test_sellers_are_named_where_a_score_is_half_the_way_to_an_alarm(stage: Stage) -> None:
    """Whoever is all of a score of nearly nothing drives nothing; the nearest to an alarm comes first."""
    shares = [
        SellerShare(feature, f"s{number}", 4, share, new=False)
        for feature, number, share in (
            ("no_brand", 1, 1.0),
            ("log_price", 2, 0.9),
            ("no_picture", 3, 0.2),
            ("no_picture", 4, 0.4),
        )
    ]
    scores = score(0.9, "no_brand") | score(1.0, "log_price") | score(1.9)
    stage.minute(stage.watch(), {"scores": scores, "sellers": tuple(shares)})
    said = DriftScores.from_bytes(stage.topic[-1].value or b"")
    assert [one.seller for one in said.sellers] == ["s4", "s3", "s2"]


def test_information_of_one_seller_leaves_that_of_another_standing(stage: Stage) -> None:
    """Two new sellers of one feature are two pieces of news, a restart between them or not."""
    stage.minute(stage.watch(), {"alarms": (alarm(seller="a", level="information"),)})
    stage.minute(stage.watch(), {"alarms": (alarm(seller="b", level="information"),)})
    assert [state for _, _, state in stage.alarms()] == [DriftState.RAISED, DriftState.RAISED]


def test_a_score_without_bounds_is_written_as_a_great_one(stage: Stage) -> None:
    """JSON has no infinity, and a matcher does not end over a statistic."""
    stage.minute(stage.watch(), {"alarms": (alarm(score=float("inf")),), "scores": score(float("inf"))})
    assert DriftEvent.from_bytes(stage.topic[0].value or b"").score == 1e9
    assert DriftScores.from_bytes(stage.topic[1].value or b"").scores["no_picture"].score == 1e9


def test_no_window_is_closed_before_its_time_or_without_a_listing(stage: Stage) -> None:
    """A quiet night writes nothing."""
    watch = stage.watch()
    stage.clock.advance(3600)
    assert watch.due() == []
    watch.saw(tiny_rows(1), [0.5], [])
    assert len(watch.due()) == 1
    watch.written()
    watch.saw(tiny_rows(1), [0.5], [])
    stage.clock.advance(59)
    assert watch.due() == []
    stage.clock.advance(1)
    assert len(watch.due()) == 1


def test_an_aborted_transaction_loses_no_alarm(stage: Stage) -> None:
    """What was not written is given again, the same bytes, and counts as said only then."""
    watch = stage.watch()
    stage.windows.append({"alarms": (alarm(),)})
    watch.saw(tiny_rows(1), [0.5], [])
    stage.clock.advance(60)
    first = watch.due()
    assert stage.metric("skutwin_drift_alarms_total", feature="no_picture") is None
    stage.clock.advance(60)
    assert watch.due() == first
    watch.written()
    assert watch.due() == []
    assert stage.metric("skutwin_drift_alarms_total", feature="no_picture") == 1


def test_a_successor_says_no_alarm_again_that_stands(stage: Stage) -> None:
    """It reads the topic, and what its own fresh window raises anew is known already."""
    stage.minute(stage.watch(), {"alarms": (alarm(seller="s1"),)})
    successor = stage.watch()
    assert stage.metric("skutwin_drift_raised", feature="no_picture") == 1
    stage.minute(successor, {"alarms": (alarm(seller="s1"),), "scores": score(4.0)})
    stage.minute(successor, {"scores": score(1.0)}, listings=30)
    assert stage.alarms() == [("no_picture", "s1", DriftState.RAISED)]


def test_an_inherited_alarm_is_cleared_once_as_many_listings_speak_against_it(stage: Stage) -> None:
    """A fresh window of a few listings proves nothing."""
    stage.minute(stage.watch(), {"alarms": (alarm(),)}, listings=20)
    successor = stage.watch()
    stage.minute(successor, {"scores": score(0.5)}, listings=19)
    stage.minute(successor, {"scores": score(3.0)}, listings=5)
    assert len(stage.alarms()) == 1
    stage.minute(successor, {"scores": score(0.5, "log_price")}, listings=5)
    assert len(stage.alarms()) == 1
    stage.minute(successor, {"scores": score(0.5)}, listings=1)
    assert stage.alarms()[1:] == [("no_picture", None, DriftState.CLEARED)]
    stage.minute(successor, {"scores": score(0.5)})
    assert len(stage.alarms()) == 2
    assert stage.metric("skutwin_drift_raised", feature="no_picture") == 0


def test_an_inherited_alarm_gives_way_to_one_of_the_same_feature(stage: Stage) -> None:
    """Who drives it may be named anew; only one of the two stands."""
    stage.minute(stage.watch(), {"alarms": (alarm(seller="s1"),)})
    stage.minute(stage.watch(), {"alarms": (alarm(seller="s2"),)})
    assert stage.alarms()[1:] == [
        ("no_picture", "s2", DriftState.RAISED),
        ("no_picture", "s1", DriftState.CLEARED),
    ]


def test_an_inherited_alarm_is_not_taken_for_information_of_its_feature(stage: Stage) -> None:
    """A new seller of the feature says nothing of what all of them raised."""
    stage.minute(stage.watch(), {"alarms": (alarm(),)})
    stage.minute(stage.watch(), {"alarms": (alarm(seller="new", level="information"),)})
    assert stage.alarms()[1:] == [("no_picture", "new", DriftState.RAISED)]


def test_an_alarm_of_a_feature_that_is_watched_no_longer_is_cleared(stage: Stage) -> None:
    """Another release raised it; nothing would ever lower its score."""
    stage.minute(stage.watch(), {"alarms": (alarm(feature="colour_of_the_moon"),)})
    stage.minute(stage.watch(), {"scores": score(4.0)})
    assert [state for _, _, state in stage.alarms()] == [DriftState.RAISED, DriftState.CLEARED]


def test_an_alarm_names_who_drives_it(stage: Stage) -> None:
    """The five sellers with the greatest shares of this feature, and no other's."""
    drivers = [SellerShare("no_picture", f"s{number}", 9, 0.1, new=False) for number in range(7)]
    others = [SellerShare("log_price", "other", 9, 0.9, new=False)]
    stage.minute(stage.watch(), {"alarms": (alarm(),), "sellers": (*others, *drivers)})
    said = DriftEvent.from_bytes(stage.topic[0].value or b"")
    assert [one.seller for one in said.sellers] == ["s0", "s1", "s2", "s3", "s4"]


def test_a_clearing_of_what_was_never_raised_is_not_said(stage: Stage) -> None:
    """Readers count on raised coming first."""
    stage.minute(stage.watch(), {"alarms": (alarm("cleared"),)})
    assert stage.alarms() == []


def test_information_is_no_alarm_until_it_becomes_one(stage: Stage) -> None:
    """A new seller is told of and not counted; the same seller in an alarm is said again as one."""
    watch = stage.watch()
    stage.minute(watch, {"alarms": (alarm(seller="new", level="information"),)})
    assert stage.metric("skutwin_drift_alarms_total", feature="no_picture") is None
    assert stage.metric("skutwin_drift_raised", feature="no_picture") == 0
    stage.minute(watch, {"alarms": (alarm(seller="new"),)})
    values = [out.value or b"" for out in stage.topic if not is_scores(out.key or b"")]
    levels = [DriftEvent.from_bytes(value).level for value in values]
    assert levels == [DriftLevel.INFORMATION, DriftLevel.ALARM]
    assert stage.metric("skutwin_drift_alarms_total", feature="no_picture") == 1


def test_what_was_cleared_a_month_ago_leaves_the_topic(stage: Stage) -> None:
    """Sellers come and go for years; a standing alarm stays however old it is."""
    watch = stage.watch()
    stage.minute(
        watch, {"alarms": (alarm(seller="s1"), alarm(seller="s2"), alarm(seller="s3", level="information"))}
    )
    stage.minute(watch, {"alarms": (alarm("cleared", seller="s1"),)})
    stage.clock.advance(29 * 86_400)
    stage.minute(watch)
    assert all(out.value is not None for out in stage.topic)
    stage.clock.advance(2 * 86_400)
    stage.minute(watch)
    gone = {out.key: dict(out.headers) for out in stage.topic if out.value is None}
    assert gone == {
        b"3:no_picture:s1": {"ce_shard": b"3"},
        b"3:no_picture:s3": {"ce_shard": b"3"},
    }
    before = len(stage.topic)
    stage.minute(stage.watch(), {"alarms": (alarm("cleared", seller="s1"),)})
    assert len(stage.topic) == before + 1


def test_other_shards_and_topics_are_passed_over(stage: Stage) -> None:
    """The alarm of shard 4 is not known to shard 3, nor is a record of `matches`."""
    stage.minute(stage.watch(), {"alarms": (alarm(),)})
    out = next(out for out in stage.topic if not is_scores(out.key or b""))
    stage.topic = [
        OutRecord(TOPIC, out.key, out.value, (("ce_shard", b"4"),)),
        OutRecord("matches", b"x", b"{}", (("ce_shard", b"3"),)),
    ]
    stage.minute(stage.watch(), {"alarms": (alarm(),)})
    assert stage.alarms()[-1] == ("no_picture", None, DriftState.RAISED)


def test_gauges_follow_the_newest_window_and_go_with_the_shard(stage: Stage) -> None:
    """A feature without a score shows none, and a shard that left shows nothing."""
    watch = stage.watch()
    stage.minute(watch, {"alarms": (alarm(),), "scores": score(4.0)})
    assert stage.metric("skutwin_drift_score", feature="no_picture") == 4.0
    assert stage.metric("skutwin_drift_threshold", feature="no_picture") == 2.0
    assert stage.metric("skutwin_drift_window_listings") == 5
    stage.minute(watch, {"scores": score(1.0, "log_price")})
    assert stage.metric("skutwin_drift_score", feature="no_picture") is None
    assert stage.metric("skutwin_drift_score", feature="log_price") == 1.0
    watch.end()
    for name in ("score", "threshold", "raised"):
        for feature in ("log_price", "no_picture"):
            assert stage.metric(f"skutwin_drift_{name}", feature=feature) is None
    assert stage.metric("skutwin_drift_windows_total") == 2


def test_decisions_reach_the_monitor_with_their_seller_and_outcome(stage: Stage) -> None:
    """Matches and reviews are told apart from what is neither."""
    watch = stage.watch()
    outcomes = (Outcome.MATCH, Outcome.REVIEW, Outcome.DIFFERENT)
    judged = [
        Judged(f"s{number}", Decision(0.1 * number, outcome, Source.MODEL, Similarity(0.5, None, None), ()))
        for number, outcome in enumerate(outcomes)
    ]
    watch.saw([], [], judged)
    assert stage.monitors[-1].pairs == [
        ("s0", 0.0, True, False),
        ("s1", 0.1, False, True),
        ("s2", 0.2, False, False),
    ]


def test_a_window_survives_a_clock_that_is_set_back(stage: Stage) -> None:
    """It has no length then, rather than a negative one."""
    watch = stage.watch()
    watch.saw(tiny_rows(1), [0.5], [])
    stage.clock.advance(60)
    stage.clock.wall_ms -= 3_600_000
    said = DriftScores.from_bytes(watch.due()[0].value or b"")
    assert said.window.began == said.window.ended
