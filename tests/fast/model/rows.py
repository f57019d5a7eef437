"""Embedded listings made by hand and by hypothesis."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.embedded import EmbeddedListing, Embedding, Pictures

DIMENSION = 8


def vector(seed: int, dimension: int = DIMENSION) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).normal(size=dimension)
    return (made / np.linalg.norm(made)).astype(np.float32)


def row(
    listing_id: str = "l1", *, like: int = 1, image: bool = True, text: bool = True, **fields: Any
) -> EmbeddedListing:
    """A listing whose vectors are those of the seed `like`."""
    embedding = Embedding(
        vector=vector(like),
        image=vector(like + 1000) if image else None,
        text=vector(like + 2000) if text else None,
        numbers=vector(like + 3000) * 0.1,
    )
    given = {"seller_id": f"seller of {listing_id}", "revision": 1, "title": "Shirt"} | fields
    return EmbeddedListing(listing_id=listing_id, embedding=embedding, **given)


_TITLES = st.lists(
    st.sampled_from(
        [
            "Shirt",
            "schwarz",
            "black",
            "rot",
            "2er Pack",
            "3x",
            "500 ml",
            "0,5 l",
            "2024",
            "2025",
            "WH-1000XM4",
            "Acme",
            "90",
        ]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


@st.composite
def rows(draw: st.DrawFn) -> EmbeddedListing:
    """Listings that often have something in common, and often lack something."""
    priced = draw(st.booleans())
    return row(
        draw(st.sampled_from("abcdefgh")) + draw(st.text("01", max_size=2)),
        like=draw(st.integers(1, 4)),
        image=draw(st.booleans()),
        text=draw(st.booleans()),
        seller_id=draw(st.sampled_from(["s1", "s2"])),
        title=draw(_TITLES | st.text(min_size=1, max_size=8, alphabet="abcÄß é1½")),
        brand=draw(st.sampled_from([None, "Acme", "ACME GmbH", "Zeta", "Akme"])),
        colour=draw(st.sampled_from([None, "Black", "noir", "red/white", "Night Fjord"])),
        category=draw(st.sampled_from([None, "Shirts", "Men > Shirts", "Shoes"])),
        sizes=draw(st.sampled_from([(), ("S",), ("S", "M"), ("L",)])),
        price=Decimal(draw(st.integers(0, 100_000))) / 100 if priced else None,
        currency=draw(st.sampled_from(["EUR", "USD", "XTS"])) if priced else None,
        gtin=draw(st.sampled_from([None, "4006381333931", "96385074", "2000000000008"])),
        pictures=Pictures(hashes=draw(st.sampled_from([(), ("0" * 16,), ("1" * 16,)]))),
    )
