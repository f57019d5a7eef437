"""What a monitor takes, and what it says of a window."""

from __future__ import annotations

import numpy as np
import pytest

from model.drift import DriftMonitor
from model.money import Rates
from tests.tiny_artifact import tiny_reference, tiny_rows


def test_a_window_counts_its_listings() -> None:
    """And carries the times of its beginning and end."""
    monitor = DriftMonitor(tiny_reference(), Rates.snapshot())
    monitor.rows(tiny_rows(9), np.linspace(0, 1, 9))
    window = monitor.close(60_000, 120_000)
    assert (window.began_ms, window.ended_ms, window.listings) == (60_000, 120_000, 9)


def test_what_does_not_belong_together_is_refused() -> None:
    """Similarities of other listings, flags of other pairs."""
    monitor = DriftMonitor(tiny_reference(), Rates.snapshot())
    with pytest.raises(ValueError, match="3 listings"):
        monitor.rows(tiny_rows(3), np.zeros(2))
    with pytest.raises(ValueError, match="1 sellers"):
        monitor.decisions(["a"], np.zeros(1), matched=np.zeros(2, bool), reviewed=np.zeros(1, bool))
