"""Thresholds for F1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.real_data.thresholds import f1_threshold

_SCORED = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=30).filter(
    lambda pairs: any(same for _, same in pairs)
)


@given(_SCORED)
def test_no_other_threshold_has_a_better_f1(pairs: list[tuple[int, bool]]) -> None:
    """The F1 it names is the one at its threshold, and the largest there is."""
    scores = np.array([score for score, _ in pairs], np.float64)
    same = np.array([one for _, one in pairs])

    def f1(at: float) -> float:
        matched = scores >= at
        return float(2 * (matched & same).sum() / (matched.sum() + same.sum()))

    threshold, best = f1_threshold(scores, same)
    assert best == pytest.approx(f1(threshold))
    assert best == pytest.approx(max(f1(score) for score in scores))


def test_true_pairs_that_were_never_scored_count_as_missed() -> None:
    """Retrieval's losses are part of F1."""
    assert f1_threshold(np.array([2.0, 1.0]), np.array([True, False]), total=3)[1] == pytest.approx(0.5)


def test_without_a_true_pair_there_is_no_threshold() -> None:
    """Nothing to find is an error, not an F1 of 0."""
    with pytest.raises(ValueError, match="no pair is true"):
        f1_threshold(np.array([1.0]), np.array([False]))
