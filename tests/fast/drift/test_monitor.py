"""What a monitor takes, and what it says of a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from model.drift import FEATURES, Alarm, DriftMonitor, DriftWindow
from model.drift.chance import CLEARED
from model.drift.making import OF_ONE
from model.drift.monitor import ROWS
from model.embedded import EmbeddedListing, Pictures
from tests.fast.drift.market import RATES, reference, seller_rows, traffic
from tests.tiny_artifact import tiny_reference, tiny_rows

Change = Callable[[EmbeddedListing], EmbeddedListing]


def watched(
    rows: Sequence[EmbeddedListing], monitor: DriftMonitor | None = None
) -> tuple[list[Alarm], DriftWindow]:
    """All alarms on the way, a window closed every 256 listings, and the last window."""
    monitor = monitor or DriftMonitor(reference(), RATES)
    alarms: list[Alarm] = []
    for start in range(0, len(rows), 256):
        batch = rows[start : start + 256]
        monitor.rows(batch, np.full(len(batch), 0.7))
        window = monitor.close(start, start + 256)
        alarms += window.alarms
    return alarms, window


def changed(rows: Sequence[EmbeddedListing], change: Change) -> list[EmbeddedListing]:
    return [change(row) for row in rows]


def without_pictures(row: EmbeddedListing) -> EmbeddedListing:
    embedding = row.embedding.model_copy(update={"image": None})
    return row.model_copy(update={"pictures": Pictures(gone=2), "embedding": embedding})


def in_yen(row: EmbeddedListing) -> EmbeddedListing:
    return row.model_copy(update={"currency": "JPY"})


def in_greek(row: EmbeddedListing) -> EmbeddedListing:
    return row.model_copy(update={"title": "κόκκινο λινό πουκάμισο"})


def turned(row: EmbeddedListing) -> EmbeddedListing:
    moved = row.embedding.vector + np.float32(0.2)
    embedding = row.embedding.model_copy(update={"vector": moved / np.linalg.norm(moved)})
    return row.model_copy(update={"embedding": embedding})


def test_a_window_counts_its_listings() -> None:
    """And carries the times of its beginning and end."""
    monitor = DriftMonitor(tiny_reference(), RATES)
    monitor.rows(tiny_rows(9), np.linspace(0, 1, 9))
    window = monitor.close(60_000, 120_000)
    assert (window.began_ms, window.ended_ms, window.listings) == (60_000, 120_000, 9)
    assert window.scores == {}


def test_what_does_not_belong_together_is_refused() -> None:
    """Similarities of other listings, flags of other pairs."""
    monitor = DriftMonitor(tiny_reference(), RATES)
    with pytest.raises(ValueError, match="3 listings"):
        monitor.rows(tiny_rows(3), np.zeros(2))
    with pytest.raises(ValueError, match="1 sellers"):
        monitor.decisions(["a"], np.zeros(1), matched=np.zeros(2, bool), reviewed=np.zeros(1, bool))


def test_traffic_like_the_references_raises_nothing() -> None:
    """Even when half of the sellers are new ones of the same kind."""
    alarms, window = watched(traffic(range(15, 45), 24, seed=2))
    assert [alarm for alarm in alarms if alarm.level == "alarm"] == []
    assert window.scores["log_price"].listings > 600
    assert set(window.scores) < set(FEATURES)


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        (without_pictures, "no_picture"),
        (without_pictures, "lost_picture"),
        (in_yen, "currency"),
        (in_yen, "log_price"),
        (in_greek, "script"),
        (in_greek, "strange_words"),
        (turned, "fused_mean"),
    ],
)
def test_a_change_of_all_sellers_is_raised_once(change: Change, feature: str) -> None:
    """Under the name of what moved, and of no seller."""
    monitor = DriftMonitor(reference(), RATES)
    watched(traffic(range(30), 12, seed=3), monitor)
    alarms, window = watched(changed(traffic(range(30), 24, seed=4), change), monitor)
    raised = [one for one in alarms if one.feature == feature and one.level == "alarm"]
    assert [(one.state, one.seller) for one in raised] == [("raised", None)]
    assert raised[0].score > raised[0].threshold
    assert window.scores[feature].value > window.scores[feature].threshold


@pytest.mark.thorough
def test_an_alarm_sinks_when_the_stream_is_well_again() -> None:
    """Its score falls under the threshold once the window holds what came since."""
    monitor = DriftMonitor(reference(), RATES)
    watched(changed(traffic(range(30), 24, seed=3), in_yen), monitor)
    _, window = watched(traffic(range(30), 36, seed=4), monitor)
    assert window.scores["currency"].value < CLEARED * window.scores["currency"].threshold


def test_a_bulk_upload_of_one_strange_seller_is_no_alarm() -> None:
    """Three hundred listings of a new one without a picture: information about it."""
    monitor = DriftMonitor(reference(), RATES)
    watched(traffic(range(30), 12, seed=3), monitor)
    alarms, window = watched(changed(seller_rows(99, 300, seed=5), without_pictures), monitor)
    assert [one for one in alarms if one.level == "alarm"] == []
    told = {share.feature: share for share in window.sellers if share.seller == "shop-99"}
    assert told["no_picture"].listings == OF_ONE
    assert told["no_picture"].share > 0.5
    said = [(one.seller, one.state) for one in alarms if one.feature == "no_picture"]
    assert said == [("shop-99", "raised")]


def test_matches_and_reviews_are_held_against_their_own_past() -> None:
    """A level of their own is no drift, a change of it is."""
    monitor = DriftMonitor(reference(), RATES)
    rng = np.random.default_rng(0)

    def decide(level: float) -> list[str]:
        found: list[str] = []
        for _ in range(40):
            sellers = [f"shop-{number}" for number in rng.integers(30, size=256)]
            matched = rng.random(256) < level
            monitor.decisions(
                sellers, np.where(matched, 0.95, 0.1), matched=matched, reviewed=np.zeros(256, bool)
            )
            found += [one.feature for one in monitor.close(0, 0).alarms if one.state == "raised"]
        return found

    assert decide(0.7) == []
    assert "match_rate" in decide(0.3)


def test_memory_is_bounded() -> None:
    """However many sellers there are, and however much they list."""
    monitor = DriftMonitor(reference(), RATES, sellers=8)
    one = seller_rows(1, 1, seed=0)[0]
    rows = [one.model_copy(update={"seller_id": f"s{number}"}) for number in range(3 * ROWS)]
    monitor.rows(rows, np.full(len(rows), np.nan))
    assert monitor.close(0, 0).listings == ROWS
    assert len(monitor._seen) == 8
