"""The drawn catalogue as labelled listings."""

from __future__ import annotations

from model.synthetic import make_catalogue
from model.synthetic.labelled import labelled


def test_every_offer_becomes_a_labelled_listing_of_its_splits_store() -> None:
    """Order, truth and group are the catalogue's; two splits are two stores."""
    for split in ("train", "demo"):
        catalogue = make_catalogue(seed=2, products=20, split=split)
        rows = labelled(catalogue)
        assert [row.listing for row in rows] == [offer.listing for offer in catalogue.offers]
        assert [row.product_id for row in rows] == [offer.product_id for offer in catalogue.offers]
        assert [row.variant_group for row in rows] == [offer.variant_group for offer in catalogue.offers]
        assert {row.store for row in rows} == {f"synthetic-{split}"}


def test_a_labelled_picture_is_drawn_when_it_is_read() -> None:
    """Each place gives that place's picture, and no two pictures share a name."""
    catalogue = make_catalogue(seed=2, products=20)
    rows = labelled(catalogue)
    row, offer = next(
        (row, offer) for row, offer in zip(rows, catalogue.offers, strict=True) if len(offer.shots) > 1
    )
    assert tuple(picture.read() for picture in row.pictures) == offer.pictures
    names = [picture.name for row in rows for picture in row.pictures]
    assert len(set(names)) == len(names) > 20
