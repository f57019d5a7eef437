"""What is scored, and what is left out because training saw it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.evaluation.population import Leaks, Population, Scope
from model.trained_on import TrainedOn
from tests.fast.evaluation.world import features_of, row


def population(known: TrainedOn | None = None) -> Population:
    rows = [row(p, s) for p in range(3) for s in ("ann", "bob", "cy")]
    return Population.of(features_of(rows), known)


def test_true_pairs_are_all_pairs_of_one_product_each_once() -> None:
    """Three listings make three pairs."""
    pairs = population().true_pairs.tolist()
    assert sorted(pairs) == [[0, 1], [0, 2], [1, 2], [3, 4], [3, 5], [4, 5], [6, 7], [6, 8], [7, 8]]


def test_a_pair_of_two_ambiguous_listings_is_not_scored() -> None:
    """Nobody knows of it; one ambiguous listing beside a clear one is scored."""
    rows = [row(0, s, ambiguous=s != "ann") for s in ("ann", "bob", "cy")]
    found = Population.of(features_of(rows), None)
    assert found.true_pairs.tolist() == [[0, 1], [0, 2]]
    assert found.true_by_product(Scope.ALL).tolist() == [2]


def test_listings_of_known_products_and_pictures_are_left_out_and_counted() -> None:
    """So that no figure is of what training has seen."""
    whole = population()
    rows, hashes = whole.features.rows, whole.features.hashes
    known = TrainedOn.of([rows[0], row(9, "dee")], [[], hashes[4]])
    left = population(known)
    assert left.leaks == Leaks(known_products=3, known_pictures=1)
    assert [one.listing.listing_id for one in left.features.rows] == [
        "1-ann",
        "1-cy",
        "2-ann",
        "2-bob",
        "2-cy",
    ]


def test_a_pair_is_of_known_sellers_only_if_both_are() -> None:
    """The two scopes share no pair and miss none."""
    known = TrainedOn.of([row(9, "ann"), row(9, "bob")], [[], []])
    found = population(known)
    inside = [found.within(scope, found.true_pairs) for scope in (Scope.KNOWN, Scope.UNSEEN)]
    assert (inside[0] ^ inside[1]).all()
    assert found.true_pairs[inside[0]].tolist() == [[0, 1], [3, 4], [6, 7]]
    assert found.queries(Scope.KNOWN).tolist() == [0, 1, 3, 4, 6, 7]
    assert found.true_by_product(Scope.UNSEEN).tolist() == [2, 2, 2]


def test_sellers_of_another_store_are_strangers() -> None:
    """The same name in another shop is another seller."""
    known = TrainedOn.of([replace(row(9, "ann"), store="other")], [[]])
    assert not population(known).seller_known.any()


def test_variants_are_pairs_of_one_group() -> None:
    """Products 0 and 1 are of one group, 2 of another."""
    places = np.array([[0, 3], [0, 6], [0, 1]])
    assert population().variants(places).tolist() == [True, False, True]
