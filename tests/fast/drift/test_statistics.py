"""Distances, tails and changes, against what is known of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.drift.adaptive import Adwin
from model.drift.cells import Cells, Group
from model.drift.chance import Chance
from model.drift.directions import WIDEST, Directions
from model.drift.halving import words_owe_to_sellers
from model.drift.tails import fit_pareto, tail_quantile


def flat(*sizes: int) -> Cells:
    return Cells([Group(f"f{place}", "index", size) for place, size in enumerate(sizes)])


def test_an_index_is_the_textbooks_with_smoothed_shares() -> None:
    """Ten rows of what is expected are added to those that came."""
    cells = flat(2)
    index = cells.distances(np.array([30.0, 60.0]), np.array([0.5, 0.5]))
    shares = np.array([0.35, 0.65])
    assert index == pytest.approx([(shares - 0.5) @ np.log(shares / 0.5)])


@settings(max_examples=50)
@given(st.lists(st.integers(0, 10_000), min_size=4, max_size=4))
def test_an_empty_cell_never_blows_an_index_up(counts: list[int]) -> None:
    """Whatever is counted, it is finite, and nothing where shares are as expected."""
    cells, expected = flat(4), np.array([0.0004, 0.1, 0.2, 0.6996])
    index = cells.distances(np.array(counts, float), expected)
    assert 0 <= index[0] < 20
    assert cells.distances(expected * 500, expected)[0] == pytest.approx(0, abs=1e-12)


def test_a_sliced_distance_is_wassersteins_between_centres() -> None:
    """Half of the mass moved by two: one, squared."""
    cells = Cells([Group("f", "sliced", 3, np.array([0.0, 1.0, 2.0]))])
    assert cells.distances(np.array([5.0, 0.0, 5.0]), np.array([1.0, 0.0, 0.0])) == pytest.approx([1.0])


def test_a_mean_that_moved_is_squared_and_averaged_over_directions() -> None:
    """Along the first by one, along the second not at all."""
    cells = Cells([Group("f", "mean", 2, np.array([0.0, 2.0])), Group("f", "mean", 2, np.array([0.0, 2.0]))])
    counts, expected = np.array([5.0, 5.0, 10.0, 0.0]), np.array([1.0, 0.0, 1.0, 0.0])
    assert cells.distances(counts, expected) == pytest.approx([0.5])


def test_a_feature_that_is_alike_in_all_rows_lies_nowhere() -> None:
    """Neither chance nor a seller moves it, and no warning is given of nothing over nothing."""
    cells = Cells([Group("f", "mean", 2, np.zeros(2))])
    counts = np.array([[20.0, 0.0], [0.0, 20.0]])
    nothing = Chance(cells.smoothed(counts[0]), 9.0, np.zeros((1, 2)), np.zeros(1), np.array([np.inf]))
    distances = cells.distances(counts, nothing.expected)
    assert nothing.values_alone(cells, distances, cells.known(counts)).tolist() == [[0.0], [0.0]]


def test_counts_are_those_of_each_owner() -> None:
    """A row that says nothing of a group is counted in none of its cells."""
    cells = flat(2, 3)
    counts = cells.counts(np.array([0, 1, 1]), np.array([[0, 2], [1, -1], [1, 0]], np.int16), 2)
    assert counts.tolist() == [[1, 0, 0, 0, 1], [0, 2, 1, 0, 0]]
    assert cells.known(counts).tolist() == [[1, 1], [2, 1]]


def test_a_features_groups_stand_together() -> None:
    """Else its cells would not be one range."""
    with pytest.raises(ValueError, match="neighbours"):
        Cells([Group("a", "index", 2), Group("b", "index", 2), Group("a", "index", 2)])


def test_a_quantile_far_out_is_near_the_true_one() -> None:
    """Of an exponential distribution, a thousand times beyond the sample's own reach."""
    values = np.random.default_rng(0).exponential(size=20_000)
    assert tail_quantile(values, 1e-6) == pytest.approx(-math.log(1e-6), rel=0.25)
    assert tail_quantile(values, 0.1) == pytest.approx(-math.log(0.1), rel=0.05)


def test_a_pareto_tail_is_found_again() -> None:
    """Its shape and its scale, from draws by the inverse of its distribution."""
    uniform = np.random.default_rng(1).random(50_000)
    shape, scale = fit_pareto(np.sort(2.0 / 0.2 * (uniform**-0.2 - 1)))
    assert (shape, scale) == pytest.approx((0.2, 2.0), rel=0.1)


def test_what_hardly_varies_has_no_tail() -> None:
    """Its greatest value is the quantile."""
    assert tail_quantile(np.repeat([1.0, 2.0], [2_000, 1_000]), 1e-6) == 2.0


def test_a_tail_of_a_few_is_refused() -> None:
    """Nothing can be fitted on them."""
    with pytest.raises(ValueError, match="2500 are wanted"):
        tail_quantile(np.arange(100.0), 1e-6)


def test_adwin_sees_a_change_and_forgets_what_lies_before_it() -> None:
    """Within a few dozen values, and not before it comes."""
    rng = np.random.default_rng(2)
    adwin = Adwin(1e-6)
    assert max(adwin.update(float(value)) for value in rng.uniform(0.2, 0.3, 2_000)) < 1
    assert max(adwin.update(float(value)) for value in rng.uniform(0.5, 0.6, 60)) > 1
    assert adwin.length < 200
    assert len(adwin._buckets) < 60


def test_directions_are_the_widest_and_hold_what_lies_inside() -> None:
    """A vector of their span has no share outside, one across it has nothing else."""
    rng = np.random.default_rng(3)
    spread = np.zeros((200, 20), np.float32)
    spread[:, :WIDEST] = rng.normal(size=(200, WIDEST)) * np.arange(WIDEST, 0, -1)
    directions = Directions.of(spread)
    np.testing.assert_allclose(
        directions.along[:WIDEST] @ directions.along[:WIDEST].T, np.eye(WIDEST), atol=1e-5
    )
    inside, across = spread[:1], directions.mean[None] + np.eye(20, dtype=np.float32)[-1:]
    assert directions.places(inside)[1] == pytest.approx([0], abs=1e-5)
    assert directions.places(across)[1] == pytest.approx([1])


def test_words_owe_more_to_a_markets_sellers_where_these_share_languages() -> None:
    """Where all draw on the same words, dealing them in two changes nothing; by tongues, it does."""
    rng = np.random.default_rng(4)

    def owed(tongues: int) -> float:
        titles, sellers = [], []
        for seller in range(24):
            for _ in range(24):
                words = rng.integers(60, size=4) + 100 * (seller % tongues)
                titles.append(
                    " ".join("x" * 2 + chr(97 + word // 26) + chr(97 + word % 26) for word in words)
                )
                sellers.append(f"s{seller:02}")
        return words_owe_to_sellers(titles, sellers, of_one=16, bins=10, rng=rng)

    assert owed(1) < 1.5
    assert owed(6) > 2
