"""Health: what the parts say, and what silence means."""

from __future__ import annotations

import pytest

from consumer.ops.health import Health
from tests.fast.clocks import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def health(clock: HandClock) -> Health:
    return Health(clock, stall_s=30)


def test_a_process_without_parts_is_alive_and_not_ready(health: Health) -> None:
    """Nothing has begun: not a reason to kill it, nor one to rely on it."""
    assert health.live().ok
    assert not health.started().ok
    assert not health.ready().ok


def test_ready_wants_every_part_and_says_which_one_is_missing(health: Health, clock: HandClock) -> None:
    """One part that still restores keeps the process from being ready, with its reason."""
    health.component("embed").ready()
    match = health.component("match")
    match.starting("restoring pair state")
    clock.advance(4)
    report = health.ready()
    assert not report.ok
    assert report.parts["match"] == {
        "ok": False,
        "state": "starting",
        "reason": "restoring pair state",
        "for_s": 4.0,
    }
    match.ready("standing by")
    assert health.ready().ok
    assert health.ready().parts["match"]["reason"] == "standing by"


def test_started_stays_true_when_a_part_is_not_ready_later(health: Health) -> None:
    """An outage after the start is no start that failed."""
    part = health.component("embed")
    assert not health.started().ok
    part.ready()
    part.not_ready("no broker")
    assert health.started().ok
    assert not health.ready().ok


def test_a_loop_that_stops_turning_makes_the_process_not_live(health: Health, clock: HandClock) -> None:
    """Silence for the stated time is a stall; the next tick ends it."""
    part = health.component("match")
    part.ready()
    part.tick()
    clock.advance(29.9)
    assert health.live().ok
    clock.advance(0.2)
    assert not health.live().ok
    assert not health.ready().ok
    assert "stalled" in health.live().parts["match"]["reason"]
    part.tick()
    assert health.live().ok


def test_a_part_that_has_not_ticked_yet_or_has_stopped_is_no_stall(health: Health, clock: HandClock) -> None:
    """Loading an encoder may take long, and what has left need not tick."""
    part = health.component("embed")
    clock.advance(1000)
    assert health.live().ok
    part.tick()
    part.stopped("done")
    clock.advance(1000)
    assert health.live().ok
    assert not health.ready().ok
