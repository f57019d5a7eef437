"""Shops that call their goods by brand and kind alone."""

from __future__ import annotations

from random import Random

import pytest

from model.data.labelled import LabelledListing, PictureFile
from model.data.perturb import Perturbation, perturb
from model.data.plain_titles import plainly_titled
from model.data.title_words import TitleWords
from model.listing import Listing

ALWAYS_BARE = Perturbation(no_pictures=1.0)


def hoodie(
    product: int,
    title: str | None = None,
    *,
    category: str | None = "Men/Hoodies",
    brand: str | None = "Luma",
    pictures: int = 1,
) -> LabelledListing:
    listing = Listing(
        listing_id=f"{brand}-{product}",
        seller_id="s",
        revision=1,
        title=title or f"Model {product} Kangaroo Hoodie",
        brand=brand,
        category=category,
        colour="Black",
        image_urls=[f"http://127.0.0.1:1/{place}.jpg" for place in range(pictures)],
    )
    files = tuple(PictureFile(f"{place}.jpg", b"picture".strip) for place in range(pictures))
    return LabelledListing(listing, f"p{product}", f"p{product}", "store", files)


def titles(rows: list[LabelledListing], share: float = 1.0, seed: int = 1) -> list[str | None]:
    return [row.listing.title for row in plainly_titled(rows, share=share, seed=seed)]


def test_a_shelf_is_called_by_brand_and_kind_whole_or_not_at_all() -> None:
    """Of many shelves about the share; a shelf's colours go with its words."""
    rows = [hoodie(product, brand=f"Brand{product % 40}") for product in range(120)]
    called = plainly_titled(rows, share=0.5, seed=1)
    plain = {brand: set() for brand in {row.listing.brand for row in rows}}
    for row, before in zip(called, rows, strict=True):
        changed = row.listing.title == f"{row.listing.brand} Hoodies"
        assert (row.listing.colour is None) == changed
        assert changed or row is before
        plain[row.listing.brand].add(changed)
    assert all(len(found) == 1 for found in plain.values())
    assert 10 <= sum(found == {True} for found in plain.values()) <= 30


def test_no_shelf_is_called_so_where_none_is_wanted() -> None:
    """A share of nothing leaves all rows as they are."""
    rows = [hoodie(product) for product in range(4)]
    assert plainly_titled(rows, share=0.0, seed=1) == tuple(rows)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([hoodie(1, category=None), hoodie(2, category=None)], "Luma Hoodie"),
        ([hoodie(1, category="Luma Caps"), hoodie(2, category="Luma Caps")], "Luma Caps"),
    ],
    ids=["the title's kind", "a category with the brand in it"],
)
def test_what_a_shelf_is_called_by(rows: list[LabelledListing], expected: str) -> None:
    """The category's last part, else a known kind of the title; the brand once."""
    assert titles(rows) == [expected, expected]


@pytest.mark.parametrize(
    "rows",
    [
        [hoodie(1)],
        [hoodie(1, pictures=0), hoodie(2, pictures=0)],
        [hoodie(1, brand=None), hoodie(2, brand=None)],
        [hoodie(1, "Marco", category=None), hoodie(2, "Chaz", category=None)],
    ],
    ids=["one product alone", "no pictures", "no brand", "no kind"],
)
def test_who_would_not_be_known_or_called_keeps_the_title(rows: list[LabelledListing]) -> None:
    """A shelf of one product would be named by its kind; without pictures nothing else tells the product."""
    assert titles(rows) == [row.listing.title for row in rows]


def test_a_plainly_titled_listing_keeps_its_pictures_as_another_seller_sells_it() -> None:
    """Its name is that of its whole shelf, whatever the catalogue knew of its own title."""
    rows = [hoodie(product) for product in range(3)]
    called = plainly_titled(rows, share=1.0, seed=1)
    words = TitleWords.of(rows).naming(called)
    for before, row in zip(rows, called, strict=True):
        assert perturb(row, Random(1), profile=ALWAYS_BARE, words=words).pictures
        assert not perturb(before, Random(1), profile=ALWAYS_BARE, words=words).pictures
