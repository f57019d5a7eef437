"""Calibration: which curve, within which bounds; and thresholds by weight and by budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.decision.calibration import Isotonic, Platt, fit_calibration, fit_isotonic, log_loss
from model.decision.logistic import sigmoid
from model.decision.thresholds import (
    TooFewPairs,
    check_enough,
    choose_review,
    choose_threshold,
    pairs_needed,
    steady_pairs,
)

SCORES = st.lists(st.tuples(st.integers(-30, 30), st.booleans(), st.integers(1, 5)), min_size=1, max_size=80)


@settings(max_examples=40)
@given(SCORES)
def test_an_isotonic_curve_keeps_order_and_bounds(seen: list[tuple[int, bool, int]]) -> None:
    """More log-odds never mean less probability, and no probability is surer than the data can vouch for."""
    log_odds = np.array([float(x) for x, _, _ in seen])
    labels = np.array([label for _, label, _ in seen])
    weights = np.array([float(weight) for _, _, weight in seen])
    curve = fit_isotonic(log_odds, labels, weights)
    said = curve(np.linspace(-40, 40, 200)).tolist()
    assert said == sorted(said)
    assert min(said) >= curve.low >= 1 / (weights.sum() + 2) - 1e-6
    assert max(said) <= curve.high <= 1 - 1 / (weights.sum() + 2) + 1e-6


def test_a_crooked_relation_is_calibrated_by_steps_and_a_straight_one_by_a_curve() -> None:
    """Cross-validated log loss tells the two apart, and says by how much."""
    rng = np.random.default_rng(3)
    log_odds = rng.uniform(-6, 6, 6_000)
    straight = rng.random(6_000) < sigmoid(0.7 * log_odds - 1)
    crooked = rng.random(6_000) < np.where(log_odds < 2, 0.1, np.where(log_odds < 4, 0.5, 0.55))
    flat = np.ones(6_000)
    assert isinstance(fit_calibration(log_odds, straight, flat)[0], Platt)
    chosen, losses = fit_calibration(log_odds, crooked, flat)
    assert isinstance(chosen, Isotonic)
    assert losses["log_loss_isotonic"] < losses["log_loss_platt"]
    assert abs(chosen(np.array([0.0]))[0] - 0.1) < 0.03


def test_a_calibrated_loss_is_no_worse_than_the_raw_one() -> None:
    """What was over-sure is brought back."""
    rng = np.random.default_rng(4)
    truth = rng.normal(size=4_000) * 2
    labels = rng.random(4_000) < sigmoid(truth)
    said = 3 * truth + 1
    flat = np.ones(4_000)
    curve, _ = fit_calibration(said[:2000], labels[:2000], flat[:2000], np.arange(2000) // 2)
    after = log_loss(curve(said[2000:]), labels[2000:], flat[2000:])
    assert after < log_loss(sigmoid(said[2000:]), labels[2000:], flat[2000:])


@pytest.mark.parametrize(
    ("knots", "values"),
    [((0.0,), (0.5,)), ((0.0, 0.0), (0.1, 0.2)), ((0.0, 1.0), (0.2, 0.1)), ((0.0, 1.0), (0.2, 1.5))],
)
def test_an_isotonic_curve_that_is_none_is_refused(
    knots: tuple[float, ...], values: tuple[float, ...]
) -> None:
    """Knots rise, values do not fall and are probabilities."""
    with pytest.raises(ValueError, match="calibration"):
        Isotonic(knots, values, 0.01, 0.99)


def test_a_weighted_pair_counts_as_often_in_a_threshold() -> None:
    """A false pair that stands for many moves the threshold above it."""
    said, labels = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])
    light = choose_threshold(said, labels, 0.7, 0.0)
    heavy = choose_threshold(said, labels, 0.7, 0.0, case_weights=np.array([1.0, 1.0, 9.0, 1.0]))
    assert (light.value, heavy.value) == (0.6, 0.8)
    assert heavy.precision == 1.0
    assert heavy.recall == pytest.approx(2 / 3, abs=1e-6)


def test_a_wrong_pair_in_hand_asks_for_more_right_ones() -> None:
    """Nine right ones of nine do not show nine in ten once one more may be wrong; eighteen of nineteen do."""
    flat = np.full(10, 0.9)
    assert choose_threshold(flat, np.ones(10, bool), 0.9, 0.0).reached
    assert not choose_threshold(flat[:8], np.ones(8, bool), 0.9, 0.0, wrong_in_hand=1.0).reached
    assert choose_threshold(flat, np.ones(10, bool), 0.9, 0.0, wrong_in_hand=1.0).reached


def test_pairs_that_err_together_tell_less() -> None:
    """Four wrong pairs of one family leave a wider interval than four of four families, at one precision."""
    said, labels = np.full(200, 0.9), np.arange(200) >= 4
    apart = choose_threshold(said, labels, 0.9, 0.0)
    together = choose_threshold(said, labels, 0.9, 0.0, groups=np.arange(200) // 4)
    assert together.precision == apart.precision == 0.98
    assert together.interval[0] < apart.interval[0] < 0.98 < apart.interval[1] < together.interval[1]


def test_a_wrong_pair_in_hand_lowers_the_interval() -> None:
    """What was picked for its luck is not as sure as what was looked up."""
    said, labels = np.full(200, 0.9), np.ones(200, bool)
    sure, picked = (choose_threshold(said, labels, 0.9, 0.0, wrong_in_hand=hand) for hand in (0.0, 0.5))
    assert picked.interval[0] < sure.interval[0]
    assert picked.interval[1] == sure.interval[1] == 1.0


def test_people_are_asked_within_their_budget() -> None:
    """The likeliest pairs below the match threshold, and no half of a tie."""
    said = np.array([0.95, 0.8, 0.7, 0.7, 0.5, 0.1])
    assert choose_review(said, 0.9, 0.2) == (0.2, 4)
    assert choose_review(said, 0.9, 0.2, 3) == (0.7, 3)
    assert choose_review(said, 0.9, 0.2, 2) == (0.8, 1)
    assert choose_review(said, 0.9, 0.2, 0) == (0.9, 0)
    assert choose_review(said, 0.1, 0.2) == (0.1, 0)


def test_pairs_that_never_match_are_asked_about_first() -> None:
    """Each pair has its own threshold; what is surer than the lesser is shown, whatever the budget."""
    said = np.array([0.95, 0.9, 0.8, 0.7, 0.1])
    match = np.array([0.85, 1.0, 1.0, 0.85, 0.85])
    assert choose_review(said, match, 0.2) == (0.2, 3)
    assert choose_review(said, match, 0.2, 2) == (0.8, 2)
    assert choose_review(said, match, 0.2, 1) == (0.85, 1)
    assert choose_review(said, match, 0.2, 0) == (0.85, 1)


def test_too_few_pairs_are_told_with_how_many_are_missing() -> None:
    """98 % takes fifty of each kind."""
    assert [pairs_needed(target) for target in (0.9, 0.98, 0.99)] == [10, 50, 100]
    assert [steady_pairs(target) for target in (0.9, 0.98, 0.99)] == [100, 500, 1000]
    check_enough(50, 50, 0.98)
    with pytest.raises(TooFewPairs, match=r"98\.0% .* 50 matching pairs .* 30: 20 more.*\(500 .* steady"):
        check_enough(30, 500, 0.98)
