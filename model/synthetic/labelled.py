"""The drawn catalogue in the form that training and evaluation read every data set in."""

from __future__ import annotations

from functools import partial

from model.data.labelled import LabelledListing, PictureFile
from model.synthetic.catalogue import Catalogue, SyntheticOffer


def labelled(catalogue: Catalogue) -> tuple[LabelledListing, ...]:
    """All offers in the order in which they come to the market; a picture is drawn whenever it is read.

    The store is "synthetic-" and the split: of two splits no sellers, brands and products are the same.
    """
    store = f"synthetic-{catalogue.split}"
    return tuple(
        LabelledListing(
            listing=offer.listing,
            product_id=offer.product_id,
            variant_group=offer.variant_group,
            store=store,
            pictures=_pictures(offer),
        )
        for offer in catalogue.offers
    )


def _pictures(offer: SyntheticOffer) -> tuple[PictureFile, ...]:
    return tuple(
        PictureFile(url.rpartition("/")[2], partial(offer.render, place))
        for place, url in enumerate(offer.listing.image_urls)
    )
