"""Published pairs, sets of hashes, and perturbed copies."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from model.data.labelled import LabelledListing
from model.evaluation.pair_sets import listing_f1, mean_f1, pair_set
from model.evaluation.perturbing import perturbed_copies
from model.evaluation.report import to_json
from tests.fast.evaluation.world import decider, population, row, view


def test_published_pairs_are_decided_as_they_stand() -> None:
    """Nothing is retrieved: precision and recall are of these very pairs."""
    places = np.array([[0, 1], [2, 3], [0, 2], [1, 9]])
    same = np.array([True, True, False, False])
    found = pair_set("some", view().listings, places, same, decider(), resamples=20, seed=1)
    assert found is not None
    outcomes = [
        one.outcome for one in decider().decide([(view().listings[a], view().listings[b]) for a, b in places])
    ]
    matched = np.array([str(one) == "match" for one in outcomes])
    assert (found.pairs, found.true_pairs) == (4, 2)
    assert found.recall_at_threshold == pytest.approx((matched & same).sum() / 2)
    assert found.best_f1 >= found.f1


def test_pairs_of_which_none_is_true_measure_nothing() -> None:
    """There is no recall of nothing."""
    assert (
        pair_set(
            "none", view().listings, np.array([[0, 2]]), np.array([False]), decider(), resamples=10, seed=1
        )
        is None
    )


def test_a_listings_f1_counts_itself() -> None:
    """Alone and left alone is right; one of two twins found of three is four fifths."""
    places, same = np.array([[0, 1], [3, 4]]), np.array([True, False])
    found = listing_f1(places, same, np.array([3, 3, 3, 1, 1, 1]))
    assert found == pytest.approx([4 / 5, 4 / 5, 1 / 2, 2 / 3, 2 / 3, 1.0])


def test_the_mean_over_listings_lies_within_its_interval_and_under_its_best() -> None:
    """Of a set whose pictures are not looked at."""
    found = mean_f1("some", population(), view().listings, decider(), resamples=50, seed=1)
    assert found.mean_f1_interval is not None
    assert found.mean_f1_interval[0] <= found.mean_f1 <= found.mean_f1_interval[1]
    assert found.offered == 1.0
    assert 0 < found.mean_f1 <= 1


def copied(one: LabelledListing, rng: Random) -> LabelledListing:
    changed = one.listing.model_copy(
        update={"listing_id": f"{one.listing.listing_id}~p", "seller_id": "x~p", "title": f"{rng.random()}"}
    )
    return replace(one, listing=changed)


def test_one_listing_of_each_product_stays_and_the_others_keep_their_sellers() -> None:
    """So that each true pair meets a copy, and known sellers stay known."""
    rows = [row(0, "ann"), row(1, "ann"), row(0, "bob"), row(0, "cy")]
    found = perturbed_copies(rows, 3, copied)
    assert found[:2] == tuple(rows[:2])
    assert [one.listing.listing_id for one in found[2:]] == ["0-bob~p", "0-cy~p"]
    assert [one.listing.seller_id for one in found[2:]] == ["bob", "cy"]


def test_a_copy_depends_on_its_own_listing_and_the_seed_alone() -> None:
    """Whatever else is in the data."""
    rows = [row(0, "ann"), row(0, "bob"), row(0, "cy")]
    assert perturbed_copies(rows, 3, copied)[2] == perturbed_copies([rows[0], rows[2]], 3, copied)[1]
    assert perturbed_copies(rows, 4, copied)[2] != perturbed_copies(rows, 3, copied)[2]


def test_a_report_has_no_number_that_json_lacks() -> None:
    """NaN becomes null, keys stand in order, and six decimals are kept."""
    assert to_json({"b": float("nan"), "a": (1 / 3, None, True)}) == (
        b'{\n  "a": [\n    0.333333,\n    null,\n    true\n  ],\n  "b": null\n}\n'
    )
