"""A made stream: sellers of their own ways, whose listings have small vectors and every field."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import numpy as np

from model.drift.making import make_reference
from model.drift.reference import DriftReference
from model.embedded import EmbeddedListing, Embedding, Pictures
from model.money import Rates

RATES = Rates.snapshot()
DIMENSION = 16
_WORDS = ("red", "blue", "linen", "wool", "shirt", "dress", "shoes", "bag", "slim", "long", "short", "new")


def seller_rows(seller: int, count: int, seed: int) -> list[EmbeddedListing]:
    """`count` listings of one seller; its ways depend on its number alone."""
    ways, rng = np.random.default_rng(seller), np.random.default_rng([seed, seller])
    style = ways.normal(scale=0.3, size=DIMENSION)
    no_picture, no_brand = ways.uniform(0, 0.1), ways.uniform(0.2, 0.6)
    words = [str(word) for word in ways.permutation(_WORDS)[:8]]
    rows = []
    for place in range(count):
        parts = (rng.normal(size=(3, DIMENSION)) + style).astype(np.float32)
        fused = parts.sum(axis=0)
        pictured = rng.random() > no_picture
        hashes = tuple(f"{number:016x}" for number in range(int(rng.integers(1, 4)))) if pictured else ()
        rows.append(
            EmbeddedListing(
                listing_id=f"{seller}-{seed}-{place}",
                seller_id=f"shop-{seller}",
                revision=1,
                title=" ".join(rng.choice(words, size=int(rng.integers(3, 7)))),
                brand=None if rng.random() < no_brand else "Acme",
                category=str(rng.choice(("Shirts", "Shoes", "Bags"))),
                price=Decimal(int(np.exp(rng.normal(4, 0.5)) * 100)) / 100,
                currency=str(rng.choice(("EUR", "USD"))),
                pictures=Pictures(hashes=hashes),
                embedding=Embedding(
                    vector=fused / np.linalg.norm(fused),
                    image=parts[0] if pictured else None,
                    text=parts[1],
                    numbers=parts[2],
                ),
            )
        )
    return rows


@cache
def traffic(sellers: range, of_each: int, seed: int) -> tuple[EmbeddedListing, ...]:
    """Listings of many sellers in a random order."""
    rows = [row for seller in sellers for row in seller_rows(seller, of_each, seed)]
    return tuple(rows[place] for place in np.random.default_rng(seed).permutation(len(rows)))


@cache
def reference() -> DriftReference:
    """Of thirty sellers; few windows are drawn for it, so its thresholds are rough."""
    rows = traffic(range(30), 24, seed=1)
    rng = np.random.default_rng(0)
    places = np.stack([np.arange(len(rows)), rng.permutation(len(rows))], axis=1)
    return make_reference(
        rows,
        rng.uniform(0.5, 0.9, len(rows)),
        places,
        rng.beta(0.3, 0.6, len(rows)),
        match=0.9,
        review=0.5,
        rates=RATES,
        windows=2_500,
    )
