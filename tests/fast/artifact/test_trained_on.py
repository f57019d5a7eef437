"""What a training saw, as hashes."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save

from model.data.labelled import LabelledListing
from model.listing import Listing
from model.trained_on import TrainedOn


def labelled(store: str, seller: str, product: str) -> LabelledListing:
    listing = Listing(listing_id=f"{store}/{product}/{seller}", seller_id=seller, revision=1, title="Shirt")
    return LabelledListing(listing, product, product, store)


ROWS = [labelled("luma", "a", "p1"), labelled("luma", "b", "p1"), labelled("teslo", "a", "p2")]
SEEN = TrainedOn.of(ROWS, [("0" * 16, "1" * 16), (), ("0" * 16,)])


def test_it_knows_what_was_seen_and_nothing_else() -> None:
    """A seller or product of the same name in another store is another one."""
    assert SEEN.knows_seller("luma", "b")
    assert not SEEN.knows_seller("teslo", "b")
    assert SEEN.knows_product("teslo", "p2")
    assert not SEEN.knows_product("luma", "p2")
    assert SEEN.knows_picture("1" * 16)
    assert not SEEN.knows_picture("2" * 16)


def test_each_is_kept_once() -> None:
    """However many listings show it."""
    assert (len(SEEN.sellers), len(SEEN.products), len(SEEN.pictures)) == (3, 2, 2)


def test_names_that_run_together_are_kept_apart() -> None:
    """The store `a` with the seller `bc` is not the store `ab` with the seller `c`."""
    seen = TrainedOn.of([labelled("a", "bc", "p")], [()])
    assert seen.knows_seller("a", "bc")
    assert not seen.knows_seller("ab", "c")


def test_it_survives_its_file_and_names_nobody() -> None:
    """No store, seller or product can be read out of it."""
    data = SEEN.to_bytes()
    read = TrainedOn.from_bytes(data)
    assert read.to_bytes() == data
    assert read.knows_product("luma", "p1")
    assert not any(name in data for name in (b"luma", b"teslo", b"p1"))


def test_nothing_seen_is_nothing_known() -> None:
    """An empty file is a whole one."""
    nothing = TrainedOn.from_bytes(TrainedOn.of([], []).to_bytes())
    assert not nothing.knows_seller("luma", "a")


def test_pictures_of_other_listings_are_refused() -> None:
    """One sequence of hashes a listing."""
    with pytest.raises(ValueError, match="3 listings, and pictures of 1"):
        TrainedOn.of(ROWS, [()])


@pytest.mark.parametrize(
    ("name", "array", "complaint"),
    [
        ("sellers", np.array([2, 1], np.uint64), "sellers is not a list of hashes in order"),
        ("sellers", np.array([1, 1], np.uint64), "each once"),
        ("pictures", np.zeros((2, 2), np.uint64), "pictures is not a list"),
        ("products", np.array([1.0]), "products is float64"),
        ("names", np.array([1], np.uint64), "not wanted: .'names'"),
    ],
    ids=["order", "twice", "table", "type", "more"],
)
def test_a_file_of_another_kind_is_refused(name: str, array: np.ndarray, complaint: str) -> None:
    """A search in what is not sorted would miss what was seen."""
    tensors = {field: np.array([1], np.uint64) for field in ("sellers", "products", "pictures")}
    with pytest.raises(ValueError, match=complaint):
        TrainedOn.from_bytes(save(tensors | {name: array}))
