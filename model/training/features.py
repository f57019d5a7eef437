"""A catalogue's frozen features, made once: what all training and measuring starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.embedded import EmbeddedListing, Pictures
from model.embedder import image_inputs, numbers_of, plain_image, text_of, unit_mean
from model.encoders.palette import PALETTE
from model.encoders.picture_features import raw_features
from model.listing import Listing
from model.money import Rates
from model.projection import Projection

if TYPE_CHECKING:
    from model.encoders.towers import PictureTower, TextTower
    from model.synthetic.catalogue import Catalogue, SyntheticOffer

_CHUNK = 64
_HASH_DIGITS = 16

Float32 = NDArray[np.float32]
Advance = Callable[[int], None]
"""Told how many more offers are done."""


@dataclass(frozen=True)
class CatalogueFeatures:
    """Raw features of n offers, row by row; NaN in the whole row where a modality is missing.

    Attributes:
        listings: the offers' listings.
        hashes: of each listing its pictures' hashes, as `Pictures.hashes` holds them.
        plain: float32[n, i], the mean of its pictures' unit-length features.
        image: float32[n, i + PALETTE], what the layer takes of them: `model.embedder.image_inputs`.
        text: float32[n, t], at unit length.
        numbers: float32[n, 3], as `model.embedder.numbers_of` gives them.
        products: int64[n]; equal numbers are the same product.
        groups: int64[n]; equal numbers are variants of one another.
    """

    listings: tuple[Listing, ...]
    hashes: tuple[tuple[str, ...], ...]
    plain: Float32
    image: Float32
    text: Float32
    numbers: Float32
    products: NDArray[np.int64]
    groups: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.listings)

    def zero_shot(self) -> Float32:
        """float32[n, i + t] of unit length: both modalities side by side, equal in weight, not trained."""
        parts = []
        for raw in (self.plain, self.text):
            known = np.nan_to_num(raw)
            parts.append(known / np.maximum(np.linalg.norm(known, axis=1, keepdims=True), 1e-12))
        joined = np.concatenate(parts, axis=1)
        unit: Float32 = joined / np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-12)
        return unit


def catalogue_features(
    catalogue: Catalogue, pictures: PictureTower, texts: TextTower, rates: Rates, advance: Advance
) -> CatalogueFeatures:
    """Draw, decode and encode all of a catalogue; minutes for thousands of offers on two cores."""
    from model.encoders.decoding import decode  # noqa: PLC0415 (Pillow is not needed to train on features)

    size, texture = pictures.spec.size, pictures.spec.texture
    plain = np.full((len(catalogue.offers), pictures.spec.dimension), np.nan, np.float32)
    image = np.full((len(plain), pictures.spec.dimension + texture + PALETTE), np.nan, np.float32)
    hashes: list[tuple[str, ...]] = []

    def drawn(offer: SyntheticOffer) -> list[tuple[str, NDArray[np.uint8]]]:
        return [(sha256(raw).hexdigest()[:_HASH_DIGITS], decode(raw, size)) for raw in offer.pictures]

    with ThreadPoolExecutor(2) as pool:
        for start, offers in _chunks(catalogue.offers):
            shots = list(pool.map(drawn, offers))
            features = raw_features(pictures.encode, [pixels for shot in shots for _, pixels in shot])
            taken = 0
            for row, shot in enumerate(shots, start):
                own = list(features[taken : taken + len(shot)])
                if own:
                    plain[row], image[row] = plain_image(own, texture), image_inputs(own, texture)
                taken += len(shot)
                hashes.append(tuple(digest for digest, _ in shot))
            advance(len(offers))
    listings = tuple(offer.listing for offer in catalogue.offers)
    return CatalogueFeatures(
        listings=listings,
        hashes=tuple(hashes),
        plain=plain,
        image=image,
        text=_text_features(listings, texts),
        numbers=np.stack([numbers_of(listing, rates) for listing in listings]),
        products=_numbered([offer.product_id for offer in catalogue.offers]),
        groups=_numbered([offer.variant_group for offer in catalogue.offers]),
    )


def embedded(features: CatalogueFeatures, layer: Projection) -> list[EmbeddedListing]:
    """The catalogue as the stream would hold it, were `layer` the artifact's."""
    embeddings = [
        layer.fuse(
            None if np.isnan(image[0]) else layer.image(image),
            None if np.isnan(text[0]) else layer.text(text),
            layer.numbers(numbers),
        )
        for image, text, numbers in zip(features.image, features.text, features.numbers, strict=True)
    ]
    return [
        EmbeddedListing(
            **listing.model_dump(exclude={"description"}),
            embedding=embedding,
            pictures=Pictures(hashes=hashes),
        )
        for listing, embedding, hashes in zip(features.listings, embeddings, features.hashes, strict=True)
    ]


def _text_features(listings: Sequence[Listing], texts: TextTower) -> Float32:
    written = [text_of(listing) for listing in listings]
    features = np.full((len(listings), texts.spec.dimension), np.nan, np.float32)
    rows = [row for row, text in enumerate(written) if text is not None]
    for row, feature in zip(rows, texts.encode([text for text in written if text is not None]), strict=True):
        features[row] = unit_mean([feature])
    return features


def _chunks(offers: Sequence[SyntheticOffer]) -> Iterator[tuple[int, Sequence[SyntheticOffer]]]:
    for start in range(0, len(offers), _CHUNK):
        yield start, offers[start : start + _CHUNK]


def _numbered(names: Sequence[str]) -> NDArray[np.int64]:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
