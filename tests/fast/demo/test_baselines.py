"""The baselines on cases that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.demo import baselines
from consumer.demo.baselines import Features, best_cosine_f1, best_title_f1, f1, side_by_side
from model.listing import Listing

_NAN = float("nan")


def _listings(*titles: str) -> list[Listing]:
    return [
        Listing(listing_id=f"l{place}", seller_id="s", revision=1, title=title)
        for place, title in enumerate(titles)
    ]


def _rows(*rows: list[float]) -> Features:
    return np.array(rows, dtype=np.float32)


def test_titles_are_compared_without_case_order_and_punctuation() -> None:
    """Two true pairs of which one is claimed, and one false claim: precision 1/2, recall 1/2."""
    listings = _listings("Red Shirt", "shirt, red!", "blue shirt", "Blue Shirt", "hemd rot")
    assert best_title_f1(listings, {("l0", "l1"), ("l0", "l4")}) == pytest.approx(0.5)


def test_a_cosine_takes_the_best_threshold() -> None:
    """Where one threshold separates true pairs from all others the F1 is one."""
    vectors = _rows([1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9])
    assert best_cosine_f1(_listings(*"abcd"), vectors, {("l0", "l1"), ("l2", "l3")}) == pytest.approx(1.0)


def test_a_cosine_cannot_separate_what_looks_the_same() -> None:
    """Four equal listings of which two are the same product: six claims, one of them true."""
    vectors = _rows(*[[1.0, 0.0]] * 4)
    assert best_cosine_f1(_listings(*"abcd"), vectors, {("l0", "l1")}) == pytest.approx(2 / 7)


def test_a_listing_that_lacks_what_is_compared_matches_nothing() -> None:
    """Its true pair is missed, at whatever threshold, and it makes no wrong one."""
    vectors = _rows([1, 0], [-1, 0], [_NAN, _NAN])
    assert best_cosine_f1(_listings(*"abc"), vectors, {("l0", "l1"), ("l0", "l2")}) == pytest.approx(2 / 3)


def test_where_no_listing_has_what_is_compared_nothing_matches() -> None:
    """A stream without pictures gives pictures an F1 of 0, not an error."""
    assert best_cosine_f1(_listings("a", "b"), _rows([_NAN], [_NAN]), {("l0", "l1")}) == 0


def test_a_missing_half_does_not_stop_the_other() -> None:
    """A listing without a picture is compared by its text, both halves being equal in weight."""
    pictures, texts = _rows([_NAN, _NAN], [_NAN, _NAN], [5, 0]), _rows([1, 0], [1, 0], [0, 2])
    vectors = side_by_side([pictures, texts])
    assert vectors[2].tolist() == [1, 0, 0, 1]
    assert best_cosine_f1(_listings(*"abc"), vectors, {("l0", "l1")}) == pytest.approx(1.0)


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
    assert best_cosine_f1(listings, vectors, truth) >= best - 1e-9


def test_pairs_are_counted_once_however_small_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks bound the memory; they change no figure."""
    vectors = np.random.default_rng(3).normal(size=(40, 6)).astype(np.float32)
    listings, truth = _listings(*["t"] * 40), {("l0", "l1"), ("l2", "l39")}
    whole = best_cosine_f1(listings, vectors, truth)
    monkeypatch.setattr(baselines, "_CELLS", 100)
    assert best_cosine_f1(listings, vectors, truth) == whole


def test_vectors_that_do_not_fit_the_listings_are_refused() -> None:
    """One too few is an error, not a shift."""
    with pytest.raises(ValueError, match="one vector is wanted for each listing: 2 and 1"):
        best_cosine_f1(_listings("a", "b"), _rows([1, 0]), {("l0", "l1")})
