"""Exact search, against sorting everything."""

from __future__ import annotations

import numpy as np
import pytest

from model.evaluation import search
from model.evaluation.search import Offered, nearest, offered, ranked_neighbours, unit_rows


def unit(*angles: float) -> np.ndarray:
    """Vectors in a plane at these angles, in degrees."""
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_blocks_find_what_one_sort_of_everything_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows fit into memory at a time."""
    vectors = unit_rows(np.random.default_rng(5).normal(size=(40, 6)).astype(np.float32))
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    monkeypatch.setattr(search, "_CELLS", 90)
    places, values = nearest(vectors, 7)
    assert (places == np.argsort(-cosines, axis=1, kind="stable")[:, :7]).all()
    assert values == pytest.approx(np.take_along_axis(cosines, places, axis=1), abs=1e-6)


def test_offers_name_each_pair_once_and_no_listing_with_itself() -> None:
    """Two that find one another are one pair, the smaller row first, with their cosine."""
    found = offered(unit(0, 10, 90, 95), 1)
    assert found.places.tolist() == [[0, 1], [2, 3]]
    assert found.cosines == pytest.approx(np.cos(np.radians([10, 5])), abs=1e-6)


def test_all_pairs_are_offered_when_k_reaches_all() -> None:
    """With as many neighbours as there are others, nothing is left out."""
    assert offered(unit(0, 10, 90), 50).places.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_a_listing_without_a_vector_finds_nobody_and_is_found_by_nobody() -> None:
    """A missing modality is a row of NaN."""
    vectors = unit(0, 0, 10)
    vectors[1] = np.nan
    places, _ = nearest(unit_rows(vectors), 2)
    assert places.tolist() == [[2, -1], [-1, -1], [0, -1]]


@pytest.mark.parametrize("there", [0, 1])
def test_with_nobody_to_find_nothing_is_offered(there: int) -> None:
    """One listing alone, or none at all."""
    assert len(offered(unit(*range(there)), 5)) == 0


def test_partners_are_ranked_by_any_score_of_the_offered_pairs() -> None:
    """Both sides of a pair see it; ties go to the smaller place."""
    offers = Offered(np.array([[0, 1], [0, 2], [1, 2]]), np.zeros(3))
    best = ranked_neighbours(offers, np.array([0.1, 0.9, 0.9]), 4, 2)
    assert best.tolist() == [[2, 1], [2, 0], [0, 1], [-1, -1]]
