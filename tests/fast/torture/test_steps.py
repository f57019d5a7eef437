"""Orders to die or freeze at a step, without dying."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.torture import steps
from tests.torture.steps import Blow, Obedience, Orders, Struck


@pytest.fixture
def blows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that were sent; none reaches anybody."""
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: sent.append(number))
    monkeypatch.setattr(steps, "_BLOW_S", 0)
    return sent


def test_only_the_first_at_its_step_is_struck(tmp_path: Path, blows: list[int]) -> None:
    """Others pass, and so does whoever comes later; who was struck is known afterwards."""
    orders = Orders(tmp_path)
    one, other = Obedience(tmp_path), Obedience(tmp_path)
    orders.give("match 6 decided", Blow.FREEZE)
    one.at("match 5 rows read")
    assert blows == []
    other.at("match 6 decided")
    one.at("match 6 decided")
    assert blows == [signal.SIGSTOP]
    assert orders.struck() == [Struck(os.getpid(), "match 6 decided", Blow.FREEZE)]


def test_a_withdrawn_order_strikes_nobody(tmp_path: Path, blows: list[int]) -> None:
    """Also where it was never given."""
    orders = Orders(tmp_path)
    orders.give("embed 1 polled", Blow.KILL)
    orders.withdraw()
    orders.withdraw()
    Obedience(tmp_path).at("embed 1 polled")
    assert blows == []


def test_the_clock_is_wrong_only_when_told(tmp_path: Path) -> None:
    """And right again when told so."""
    orders, process = Orders(tmp_path), Obedience(tmp_path)
    assert process.clock_ahead_ms() == 0
    orders.set_clock(-5)
    assert process.clock_ahead_ms() == -5
