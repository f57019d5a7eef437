"""Histograms whose bins were cut on a reference."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.histogram import BINS, Histogram

NUMBERS = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(math.nan)), max_size=60)


@given(NUMBERS)
def test_every_value_is_counted_once(values: list[float]) -> None:
    """In a bin between its edges, or as missing; none outside of the reference's range."""
    histogram = Histogram.of(values)
    assert histogram.total == len(values)
    assert histogram.missing == sum(map(math.isnan, values))
    known = np.array([value for value in values if not math.isnan(value)])
    edges = [-math.inf, *histogram.edges, math.inf]
    slow = [int(((known > low) & (known <= high)).sum()) for low, high in pairwise(edges)]
    assert histogram.counts.tolist() == slow
    if len(known):
        assert histogram.counts[0] == histogram.counts[-1] == 0


def test_distinct_values_fall_into_bins_of_equal_mass() -> None:
    """Twenty of them, and one beyond each end for what was never seen."""
    values = np.random.default_rng(0).normal(size=2000)
    histogram = Histogram.of(values)
    assert len(histogram.counts) == BINS + 2
    assert histogram.counts[1:-1].tolist() == [100] * BINS


def test_what_lies_out_of_the_references_range_is_told_apart() -> None:
    """Even where the reference held one value only."""
    reference = Histogram.of([3.0] * 50)
    assert reference.count([2.0, 3.0, 3.0, 4.0, math.nan]).counts.tolist() == [1, 2, 1]
    assert reference.count([math.nan]).missing == 1


def test_a_flag_has_a_bin_for_each_of_its_values() -> None:
    """So that its share can be read off."""
    assert Histogram.of([0.0, 1.0, 1.0, 0.0, 1.0]).counts.tolist() == [0, 2, 3, 0]


def test_an_infinite_value_is_refused() -> None:
    """It is the caller's defect, and would bend every edge."""
    with pytest.raises(ValueError, match="infinite"):
        Histogram.of([1.0, math.inf])


@pytest.mark.parametrize(
    ("edges", "counts", "missing"),
    [
        ([1.0, 1.0], [0, 1, 0], 0),
        ([math.nan], [0, 1], 0),
        ([1.0], [1], 0),
        ([1.0], [-1, 2], 0),
        ([], [1], -1),
    ],
    ids=["edge twice", "nan edge", "too few counts", "below nothing", "missing below nothing"],
)
def test_what_is_no_histogram_cannot_be_built(edges: list[float], counts: list[int], missing: int) -> None:
    """States that cannot happen are refused where they arise."""
    with pytest.raises(ValueError, match="histogram"):
        Histogram(np.array(edges, np.float64), np.array(counts, np.int64), missing)
