"""Known against unseen stores."""

from __future__ import annotations

import numpy as np
import pytest

from bench.real_data.stores import Calibration, Compared


def test_the_mean_over_stores_goes_by_their_true_pairs() -> None:
    """A store with three times the pairs has three times the say, in the interval as well."""
    many = Compared(30, 0.9, 0.8, np.full(4, 0.9), np.full(4, 0.8))
    few = Compared(10, 0.5, 0.6, np.full(4, 0.5), np.full(4, 0.6))
    mean = Compared.mean([many, few])
    assert mean.loss == pytest.approx(0.75 * 0.1 - 0.25 * 0.1)
    assert mean.loss_interval == pytest.approx((mean.loss, mean.loss))
    assert mean.true_pairs == 40


def test_a_draw_without_a_true_pair_of_a_store_leaves_that_store_out() -> None:
    """What a draw cannot say of a small store does not make the whole draw unknown."""
    known = Compared(10, 0.8, 0.8, np.array([0.8, np.nan]), np.array([0.6, np.nan]))
    other = Compared(10, 0.4, 0.4, np.array([0.4, 0.4]), np.array([0.4, 0.2]))
    mean = Compared.mean([known, other])
    np.testing.assert_allclose(mean.known_drawn, [0.6, 0.4])
    np.testing.assert_allclose(mean.unseen_drawn, [0.5, 0.2])


def test_calibration_errors_are_of_each_probability_apart() -> None:
    """Perfect after, and wrong by three tenths before."""
    same = np.repeat([True, False], [9, 1])
    errors = Calibration(np.full(10, 0.6), np.full(10, 0.9), same).errors()
    assert errors["before"] == pytest.approx(0.3)
    assert errors["after"] == pytest.approx(0.0)
    assert errors["after_n_over_half"] == 10
