"""Retrieval at equal cost."""

from __future__ import annotations

import numpy as np
import pytest

from bench.real_data.retrieval import as_many
from model.evaluation.search import offered, unit_rows

_VECTORS = unit_rows(np.random.default_rng(5).normal(size=(40, 8)).astype(np.float32))


def test_as_few_neighbours_are_taken_as_give_so_many_pairs() -> None:
    """One neighbour fewer would give fewer pairs than are asked for."""
    pairs, k = as_many(_VECTORS, 150)
    assert len(pairs) == len(offered(_VECTORS, k)) >= 150
    assert len(offered(_VECTORS, k - 1)) < 150


def test_more_pairs_than_there_are_is_an_error() -> None:
    """A budget that cannot be met would compare unequal things."""
    with pytest.raises(ValueError, match="more than"):
        as_many(_VECTORS, 40 * 39 // 2 + 1)
