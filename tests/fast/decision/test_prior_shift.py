"""Probabilities and thresholds as the catalogue grows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.decision.logistic import sigmoid
from model.decision.prior_shift import (
    calibration_error,
    distractor_table,
    log_odds_shift,
    shifted,
    shifted_threshold,
)

SHARES = st.floats(0.001, 0.999)


def scored(true: int, false: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Log-odds two units to either side, and the probabilities that Bayes' rule gives at this share."""
    rng = np.random.default_rng(seed)
    labels = np.arange(true + false) < true
    # Two normals of variance 1 at +2 and -2: their log likelihood ratio is four times the place.
    place = rng.normal(size=true + false) + np.where(labels, 2.0, -2.0)
    return sigmoid(4 * place + np.log(true / false)), labels


@given(SHARES, SHARES, st.floats(0.01, 0.99))
def test_a_shift_there_and_back_changes_nothing(before: float, after: float, probability: float) -> None:
    """What one change of the share does, the opposite change undoes."""
    there = shifted(np.array([probability]), before, after)
    assert shifted(there, after, before) == pytest.approx([probability], rel=1e-4)


@given(SHARES, SHARES, st.floats(0.05, 0.95))
def test_a_moved_threshold_asks_for_the_same_probability(before: float, after: float, value: float) -> None:
    """A pair on the moved threshold is, at the new share, as likely as the threshold says."""
    moved = shifted_threshold(value, before, after)
    if 1e-6 < moved < 1 - 1e-6:
        assert shifted(np.array([moved]), before, after) == pytest.approx([value], rel=1e-3)


def test_the_shift_is_the_difference_of_log_odds() -> None:
    """From one in two to one in eleven the odds fall tenfold."""
    assert log_odds_shift(1 / 2, 1 / 11) == pytest.approx(-np.log(10))


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_share_without_log_odds_is_refused(share: float) -> None:
    """Where all pairs are true, or none, there is nothing to shift."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        log_odds_shift(0.5, share)


def test_shifted_probabilities_hold_where_stated_ones_no_longer_do() -> None:
    """With ten times the false pairs, the shifted probabilities are calibrated, and the stated are not."""
    before, _ = scored(4_000, 4_000)
    (said, labels) = scored(4_000, 40_000, seed=1)
    stale = shifted(said, 4_000 / 44_000, 0.5)  # what the model of the smaller catalogue would say
    flat = np.ones(len(labels))
    assert calibration_error(shifted(stale, 0.5, 4_000 / 44_000), labels, flat) < 0.005
    assert calibration_error(stale, labels, flat) > 0.02
    assert before.shape == (8_000,)


def test_more_distractors_cost_precision_and_a_moved_threshold_buys_it_back() -> None:
    """At the stored threshold precision falls with each factor; at the moved one it holds, at less recall."""
    said, labels = scored(5_000, 5_000)
    one, ten, hundred = distractor_table(said, labels, threshold=0.9, target=0.98)
    assert [row.factor for row in (one, ten, hundred)] == [1.0, 10.0, 100.0]
    assert ten.share == pytest.approx(1 / 11)
    falling = [row.stored.precision or 0 for row in (one, ten, hundred)]
    assert falling == sorted(falling, reverse=True)
    assert falling[2] < 0.8
    assert {row.stored.recall for row in (one, ten, hundred)} == {one.stored.recall}
    assert (one.moved.threshold or 0) < (ten.moved.threshold or 0) < (hundred.moved.threshold or 0)
    assert (ten.moved.precision or 0) > falling[1]
    assert ten.moved.recall < one.moved.recall
    assert ten.ece_shifted < ten.ece


def test_the_needed_threshold_meets_the_target_or_says_that_none_does() -> None:
    """Of the weighted pairs at it the target share is true; where no threshold does that, there is none."""
    said, labels = scored(3_000, 3_000)
    for row in distractor_table(said, labels, threshold=0.5, target=0.95):
        assert row.needed.precision is not None
        assert row.needed.precision >= 0.95
    noise = np.full(100, 0.5)
    table = distractor_table(noise, np.arange(100) < 50, threshold=0.5, factors=(100,))
    assert table[0].needed.threshold is None
    assert table[0].needed.recall == 0


def test_pairs_that_do_not_grow_count_once() -> None:
    """A product's variants stay as many as they were, however large the catalogue."""
    said, labels = np.array([0.9, 0.8, 0.7]), np.array([True, False, False])
    table = distractor_table(said, labels, threshold=0.5, grows=np.array([False, False, True]), factors=(10,))
    assert table[0].share == pytest.approx(1 / 12)


def test_the_interval_is_of_as_many_pairs_as_the_weights_are_worth() -> None:
    """One false pair that counts a hundredfold makes nobody surer."""
    said, labels = np.full(101, 0.9), np.arange(101) < 100
    once, often = (distractor_table(said, labels, threshold=0.5, factors=(f,))[0].stored for f in (1, 100))
    assert often.interval[1] - often.interval[0] > once.interval[1] - once.interval[0]


def test_pairs_of_another_threshold_match_at_none_of_these() -> None:
    """Stored, moved and needed are about all others; a probability means the same for either."""
    said, labels = np.array([0.99, 0.95, 0.9, 0.1]), np.array([False, True, True, False])
    apart = np.array([True, False, True, False])
    row = distractor_table(said, labels, threshold=0.5, target=0.9, apart=apart, factors=(1,))[0]
    assert (row.stored.precision, row.stored.recall) == (1.0, 0.5)
    assert (row.needed.threshold, row.needed.precision) == (0.95, 1.0)
    assert row.ece == distractor_table(said, labels, threshold=0.5, factors=(1,))[0].ece
