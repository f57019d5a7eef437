"""A shop whose listings are easily told apart, and encoders that know it by heart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from model.data.labelled import LabelledListing, PictureFile
from model.embedder import numbers_of, text_of
from model.encoders.palette import PALETTE
from model.encoders.perceptual_hash import HASH_BITS
from model.features.frozen import FrozenFeatures, unit_rows
from model.listing import Listing
from model.money import Rates

WIDTH = 16
_RATES = Rates.snapshot()


class Encoding:
    """Encodes listings by what they truly are, and remembers in which stage it was asked for which."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[LabelledListing, ...]] = {}

    def __call__(self, stage: str, rows: Sequence[LabelledListing]) -> FrozenFeatures:
        self.asked[stage] = tuple(rows)
        return features_of(rows)


def features_of(rows: Sequence[LabelledListing]) -> FrozenFeatures:
    """Pictures and texts of a product are alike, those of its variants a little."""
    shown = [(row, picture) for row in rows for picture in row.pictures]
    looks = [_look(row, hashlib.sha256(picture.read()).hexdigest()) for row, picture in shown]
    texts = [
        np.full(WIDTH, np.nan) if text_of(row.listing) is None else _look(row, str(text_of(row.listing)))
        for row in rows
    ]
    seen = np.zeros((len(shown), PALETTE + HASH_BITS), np.float32)
    seen[:, 0] = 1
    return FrozenFeatures(
        rows=tuple(rows),
        hashes=tuple(
            tuple(hashlib.sha256(picture.read()).hexdigest()[:16] for picture in row.pictures) for row in rows
        ),
        pictures=np.concatenate(
            [np.array(looks, np.float32).reshape(len(shown), WIDTH), seen], axis=1, dtype=np.float32
        ),
        starts=np.cumsum([0, *(len(row.pictures) for row in rows)], dtype=np.int64),
        text=unit_rows(np.array(texts, np.float32).reshape(len(rows), WIDTH)),
        numbers=np.array([numbers_of(row.listing, _RATES) for row in rows], np.float32).reshape(len(rows), 3),
    )


def shop(
    products: int, *, offers: int = 2, store: str = "shop", pictures: bool = True
) -> list[LabelledListing]:
    """Two products to a group of variants; every fourth product has one offer only."""
    return [
        offer(product, number, store=store, pictures=pictures)
        for product in range(products)
        for number in range(1 if product % 4 == 3 else offers)
    ]


def offer(product: int, number: int, *, store: str = "shop", pictures: bool = True) -> LabelledListing:
    """One seller's listing of a product."""
    listing = Listing(
        listing_id=f"{store}-{product}-{number}",
        seller_id=f"{store}-seller-{number}",
        revision=1,
        title=f"Acme lamp model {product} in a warm white",
        brand="Acme",
        price=f"{10 + product}.{number}0",
        currency="EUR",
        image_urls=("https://e/a.jpg",) if pictures else (),
    )
    name = f"{store} {product} {number}"
    shown = (PictureFile(name, name.encode),) if pictures else ()
    return LabelledListing(listing, f"{store}-p{product}", f"{store}-g{product // 2}", store, shown)


def _look(row: LabelledListing, content: str) -> np.ndarray:
    return (
        2 * _direction(f"group {row.variant_group}")
        + 2 * _direction(f"product {row.product_id}")
        + _direction(content)
    )


@cache
def _direction(name: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).normal(size=WIDTH)
