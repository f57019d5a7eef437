"""The months that are simulated are months of the monitor's own windows."""

from __future__ import annotations

import numpy as np
import pytest

from bench.drift.false_alarms import poisson_interval
from bench.drift.ring import Stays, stays
from bench.drift.simulation import _days, _Standing
from bench.drift.traffic import Uploads, uploads
from bench.drift.turnover import mixed
from model.drift.blocks import Blocks
from model.drift.capped import CappedWindow
from model.drift.chance import CALM
from tests.fast.drift.market import RATES, reference, traffic


def blocks() -> Blocks:
    rows = traffic(range(30), 24, 1)
    reader = reference().reader
    codes = reader.codes(rows, np.full(len(rows), 0.7), RATES)
    return Blocks.cut(reader.cells, codes, [row.seller_id for row in rows], [row.category for row in rows])


def row_by_row(held: Blocks, told: Uploads, until: int) -> CappedWindow:
    """The monitor's own window after the minute `until`, each row coded as its block's number."""
    window = CappedWindow(256, 32, 1)
    for minute, seller, block in zip(told.minute, told.seller, told.block, strict=True):
        if minute <= until:
            window.add(str(seller), np.full((held.sizes[block], 1), block, np.int16))
    return window


@pytest.mark.thorough
@pytest.mark.parametrize("bursty", [False, True])
def test_running_sums_of_blocks_are_the_monitors_windows(bursty: bool) -> None:  # noqa: FBT001 (a parameter)
    """To the last count, where sellers reach their cap and where the window is full."""
    held = blocks()
    told = uploads(held, 1, np.random.default_rng(0), bursty=bursty, rate=1.0)
    ring: Stays = stays(told, held, size=256, of_one=32)
    (day,) = _days(held, ring, 1)
    for minute in (40, 400, 1_439):
        _, owners, codes = row_by_row(held, told, minute).rows()
        counts = (held.counts[codes[:, 0]] / held.sizes[codes[:, 0], None]).sum(axis=0)
        np.testing.assert_allclose(day.counts[minute], counts, atol=1e-3)
        assert day.rows[minute] == len(codes) <= 256
        assert day.squares[minute] == np.square(np.bincount(owners)).sum()


def test_an_alarm_is_counted_when_it_is_raised() -> None:
    """Once until it has been calm for an hour of windows, as the monitor says it."""
    standing, calm = _Standing(), [0.7] * (CALM - 1)
    assert standing.raised(np.array([0.5, 1.1, 0.9, 1.2, *calm, 0.9, *calm]), 1.0) == 1
    assert standing.raised(np.array([0.7, 1.3]), 1.0) == 1


@pytest.mark.parametrize(("events", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)])
def test_an_interval_is_garwoods(events: int, low: float, high: float) -> None:
    """As tables give it at 95 %."""
    assert poisson_interval(events) == pytest.approx((low, high), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(("share", "new"), [(0.0, 0), (0.25, 6), (1.0, 24)])
def test_a_share_of_the_traffic_is_of_new_products(share: float, new: int) -> None:
    """Each in the order that it came, the others staying where they were."""
    usual, others = traffic(range(1), 24, 1), traffic(range(1, 2), 24, 1)
    got = mixed(usual, others, share, np.random.default_rng(3))
    kept = [row for row in got if row in usual]
    assert [row for row in got if row not in kept] == list(others[:new])
    assert kept == [row for row, held in zip(usual, got, strict=True) if row == held]
