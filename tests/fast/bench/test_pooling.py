"""Several pictures of a listing."""

from __future__ import annotations

import numpy as np

from bench.real_data.pooling import best_pairs, by_picture
from model.data.labelled import LabelledListing
from model.evaluation.search import Offered
from model.features.frozen import FrozenFeatures
from model.listing import Listing


def _features(pictures_of: list[int]) -> FrozenFeatures:
    rows = tuple(
        LabelledListing(
            Listing(listing_id=f"l{place}", seller_id="s", revision=0, title="thing"),
            f"p{place}",
            "g",
            "store",
        )
        for place in range(len(pictures_of))
    )
    count = sum(pictures_of)
    return FrozenFeatures(
        rows,
        tuple(() for _ in rows),
        np.arange(count, dtype=np.float32)[:, None],
        np.concatenate([[0], np.cumsum(pictures_of)]).astype(np.int64),
        np.arange(len(rows), dtype=np.float32)[:, None],
        np.zeros((len(rows), 3), np.float32),
    )


def test_each_picture_becomes_a_listing_with_its_owners_text() -> None:
    """A listing without pictures stays one listing without pictures."""
    alone, owners = by_picture(_features([2, 0, 1]))
    assert owners.tolist() == [0, 0, 1, 2]
    assert np.diff(alone.starts).tolist() == [1, 1, 0, 1]
    assert alone.text[:, 0].tolist() == [0, 0, 1, 2]
    assert [row.listing.listing_id for row in alone.rows] == ["l0", "l0", "l1", "l2"]


def test_a_pair_is_as_alike_as_its_most_alike_pictures() -> None:
    """The same as a loop over all pictures of the one and of the other."""
    rng = np.random.default_rng(3)
    owners = np.array([0, 0, 0, 1, 2, 2, 3])
    vectors = rng.normal(size=(len(owners), 4)).astype(np.float32)
    places = np.array([(0, 1), (0, 2), (1, 2), (2, 3)])
    found = best_pairs(Offered(places, np.zeros(len(places))), vectors, owners)
    wanted = [
        max(float(x @ y) for x in vectors[owners == a] for y in vectors[owners == b])
        for a, b in places.tolist()
    ]
    np.testing.assert_allclose(found.cosines, wanted, rtol=1e-6)
    np.testing.assert_array_equal(found.places, places)
