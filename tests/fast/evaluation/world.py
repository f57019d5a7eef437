"""A small marketplace with frozen features, a layer and a decider."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from functools import cache

import numpy as np
from PIL import Image

from model.data.labelled import LabelledListing, PictureFile
from model.decision.decider import Decider
from model.encoders.palette import PALETTE
from model.encoders.perceptual_hash import HASH_BITS
from model.evaluation.population import Population
from model.evaluation.view import View
from model.features.frozen import FrozenFeatures
from model.listing import Listing
from model.projection import Linear, Projection
from tests.fast.model.marketplace import fitted

ENCODER, TEXT, DIMENSION = 6, 5, 8
PRODUCTS = 14


def jpeg(shade: int = 90) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (20, 30), (shade, 40, 40)).save(held, "JPEG")
    return held.getvalue()


def row(
    product: int,
    seller: str,
    *,
    title: str = "Acme shirt",
    read: Callable[[], bytes] = jpeg,
    pictures: int = 1,
    ambiguous: bool = False,
) -> LabelledListing:
    return LabelledListing(
        listing=Listing(
            listing_id=f"{product}-{seller}",
            seller_id=seller,
            revision=1,
            title=title,
            brand="Acme",
            price=Decimal(10 + product),
            currency="EUR",
            image_urls=tuple(f"http://127.0.0.1:1/{product}{seller}{n}.jpg" for n in range(pictures)),
        ),
        product_id=f"p{product}",
        variant_group=f"g{product // 2}",
        store="shop",
        pictures=tuple(PictureFile(f"{product}{seller}{n}.jpg", read) for n in range(pictures)),
        ambiguous=ambiguous,
    )


def features_of(rows: list[LabelledListing], noise: float = 0.4, seed: int = 0) -> FrozenFeatures:
    """Features near those of the product, which are near those of its group; no picture is read."""
    rng = np.random.default_rng(seed)
    looks: dict[str, np.ndarray] = {}
    for one in rows:
        group = looks.setdefault(one.variant_group, rng.normal(size=ENCODER + TEXT))
        looks.setdefault(one.product_id, group + 0.7 * rng.normal(size=ENCODER + TEXT))
    seen = np.stack([looks[one.product_id] + noise * rng.normal(size=ENCODER + TEXT) for one in rows])
    counts = [len(one.pictures) for one in rows]
    raw = np.repeat(seen[:, :ENCODER], counts, axis=0)
    drawn = rng.random((len(raw), PALETTE)).astype(np.float32)
    text = seen[:, ENCODER:] / np.linalg.norm(seen[:, ENCODER:], axis=1, keepdims=True)
    return FrozenFeatures(
        rows=tuple(rows),
        hashes=tuple(tuple(f"{n:08x}{k:08x}" for k in range(count)) for n, count in enumerate(counts)),
        pictures=np.concatenate([raw, drawn, np.zeros((len(raw), HASH_BITS))], axis=1).astype(np.float32),
        starts=np.cumsum([0, *counts]).astype(np.int64),
        text=text.astype(np.float32),
        numbers=np.full((len(rows), 3), np.nan, np.float32),
    )


@cache
def layer() -> Projection:
    rng = np.random.default_rng(1)

    def linear(width: int) -> Linear:
        weight = rng.normal(size=(DIMENSION, width)).astype(np.float32)
        return Linear(weight, np.zeros(width, np.float32))

    return Projection(linear(ENCODER + PALETTE), linear(TEXT), linear(3), np.zeros(DIMENSION, np.float32))


def decider() -> Decider:
    return fitted()


@cache
def population() -> Population:
    """Fourteen products in seven groups, each by two sellers; the last has no picture."""
    rows = [
        row(product, seller, pictures=0 if product == PRODUCTS - 1 else 1)
        for product in range(PRODUCTS)
        for seller in ("ann", "bob")
    ]
    return Population.of(features_of(rows), None)


@cache
def view() -> View:
    return View.of(population(), layer(), decider(), resamples=30, seed=1, neighbours=50)
