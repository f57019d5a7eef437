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
from model.listing import Offer
from model.money import Rates
from model.projection import Projection

if TYPE_CHECKING:
    from model.encoders.towers import PictureTower, TextTower

__all__ = ["PREPROCESSING", "BadPicture", "Embedder", "numbers_of", "picture_mean", "text_of", "unit_mean"]

PREPROCESSING: Mapping[str, str] = {
    "pictures": "fit-white-square-1",
    "pooling": "root-unit-mean-1",
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


def picture_mean(features: Sequence[Float32]) -> Float32:
    """float32[n]: the mean of pictures' features, the root of each taken before it is brought to unit length.

    The root keeps a few loud features from drowning the many quiet ones, which tell colours and details apart
    (power normalisation: Perronnin et al., ECCV 2010).
    """
    return unit_mean([np.sign(feature) * np.sqrt(np.abs(feature)) for feature in features])


def unit_mean(features: Sequence[Float32]) -> Float32:
    """float32[n]: the mean of these features float32[n], each brought to unit length first."""
    total = np.zeros(features[0].shape, np.float64)
    for feature in features:
        exact = feature.astype(np.float64)
        total += exact / max(math.sqrt(np.square(exact).sum()), 1e-12)
    return (total / len(features)).astype(np.float32)


class Embedder:
    """The encoders and the projection of one artifact.

    Not thread-safe: one stage of the stream owns it. `preprocess`, the keys and `text_of` may be called from
    anywhere.

    Attributes:
        version: the artifact's `embedding_version`.
        precision: what each encoder computes in, `fp32` or `bf16`, by modality. Features made in either
            serve alike, so a cache may hold both.
    """

    def __init__(
        self, version: str, projection: Projection, rates: Rates, pictures: PictureTower, texts: TextTower
    ) -> None:
        self.version = version
        self.precision = {"pictures": str(pictures.precision), "text": str(texts.precision)}
        self._projection = projection
        self._rates = rates
        self._pictures = pictures
        self._texts = texts

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._projection.dimension

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
        """Raw features float32[n, d] of what `preprocess` gave."""
        return self._pictures.encode(pictures)

    def encode_texts(self, texts: Sequence[str]) -> Float32:
        """Raw features float32[n, d] of what `text_of` gave."""
        return self._texts.encode(texts)

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

    def with_numbers(self, embedding: Embedding, listing: Offer) -> Embedding:
        """What `embed` would give for the listing's new price and sizes, with no encoding."""
        numbers = self._projection.numbers(numbers_of(listing, self._rates))
        return self._projection.fuse(embedding.image, embedding.text, numbers)

    def _embed(self, listing: Offer, pictures: Sequence[Float32], text: Float32 | None) -> Embedding:
        layer = self._projection
        return layer.fuse(
            layer.image(picture_mean(pictures)) if len(pictures) else None,
            None if text is None else layer.text(unit_mean([text])),
            layer.numbers(numbers_of(listing, self._rates)),
        )
