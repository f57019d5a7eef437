"""What goes over the topic `drift`: keys that compaction needs, ids that a repetition shares."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from consumer.contracts import schema
from consumer.contracts.drift import (
    SLOT_MS,
    SLOTS,
    DriftEvent,
    DriftScore,
    DriftScores,
    DriftState,
    DrivingSeller,
    Window,
    is_scores,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def window(ended: datetime = NOON) -> Window:
    return Window(began=ended - timedelta(minutes=1), ended=ended, listings=40)


def event(**changes: Any) -> DriftEvent:
    fields: dict[str, Any] = {
        "shard": 0,
        "window": window(),
        "artifact_version": "a1",
        "reference": "0" * 12,
        "state": DriftState.RAISED,
        "feature": "log_price",
        "score": 3.5,
        "threshold": 2.0,
    }
    return DriftEvent(**fields | changes)


def scores(ended: datetime = NOON) -> DriftScores:
    return DriftScores(
        shard=1,
        window=window(ended),
        artifact_version="a1",
        reference="0" * 12,
        scores={"log_price": DriftScore(score=0.5, threshold=2.0, distance=0.01, listings=40)},
        sellers=(DrivingSeller(feature="log_price", seller="s", listings=3, share=0.5),),
    )


def test_an_alarm_has_one_key_however_it_stands() -> None:
    """Raised and cleared share a key, so that compaction keeps the last; shards and sellers part keys."""
    assert event().key() == event(state=DriftState.CLEARED, window=window(NOON + timedelta(1))).key()
    keys = {
        one.key()
        for one in (event(), event(shard=1), event(seller="a"), event(seller="b"), event(feature="no_price"))
    }
    assert keys == {b"0:log_price", b"1:log_price", b"0:log_price:a", b"0:log_price:b", b"0:no_price"}


def test_the_scores_are_a_ring_of_a_week() -> None:
    """Windows of five minutes share a slot, and a week later it comes round."""
    first, later = scores(), scores(NOON + timedelta(milliseconds=SLOT_MS))
    assert first.key() != later.key()
    assert scores(NOON + timedelta(milliseconds=SLOT_MS - 1)).key() == first.key()
    assert scores(NOON + timedelta(milliseconds=SLOT_MS * SLOTS)).key() == first.key()
    assert timedelta(milliseconds=SLOT_MS * SLOTS) == timedelta(days=7)


def test_a_key_tells_scores_from_alarms() -> None:
    """A seller may be called anything and is not taken for a ring; no feature may be."""
    assert is_scores(scores().key())
    assert not is_scores(event(seller="scores:1").key())
    with pytest.raises(ValidationError, match="share its key"):
        event(feature="scores")


def test_the_same_event_has_the_same_id() -> None:
    """A repetition can be dropped; another state, seller, window or reference is another event."""

    def name(one: DriftEvent) -> bytes:
        return dict(one.headers())["ce_id"]

    assert name(event()) == name(event())
    others = (
        event(state=DriftState.CLEARED),
        event(seller="a"),
        event(window=window(NOON + timedelta(minutes=1))),
        event(reference="1" * 12),
        event(shard=1),
    )
    assert len({name(event()), *map(name, others)}) == 6


@pytest.mark.parametrize("written", [event(), event(seller="s"), scores()])
def test_what_is_written_fits_its_schema_and_reads_back(written: DriftEvent | DriftScores) -> None:
    """Value and headers are what the documents in deploy/schemas say."""
    files = schema.files()
    value = written.to_bytes()
    jsonschema.Draft202012Validator(json.loads(files[f"{type(written).__name__}.json"])).validate(
        json.loads(value)
    )
    assert type(written).from_bytes(value) == written
    wanted = json.loads(files["asyncapi.json"])["components"]["schemas"]["CloudEventHeaders"]
    jsonschema.Draft202012Validator(wanted).validate({k: v.decode() for k, v in written.headers()})


def test_a_window_does_not_run_backwards() -> None:
    """It ends after it began."""
    with pytest.raises(ValidationError, match="ended: before it began"):
        Window(began=NOON, ended=NOON - timedelta(seconds=1), listings=0)
