"""The embedder over encoders of a test: what a new price changes, and what a picture leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from model.embedder import Embedder
from model.encoders.palette import PALETTE
from model.encoders.perceptual_hash import HASH_BITS
from model.encoders.precision import Precision
from model.encoders.specs import PictureSpec, TextSpec
from model.listing import Listing
from model.money import Rates
from model.projection import NUMBERS, Linear, Projection

WIDTH, TEXTURE, DIMENSION = 6, 3, 8
PICTURES = PictureSpec(
    source="package:a",
    revision="a" * 16,
    dimension=WIDTH,
    texture=TEXTURE,
    size=32,
    mean=(0, 0, 0),
    std=(1, 1, 1),
)
TEXT = TextSpec(source="package:b", revision="b" * 16, dimension=WIDTH, max_tokens=16)


class Tower:
    """Gives numbers of what it sees."""

    precision = Precision.FP32

    def __init__(self, spec: PictureSpec | TextSpec) -> None:
        self.spec = spec

    def encode(self, seen: Sequence[object]) -> np.ndarray:
        width = self.spec.dimension + getattr(self.spec, "texture", 0)
        rows = [np.random.default_rng(len(str(one))).normal(size=width) for one in seen]
        return np.array(rows, np.float32).reshape(-1, width)


def embedder() -> Embedder:
    rng = np.random.default_rng(0)

    def linear(width: int) -> Linear:
        return Linear(rng.normal(size=(DIMENSION, width)).astype(np.float32), np.zeros(width, np.float32))

    layer = Projection(
        linear(WIDTH + TEXTURE + PALETTE), linear(WIDTH), linear(NUMBERS), np.zeros(DIMENSION, np.float32)
    )
    towers = Tower(PICTURES), Tower(TEXT)
    return Embedder("v", layer, Rates.snapshot(), *towers)  # type: ignore[arg-type]  # towers by their methods


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3)).astype(np.uint8)


def listing(price: str) -> Listing:
    return Listing(
        listing_id="a", seller_id="s", revision=1, title="Shirt", price=Decimal(price), currency="EUR"
    )


def test_a_new_price_gives_bit_for_bit_what_embedding_anew_gives() -> None:
    """Image, text and palette are kept as they are; only the numbers' part and the sum change."""
    face = embedder()
    pictures, text = [list(face.encode_pictures([picture(1), picture(2)]))], [face.encode_texts(["Shirt"])[0]]
    before = face.embed([listing("10")], pictures, text)[0]
    anew = face.embed([listing("8")], pictures, text)[0]
    assert face.with_numbers(before, listing("8")) == anew
    assert anew.palette is not None
    assert before != anew


def test_a_listing_without_pictures_has_no_palette() -> None:
    """And keeps none through a new price."""
    face = embedder()
    bare = face.embed([listing("10")], [[]], [face.encode_texts(["Shirt"])[0]])[0]
    assert bare.palette is None
    assert face.with_numbers(bare, listing("8")).palette is None


def test_what_an_encoder_gives_has_the_width_that_it_says() -> None:
    """For stores that must know it before the first picture."""
    face = embedder()
    assert face.encode_pictures([picture(1)]).shape == (1, face.picture_width)
    assert face.picture_width == WIDTH + TEXTURE + PALETTE + HASH_BITS
    assert face.encode_texts(["a"]).shape == (1, face.text_width)


def test_a_picture_leaves_its_hash() -> None:
    """One for each picture that shows something."""
    face = embedder()
    raw = list(face.encode_pictures([picture(1), np.zeros((32, 32, 3), np.uint8)]))
    assert len(face.perceptual_hashes(raw)) == 1
