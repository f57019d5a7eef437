"""Figures of scored pairs, against slow definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.metrics import (
    average_precision,
    best_f1,
    equal_mass_bins,
    expected_calibration_error,
    recall_at_precision,
    reliability,
    wilson,
)

Items = list[tuple[int, bool]]
items = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30)


def arrays(given_items: Items) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([score for score, _ in given_items], dtype=np.float64),
        np.array([label for _, label in given_items]),
    )


def points(given_items: Items, missed: int) -> list[tuple[float, float]]:
    """Recall and precision at each threshold, from the highest, by counting."""
    total = sum(label for _, label in given_items) + missed
    found = []
    for threshold in sorted({score for score, _ in given_items}, reverse=True):
        taken = [label for score, label in given_items if score >= threshold]
        found.append((sum(taken) / max(1, total), sum(taken) / len(taken)))
    return found


@given(items, st.integers(0, 4))
def test_average_precision_sums_over_thresholds_ties_and_missed_pairs_included(
    scored: Items, missed: int
) -> None:
    """Each distinct score is a threshold; its precision counts by the recall that it gains."""
    expected, before = 0.0, 0.0
    for recall, precision in points(scored, missed):
        expected += (recall - before) * precision
        before = recall
    scores, labels = arrays(scored)
    assert average_precision(scores, labels, int(labels.sum()) + missed) == pytest.approx(expected)


@given(items, st.integers(0, 4), st.sampled_from([0.5, 0.75, 0.98, 1.0]))
def test_recall_at_a_precision_is_the_best_that_any_threshold_gives(
    scored: Items, missed: int, wanted: float
) -> None:
    """A threshold below a dip may count again when precision has recovered."""
    expected = max(
        (recall for recall, precision in points(scored, missed) if precision >= wanted), default=0.0
    )
    scores, labels = arrays(scored)
    assert recall_at_precision(scores, labels, wanted, int(labels.sum()) + missed) == pytest.approx(expected)


@given(items, st.integers(0, 4))
def test_best_f1_is_the_largest_harmonic_mean(scored: Items, missed: int) -> None:
    """Of recall and precision at one threshold."""
    means = [2 * r * p / (r + p) if r + p else 0.0 for r, p in points(scored, missed)]
    scores, labels = arrays(scored)
    assert best_f1(scores, labels, int(labels.sum()) + missed) == pytest.approx(max(means))


def test_more_scored_true_pairs_than_there_are_is_refused() -> None:
    """A total that is too small would give recalls over one."""
    with pytest.raises(ValueError, match="2 true ones were scored"):
        average_precision(np.array([1.0, 2.0]), np.array([True, True]), 1)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.7, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40
    ),
    st.integers(1, 6),
)
def test_calibration_error_is_the_mean_gap_over_bins_that_equal_values_share(
    scored: list[tuple[float, bool]], bins: int
) -> None:
    """The bin of a value is that of its first copy in sorted order."""
    ranked = sorted(value for value, _ in scored)
    held: dict[int, list[float]] = {}
    for value, label in scored:
        held.setdefault(ranked.index(value) * bins // len(ranked), []).append(value - label)
    expected = sum(abs(sum(gaps)) for gaps in held.values()) / len(scored)
    values, labels = np.array([v for v, _ in scored]), np.array([y for _, y in scored])
    assert expected_calibration_error(values, labels, bins) == pytest.approx(expected, abs=1e-12)


def test_bins_are_equal_in_number_where_values_differ() -> None:
    """A hundred different values in five bins are twenty each."""
    assert np.bincount(equal_mass_bins(np.linspace(0, 1, 100), 5)).tolist() == [20] * 5


def test_a_reliability_diagram_counts_every_pair_once() -> None:
    """Bins carry their mean probability, the share of true ones and how many stand behind it."""
    probabilities, labels = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, False])
    low, high = reliability(probabilities, labels, 2)
    assert (low.pairs, low.share, low.probability) == (2, 0.0, pytest.approx(0.15))
    assert (high.pairs, high.share, high.probability) == (2, 0.5, pytest.approx(0.85))
    assert (high.low, high.high) == (0.8, 0.9)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilsons_limits_solve_its_equation(counts: tuple[int, int]) -> None:
    """At a limit p, the share lies 1.96 standard errors of p away."""
    right, of = counts
    for limit in wilson(right, of):
        if 0 < limit < 1:
            assert abs(right / of - limit) == pytest.approx(
                1.959964 * (limit * (1 - limit) / of) ** 0.5, rel=1e-5
            )


def test_nothing_observed_leaves_a_share_open() -> None:
    """Neither limit says more than that a share lies between none and all."""
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="no share"):
        wilson(2, 1)
