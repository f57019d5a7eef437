"""Weighted figures, against catalogues in which products really stand several times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.bootstrap import Calibrated, Draws, Matches, PairCurve, Shares, interval
from model.evaluation.metrics import (
    average_precision,
    best_f1,
    expected_calibration_error,
    recall_at_precision,
)

PRODUCTS = 4
pairs = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, PRODUCTS - 1), st.integers(0, PRODUCTS - 1)),
    min_size=1,
    max_size=25,
)
draws = st.lists(st.integers(0, 3), min_size=PRODUCTS, max_size=PRODUCTS)


def copied(scored: list[tuple[int, int, int]], times: list[int]) -> tuple[list[float], list[bool]]:
    """Each pair as often as its products' draws say, by writing it out."""
    scores, labels = [], []
    for score, a, b in scored:
        for _ in range(times[a] if a == b else times[a] * times[b]):
            scores.append(float(score))
            labels.append(a == b)
    return scores, labels


def laid_out(scored: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores = np.array([score for score, _, _ in scored], dtype=np.float64)
    products = np.array([(a, b) for _, a, b in scored], dtype=np.int64)
    return scores, products[:, 0] == products[:, 1], products


@given(pairs, draws, st.integers(0, 2))
def test_a_weighted_curve_is_the_curve_of_the_pairs_written_out(
    scored: list[tuple[int, int, int]], times: list[int], missed: int
) -> None:
    """Area, recalls and F1 under a draw equal those of the copied pairs, missed ones included."""
    scores, same, products = laid_out(scored)
    true = np.bincount(products[same, 0], minlength=PRODUCTS) + missed
    weights = np.array([*times, 1], np.float32)
    found = PairCurve(scores, same, products, true).figures(weights)
    total = int(true @ times)
    if total == 0:
        assert np.isnan(found.aucpr)
        return
    written, labels = (np.array(values) for values in copied(scored, times))
    labels = labels.astype(bool)
    assert found.aucpr == pytest.approx(average_precision(written, labels, total))
    assert found.recall_at_p98 == pytest.approx(recall_at_precision(written, labels, 0.98, total))
    assert found.recall_at_p99 == pytest.approx(recall_at_precision(written, labels, 0.99, total))
    assert found.best_f1 == pytest.approx(best_f1(written, labels, total))


@given(pairs, draws)
def test_weighted_matches_are_those_of_the_pairs_written_out(
    scored: list[tuple[int, int, int]], times: list[int]
) -> None:
    """Precision and recall of what was called a match."""
    _, same, products = laid_out(scored)
    true = np.bincount(products[same, 0], minlength=PRODUCTS) + 1
    found = Matches(same, products, true).figures(np.array([*times, 1], np.float32))
    _, labels = copied(scored, times)
    total = int(true @ times)
    if labels:
        assert found.precision == pytest.approx(sum(labels) / len(labels))
    else:
        assert np.isnan(found.precision)
    if total:
        assert found.recall == pytest.approx(sum(labels) / total)
        assert found.f1 == pytest.approx(2 * sum(labels) / (len(labels) + total))


def test_calibration_under_equal_weights_is_the_plain_figure() -> None:
    """A draw that took every product once changes nothing."""
    rng = np.random.default_rng(3)
    probabilities, products = rng.random(200), rng.integers(0, 20, (200, 2))
    same = products[:, 0] == products[:, 1]
    held = Calibrated(probabilities, same, products, 20, 7)
    assert held.error(np.ones(21, np.float32)) == pytest.approx(
        expected_calibration_error(probabilities, same, 7)
    )


def test_shares_weigh_each_listing_by_its_product() -> None:
    """A product drawn twice brings its listings in twice, one not drawn leaves."""
    held = Shares(np.array([1.0, 0.0, 1.0]), np.array([0, 0, 1]), 3)
    assert held.mean(np.array([2, 1, 5, 1], np.float32)) == pytest.approx(3 / 5)
    assert held.mean(np.array([0, 1, 5, 1], np.float32)) == 1.0
    assert np.isnan(held.mean(np.array([0, 0, 5, 1], np.float32)))


def test_draws_take_as_many_products_as_there_are_and_depend_on_the_seed_alone() -> None:
    """So that two scorings meet the same catalogues."""
    first, again, other = Draws.of(30, 5, 1), Draws.of(30, 5, 1), Draws.of(30, 5, 2)
    assert (first.weights[:, :-1].sum(axis=1) == 30).all()
    assert (first.weights[:, -1] == 1).all()
    assert (first.weights == again.weights).all()
    assert (first.weights != other.weights).any()
    with pytest.raises(ValueError, match="no product"):
        Draws.of(0, 5, 1)


def test_the_interval_of_a_mean_is_as_wide_as_its_standard_error_says() -> None:
    """Of a hundred coin tosses that are products of their own, about 0.2 wide."""
    hits = np.array([0.0, 1.0] * 50)
    held = Shares(hits, np.arange(100), 100)
    found = interval(Draws.of(100, 400, 7).each(held.mean))
    assert found is not None
    assert found[1] - found[0] == pytest.approx(2 * 1.96 * 0.05, rel=0.15)


def test_figures_that_never_were_have_no_interval() -> None:
    """NaN in every resample says nothing, and None says so."""
    assert interval(np.array([np.nan, np.nan])) is None
