"""Which listings are measured as another seller would have written them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from random import Random

from model.data.labelled import LabelledListing

SHARED = 0.5
"""Over this share of true pairs with the same words and price, a set makes them too easy."""

Perturb = Callable[[LabelledListing, Random], LabelledListing]


class Perturbing(StrEnum):
    """When listings are perturbed; AUTO where most true pairs share title and price word for word."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def perturbed_copies(
    rows: Sequence[LabelledListing], seed: int, perturb: Perturb
) -> tuple[LabelledListing, ...]:
    """All listings, in each product all but one of them replaced by their perturbed copies.

    Each copy keeps its seller, since it stands for the listing and not for a further one, and depends on the
    seed and its own listing alone. A product's only listing stays as it is.
    """
    seen: set[tuple[str, str]] = set()
    copies = []
    for row in rows:
        product = row.store, row.product_id
        if product not in seen:
            seen.add(product)
            copies.append(row)
            continue
        copy = perturb(row, Random(f"{seed}:{row.store}:{row.listing.listing_id}"))
        seller = row.listing.seller_id
        copies.append(replace(copy, listing=copy.listing.model_copy(update={"seller_id": seller})))
    return tuple(copies)
