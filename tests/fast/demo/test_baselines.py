"""The two baselines on cases that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.demo.baselines import Features, best_title_f1, f1, zero_shot_f1
from model.listing import Listing


def _listings(*titles: str) -> list[Listing]:
    return [
        Listing(listing_id=f"l{place}", seller_id="s", revision=1, title=title)
        for place, title in enumerate(titles)
    ]


def _rows(*rows: list[float]) -> list[Features | None]:
    return [np.array(row, dtype=np.float32) for row in rows]


def test_titles_are_compared_without_case_order_and_punctuation() -> None:
    """Two true pairs of which one is claimed, and one false claim: precision 1/2, recall 1/2."""
    listings = _listings("Red Shirt", "shirt, red!", "blue shirt", "Blue Shirt", "hemd rot")
    assert best_title_f1(listings, {("l0", "l1"), ("l0", "l4")}) == pytest.approx(0.5)


def test_zero_shot_takes_the_best_threshold() -> None:
    """Where one threshold separates true pairs from all others the F1 is one."""
    pictures = _rows([1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9])
    texts = _rows([1, 0], [1, 0], [1, 0.2], [1, 0.2])
    f = zero_shot_f1(_listings("a", "b", "c", "d"), pictures, texts, {("l0", "l1"), ("l2", "l3")})
    assert f == pytest.approx(1.0)


def test_zero_shot_cannot_separate_what_looks_the_same() -> None:
    """Four equal listings of which two are the same product: six claims, one of them true."""
    same = _rows(*[[1.0, 0.0]] * 4)
    assert zero_shot_f1(_listings(*"abcd"), same, same, {("l0", "l1")}) == pytest.approx(2 / 7)


def test_a_missing_half_does_not_stop_it() -> None:
    """A listing without a picture is compared by its text."""
    pictures: list[Features | None] = [None, None, *_rows([1, 0])]
    texts = _rows([1, 0], [1, 0], [0, 1])
    assert zero_shot_f1(_listings(*"abc"), pictures, texts, {("l0", "l1")}) == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(0, 2**31))
def test_the_threshold_found_is_as_good_as_the_best_tried_one(count: int, seed: int) -> None:
    """Bins cost nothing that matters against trying every pair's cosine as threshold."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    listings = _listings(*["t"] * count)
    truth = {("l0", "l1")}
    cosines = {(f"l{a}", f"l{b}"): float(vectors[a] @ vectors[b]) for b in range(count) for a in range(b)}
    least = cosines["l0", "l1"]
    best = f1(1, sum(cosine >= least - 2e-4 for cosine in cosines.values()), 1)
    nothing: list[Features | None] = [None] * count
    assert zero_shot_f1(listings, list(vectors), nothing, truth) >= best - 1e-9


def test_features_that_do_not_fit_the_listings_are_refused() -> None:
    """One too few is an error, not a shift."""
    with pytest.raises(ValueError, match="one picture feature and one text feature"):
        zero_shot_f1(_listings("a", "b"), _rows([1, 0]), _rows([1, 0]), {("l0", "l1")})
