"""What the layer is trained on: a matrix to each modality, centred and scaled, and who is whose twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.data.labelled import LabelledListing
from model.embedder import text_of
from model.encoders.palette import PALETTE
from model.features.frozen import FrozenFeatures
from model.training.recipe import Pooling, Recipe

Float32 = NDArray[np.float32]

_SMALLEST_STD = 1e-4  # of features of unit length or of the order of 1


@dataclass(frozen=True)
class TrainingInputs:
    """Features of n listings as the layer takes them; a row of NaN where a modality is missing.

    Attributes:
        image: float32[n, i].
        text: float32[n, t].
        numbers: float32[n, 3].
        products: int64[n]; equal numbers are the same product.
        groups: int64[n]; equal numbers are variants of one another.
        names: of the listings, for messages; empty where they have none.
        image_parts: how many features of `image` are the encoder's, texture and palette; empty: one part.
    """

    image: Float32
    text: Float32
    numbers: Float32
    products: NDArray[np.int64]
    groups: NDArray[np.int64]
    names: Sequence[str] = ()
    image_parts: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.products)

    def name(self, row: int) -> str:
        """What a message calls this row."""
        return self.names[row] if self.names else f"row {row}"


@dataclass(frozen=True)
class Scaled:
    """One modality, centred and scaled; what is missing is 0, its mean.

    Attributes:
        rows: float32[n, w].
        mean: float32[w].
        std: float32[w]; infinite where nothing was learnt, so that the weight of a raw feature becomes 0.
    """

    rows: Float32
    mean: Float32
    std: Float32


def frozen_inputs(features: FrozenFeatures, recipe: Recipe) -> TrainingInputs:
    """The inputs that a recipe wants of frozen features.

    Listings whose product nobody is sure of are left out unless a twin of theirs is known: they might be
    pushed away from their own twins.
    """
    image = _pooled(features, recipe.pooling)
    if not recipe.palette:
        image[:, -PALETTE:] = np.nan
    _, inverse, count = np.unique(features.products, return_inverse=True, return_counts=True)
    sure = np.flatnonzero(~features.ambiguous | (count[inverse] > 1))
    return TrainingInputs(
        image=(image if recipe.image else np.full_like(image, np.nan))[sure],
        text=(features.text if recipe.text else np.full_like(features.text, np.nan))[sure],
        numbers=(features.numbers if recipe.numbers else np.full_like(features.numbers, np.nan))[sure],
        products=features.products[sure],
        groups=features.groups[sure],
        names=[_name(features.rows[row]) for row in sure],
        image_parts=(image.shape[1] - features.texture - PALETTE, features.texture, PALETTE),
    )


def not_finite(features: FrozenFeatures) -> list[str]:
    """Names of listings with a number that no encoder should give; NaN throughout is what is missing."""
    pictures = ~np.isfinite(features.pictures).all(axis=1)
    of_pictures = np.zeros(len(features), np.bool_)
    owners = np.repeat(np.arange(len(features)), np.diff(features.starts))
    of_pictures[owners[pictures]] = True
    read = np.array([text_of(row.listing) is not None for row in features.rows], np.bool_)
    of_text = ~np.isfinite(features.text).all(axis=1) & (read | ~np.isnan(features.text).all(axis=1))
    odd = of_pictures | of_text | np.isinf(features.numbers).any(axis=1)
    return [_name(features.rows[row]) for row in np.flatnonzero(odd)]


def _name(row: LabelledListing) -> str:
    return f"{row.store}:{row.listing.listing_id}"


def _pooled(features: FrozenFeatures, pooling: Pooling) -> Float32:
    """float32[n, i]: what the stream takes of a listing's pictures, or the largest of each feature."""
    if pooling == "mean":
        return features.image.copy()
    owners = np.repeat(np.arange(len(features)), np.diff(features.starts))
    alone = replace(
        features,
        rows=tuple(features.rows[owner] for owner in owners),
        hashes=tuple(features.hashes[owner] for owner in owners),
        starts=np.arange(len(owners) + 1),
        text=features.text[owners],
        numbers=features.numbers[owners],
    ).image
    image = np.full_like(features.image, np.nan)
    if len(owners):
        pooled = np.maximum.reduceat(alone, features.starts[:-1][features.has_picture], axis=0)
        image[features.has_picture] = pooled
    return image


def scaled(raw: Float32) -> Scaled:
    """Each column with mean 0 and variance 1 over the rows that have it.

    A feature that was never seen, or never to vary, weighs nothing: it taught nothing, and scaled up it would
    drown all others once it varies.
    """
    known = ~np.isnan(raw)
    count = np.maximum(known.sum(axis=0), 1)
    mean = (np.where(known, raw, 0.0).sum(axis=0, dtype=np.float64) / count).astype(np.float32)
    spread = np.square(np.where(known, raw - mean, 0.0)).sum(axis=0, dtype=np.float64) / count
    std = np.sqrt(spread).astype(np.float32)
    std[std < _SMALLEST_STD] = np.inf
    return Scaled(np.nan_to_num((raw - mean) / std, nan=0.0).astype(np.float32), mean, std)
