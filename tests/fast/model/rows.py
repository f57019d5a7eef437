"""Embedded listings made by hand and by hypothesis."""

from __future__ import annotations

import random
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.embedded import EmbeddedListing, Embedding, Pictures

DIMENSION = 8


@cache
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


_WORDS = (
    *(
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
    ),
    *("90", "Ä", "½", "ß"),
)


def _any_row(seed: int) -> EmbeddedListing:
    draw = random.Random(seed)
    priced = draw.random() < 0.7
    return row(
        draw.choice("abcdefgh") + draw.choice(["", "0", "1"]),
        like=draw.randint(1, 4),
        image=draw.random() < 0.7,
        text=draw.random() < 0.7,
        seller_id=draw.choice(["s1", "s2"]),
        title=" ".join(draw.choices(_WORDS, k=draw.randint(1, 6))),
        brand=draw.choice([None, "Acme", "ACME GmbH", "Zeta", "Akme"]),
        colour=draw.choice([None, "Black", "noir", "red/white", "Night Fjord"]),
        category=draw.choice([None, "Shirts", "Men > Shirts", "Shoes"]),
        sizes=draw.choice([(), ("S",), ("S", "M"), ("L",)]),
        price=Decimal(draw.randint(0, 100_000)) / 100 if priced else None,
        currency=draw.choice(["EUR", "USD", "XTS"]) if priced else None,
        gtin=draw.choice([None, "4006381333931", "96385074", "2000000000008"]),
        pictures=Pictures(hashes=draw.choice([(), ("0" * 16,), ("1" * 16,)])),
    )


def rows() -> st.SearchStrategy[EmbeddedListing]:
    """Listings that often have something in common, and often lack something."""
    return st.integers(0, 2**32).map(_any_row)
