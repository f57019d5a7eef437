"""Splits that share nothing, and what still leaks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from model.data.labelled import LabelledListing
from model.data.perturb import perturbed
from model.data.splits import Leak, by_seller, by_store, leaks, split
from model.listing import Listing

HALVES = {"train": 0.5, "test": 0.5}


def row(
    name: str, *, product: str, group: str = "", store: str = "s", seller: str = "a", title: str = "x"
) -> LabelledListing:
    listing = Listing(listing_id=name, seller_id=seller, revision=0, title=title)
    return LabelledListing(listing, product, group or product, store)


def catalogue(count: int) -> tuple[list[LabelledListing], list[tuple[str, ...]]]:
    """Two listings of each product, two products of each group; each product has its own picture."""
    rows = [
        row(
            str(number),
            product=f"p{number // 2}",
            group=f"g{number // 4}",
            seller="ab"[number % 2],
            title=f"t{number}",
        )
        for number in range(count)
    ]
    return rows, [(f"{number // 2:016x}",) for number in range(count)]


def parts_of(
    rows: Sequence[LabelledListing], parts: np.ndarray[tuple[int], np.dtype[np.int8]]
) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for each, part in zip(rows, parts, strict=True):
        found.setdefault(each.variant_group, set()).add(int(part))
    return found


def test_a_variant_group_is_never_split() -> None:
    """Every group lies in one part, and both parts get about their share."""
    rows, hashes = catalogue(2000)

    parts = split(rows, hashes, shares={"train": 3, "test": 1})

    assert all(len(found) == 1 for found in parts_of(rows, parts).values())
    assert 0.18 < parts.mean() < 0.32
    assert leaks(rows, hashes, parts) == ()


def test_groups_that_show_the_same_picture_stay_together() -> None:
    """Also over two stores, by bytes or by perceptual hash, and along a chain."""
    rows = [row(str(number), product=str(number), store=f"s{number}") for number in range(3)]
    for seed in range(20):
        parts = split(rows, [("aa",), ("aa", "bb"), ("bb",)], shares=HALVES, seed=seed)
        assert len(set(parts.tolist())) == 1

    same = [
        LabelledListing(each.listing, each.product_id, each.variant_group, each.store, (), (7,))
        for each in rows
    ]
    for seed in range(20):
        assert len(set(split(same, [()] * 3, shares=HALVES, seed=seed).tolist())) == 1


def test_a_sign_that_stands_for_many_pictures_ties_nothing() -> None:
    """A shop's "no photo" picture does not make one lump of the catalogue; it is named as a leak."""
    rows = [row(str(number), product=str(number), title=f"t{number}") for number in range(100)]
    hashes = [("no-photo",)] * 100

    parts = split(rows, hashes, shares=HALVES)

    (leak,) = leaks(rows, hashes, parts)
    assert (leak.kind, leak.what, sum(leak.counts.values()), leak.products) == (
        "picture",
        "no-photo",
        100,
        100,
    )


def test_a_part_of_the_data_lands_as_in_the_whole() -> None:
    """So that a trial on a subset and a run on everything test on the same products."""
    rows, hashes = catalogue(400)
    whole = split(rows, hashes, shares=HALVES, seed=3)

    half = split(rows[100:300], hashes[100:300], shares=HALVES, seed=3)

    assert (half == whole[100:300]).all()
    assert (split(rows, hashes, shares=HALVES, seed=4) != whole).any()


@pytest.mark.parametrize("shares", [{}, {"train": 0.0}, {"train": 1.0, "test": -0.1}])
def test_shares_that_mean_nothing_are_refused(shares: dict[str, float]) -> None:
    """None, nothing in all, or less than nothing."""
    with pytest.raises(ValueError, match="shares"):
        split([], [], shares=shares)


def test_hashes_of_other_listings_are_refused() -> None:
    """One entry a listing, or the pictures would be another's."""
    with pytest.raises(ValueError, match="1 listings"):
        split([row("1", product="p")], [], shares=HALVES)


def test_some_sellers_of_each_store_are_held_out() -> None:
    """At least one and never all; a lone seller is never; copies go with their seller."""
    rows = [
        row(f"{store}{seller}", product="p", store=store, seller=seller)
        for store in "xyz"
        for seller in "abc"
    ]
    rows = [*rows, row("lone", product="p", store="w", seller="a")]
    copies = perturbed(rows, seed=1)

    unseen = by_seller([*rows, *copies], share=0.01, seed=5)

    assert [int(unseen[place : place + 3].sum()) for place in (0, 3, 6)] == [1, 1, 1]
    assert not unseen[9]
    assert (unseen[10:] == unseen[:10]).all()
    assert by_seller(rows, share=1.0).sum() == 6


def test_about_the_asked_share_of_a_stores_listings_is_held_out() -> None:
    """A seller with most of the store is not, so that there is something left to learn from."""
    rows = [row(str(number), product="p", seller="small" if number < 3 else "large") for number in range(12)]

    assert all(by_seller(rows, share=0.3, seed=seed).sum() == 3 for seed in range(10))


def test_whole_stores_are_held_out_by_name() -> None:
    """A name that no listing has is an error, since a figure of nothing would follow."""
    rows = [row("1", product="p", store="x"), row("2", product="p", store="y")]

    assert by_store(rows, {"y"}).tolist() == [False, True]
    with pytest.raises(ValueError, match="'z'"):
        by_store(rows, {"z"})


def test_the_same_words_in_two_parts_are_a_leak() -> None:
    """Named with how many listings each part has of it, and of how many products."""
    rows = [row(str(number), product=f"p{number}", title="Blue  HAT") for number in range(3)]

    found = leaks(rows, [()] * 3, np.array([0, 0, 1]))

    assert found == (Leak("text", "blue hat", {0: 2, 1: 1}, 3),)
