"""From a listing and its pictures to one vector with its parts by modality."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.embedded import Embedding
from model.encoders.decoding import MAX_PIXELS, BadPicture, decode
from model.encoders.palette import PALETTE
from model.encoders.perceptual_hash import HASH_BITS
from model.encoders.picture_features import (
    image_inputs,
    mean_palette,
    perceptual_hashes,
    plain_image,
    raw_features,
    split_features,
    unit_mean,
)
from model.listing import Offer
from model.money import Rates
from model.projection import Projection

if TYPE_CHECKING:
    from model.encoders.towers import PictureTower, TextTower

__all__ = [
    "PREPROCESSING",
    "BadPicture",
    "Embedder",
    "FrozenEncoders",
    "image_inputs",
    "numbers_of",
    "perceptual_hashes",
    "plain_image",
    "split_features",
    "text_of",
    "unit_mean",
]

PREPROCESSING: Mapping[str, str] = {
    "pictures": "fit-white-square-texture-palette-phash-2",
    "pooling": "root-unit-means-palette-mean-2",
    "text": "brand-title-nfkc-1",
    "numbers": "sizes-logsizes-logprice-1",
}
"""How inputs are made; part of the embedding version. Change a name whenever its code changes."""

Float32 = NDArray[np.float32]


def text_of(listing: Offer) -> str | None:
    """What the text tower reads: brand and title in NFKC, blanks joined; None without either."""
    words = " ".join(part for part in (listing.brand, listing.title) if part)
    return " ".join(unicodedata.normalize("NFKC", words).split()) or None


def numbers_of(listing: Offer, rates: Rates) -> Float32:
    """float32[3]: number of sizes, log(1 + that), log price in the reference currency; NaN where unknown."""
    sizes = len(listing.sizes)
    price = None
    if listing.price is not None and listing.currency is not None:
        price = rates.to_reference(listing.price, listing.currency)
    log_price = math.log(price) if price else math.nan  # a price of nothing tells as little as none
    if sizes == 0:
        return np.array([math.nan, math.nan, log_price], np.float32)
    return np.array([sizes, math.log1p(sizes), log_price], np.float32)


class FrozenEncoders:
    """The encoders, with no layer over them: what a layer is trained on.

    Not thread-safe: one thread encodes. `preprocess`, the keys and `text_of` may be called from anywhere.

    Attributes:
        precision: what each encoder computes in, `fp32` or `bf16`, by modality. Features made in either
            serve alike, so a cache may hold both.
    """

    def __init__(self, pictures: PictureTower, texts: TextTower) -> None:
        self.precision = {"pictures": str(pictures.precision), "text": str(texts.precision)}
        self._pictures = pictures
        self._texts = texts

    @property
    def picture_width(self) -> int:
        """How many numbers a picture's raw features are."""
        return self._pictures.spec.dimension + self.texture_width + PALETTE + HASH_BITS

    @property
    def texture_width(self) -> int:
        """How many of them are the statistics of the vision encoder's early layers."""
        return self._pictures.spec.texture

    @property
    def text_width(self) -> int:
        """How many numbers a text's raw features are."""
        return self._texts.spec.dimension

    def picture_key(self, sha256: str) -> str:
        """The cache's key of a picture's features, by the SHA-256 of its bytes in hex."""
        return f"p:{PREPROCESSING['pictures']}:{self._pictures.spec.revision}:{sha256}"

    def text_key(self, text: str) -> str:
        """The cache's key of a text's features."""
        spec = self._texts.spec
        digest = hashlib.sha256(text.encode()).hexdigest()
        return f"t:{spec.max_tokens}:{spec.revision}:{digest}"

    def preprocess(self, content: bytes, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
        """uint8[h, w, 3] as the vision tower wants it.

        Raises:
            BadPicture: bytes that are no picture, or too large a one.
        """
        return decode(content, self._pictures.spec.size, max_pixels=max_pixels)

    def text_of(self, listing: Offer) -> str | None:
        """What the text tower reads of a listing; None without brand and title."""
        return text_of(listing)

    def encode_pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> Float32:
        """Raw features float32[n, picture_width] of what `preprocess` gave; see `split_features`."""
        return raw_features(self._pictures.encode, pictures)

    def plain_image(self, pictures: Sequence[Float32]) -> Float32:
        """float32[d]: what the vision encoder says of a listing's pictures, from their raw features."""
        return plain_image(pictures, self.texture_width)

    def encode_texts(self, texts: Sequence[str]) -> Float32:
        """Raw features float32[n, d] of what `text_of` gave."""
        return self._texts.encode(texts)


class Embedder(FrozenEncoders):
    """The encoders and the projection of one artifact; one stage of the stream owns it.

    Attributes:
        version: the artifact's `embedding_version`.
    """

    def __init__(
        self, version: str, projection: Projection, rates: Rates, pictures: PictureTower, texts: TextTower
    ) -> None:
        super().__init__(pictures, texts)
        self.version = version
        self._projection = projection
        self._rates = rates

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._projection.dimension

    def embed(
        self,
        listings: Sequence[Offer],
        pictures: Sequence[Sequence[Float32]],
        texts: Sequence[Float32 | None],
    ) -> list[Embedding]:
        """The embeddings of listings from raw features.

        Args:
            listings: n of them; brand and title are not read again here, sizes and price are.
            pictures: of each listing the features of its pictures, none or more.
            texts: of each listing the features of its text.

        Raises:
            ValueError: sequences of different lengths.
        """
        return [self._embed(*item) for item in zip(listings, pictures, texts, strict=True)]

    def perceptual_hashes(self, pictures: Sequence[Float32]) -> tuple[str, ...]:
        """What `model.embedded.Pictures` notes of a listing's pictures, from their raw features."""
        return perceptual_hashes(pictures)

    def with_numbers(self, embedding: Embedding, listing: Offer) -> Embedding:
        """What `embed` would give for the listing's new price and sizes, with no encoding."""
        numbers = self._projection.numbers(numbers_of(listing, self._rates))
        return self._projection.fuse(embedding.image, embedding.text, numbers, embedding.palette)

    def _embed(self, listing: Offer, pictures: Sequence[Float32], text: Float32 | None) -> Embedding:
        layer = self._projection
        return layer.fuse(
            layer.image(image_inputs(pictures, self.texture_width)) if len(pictures) else None,
            None if text is None else layer.text(unit_mean([text])),
            layer.numbers(numbers_of(listing, self._rates)),
            mean_palette(pictures) if len(pictures) else None,
        )
