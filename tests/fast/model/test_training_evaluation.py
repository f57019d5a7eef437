"""The figures of a training run, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.training.evaluation import average_precision, nearest_pairs, retrieval


def unit(*angles: float) -> np.ndarray:
    """Vectors in a plane at these angles, in degrees."""
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_average_precision_is_the_sum_over_thresholds_ties_included(items: list[tuple[int, bool]]) -> None:
    """Each distinct score is a threshold; its precision counts by the recall that it gains."""
    expected, before = 0.0, 0.0
    for threshold in range(5, -1, -1):
        taken = [label for score, label in items if score >= threshold]
        recall = sum(taken) / max(1, sum(label for _, label in items))
        expected += (recall - before) * sum(taken) / max(1, len(taken))
        before = recall
    scores = np.array([score for score, _ in items], dtype=np.float64)
    labels = np.array([label for _, label in items])
    assert average_precision(scores, labels) == pytest.approx(expected)


def test_nearest_pairs_names_each_pair_once_and_no_listing_with_itself() -> None:
    """Two that find one another are one pair, the smaller row first."""
    assert nearest_pairs(unit(0, 10, 90, 95), 1).tolist() == [[0, 1], [2, 3]]


def test_nearest_pairs_offers_every_pair_when_k_reaches_all() -> None:
    """With as many neighbours as there are others, nothing is left out."""
    assert nearest_pairs(unit(0, 10, 90), 50).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_twins_side_by_side_give_perfect_figures() -> None:
    """When the nearest neighbour is always the twin, every figure is 1."""
    found = retrieval(unit(0, 1, 90, 91), np.array([0, 0, 1, 1]))
    assert (found.aucpr, found.recall_at_1, found.offered_at_20, found.best_f1) == (1.0, 1.0, 1.0, 1.0)


def test_a_variant_nearer_than_the_twin_costs_recall_at_one() -> None:
    """Two of four listings see a stranger first; a listing without a twin is not asked."""
    found = retrieval(unit(0, 10, 12, 40, 200), np.array([0, 1, 0, 1, 2]))
    assert found.recall_at_1 == 0.0
    assert found.aucpr < 0.7
