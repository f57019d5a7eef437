"""From frozen features to vectors and whole listings, with a layer or without one.

In products over all listings at once: equal to what the stream gives one by one up to the order of sums (a
cosine moves by less than 1e-6), and quick enough to be done after each epoch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.embedded import EmbeddedListing, Embedding, Pictures
from model.features.frozen import FrozenFeatures, unit_rows
from model.listing import Offer
from model.projection import Linear, Projection

Float32 = NDArray[np.float32]


def embedded(features: FrozenFeatures, layer: Projection) -> list[EmbeddedListing]:
    """The listings as the stream would hold them, were `layer` the artifact's.

    Raises:
        ValueError: the parts of a listing cancel out.
    """
    image, text, numbers = _parts(features, layer)
    vectors = _fused(image, text, numbers, layer)
    return [
        EmbeddedListing(
            **{name: getattr(row.listing, name) for name in Offer.model_fields},
            embedding=Embedding(
                vector=vectors[place],
                image=image[place] if features.has_picture[place] else None,
                text=text[place] if features.has_text[place] else None,
                numbers=numbers[place],
                palette=features.palette[place] if features.has_picture[place] else None,
            ),
            pictures=Pictures(
                hashes=features.hashes[place], perceptual_hashes=features.perceptual_hashes[place]
            ),
        )
        for place, row in enumerate(features.rows)
    ]


def vectors_of(features: FrozenFeatures, layer: Projection) -> Float32:
    """float32[n, d] of unit length: the fused vectors alone.

    Raises:
        ValueError: the parts of a listing cancel out.
    """
    return _fused(*_parts(features, layer), layer)


def zero_shot(features: FrozenFeatures) -> Float32:
    """float32[n, d + t] of unit length: encoders' image and text side by side, equal in weight, untrained."""
    parts = [unit_rows(np.nan_to_num(part)) for part in (features.plain, features.text)]
    return unit_rows(np.concatenate(parts, axis=1))


def _parts(features: FrozenFeatures, layer: Projection) -> tuple[Float32, Float32, Float32]:
    """float32[n, d] of each modality; 0 where it is missing, which adds nothing, as its mean would."""
    image = _part(layer.image, features.image)
    text = _part(layer.text, features.text)
    return image, text, _part(layer.numbers, features.numbers)


def _part(linear: Linear, inputs: Float32) -> Float32:
    part: Float32 = np.nan_to_num(inputs - linear.mean) @ linear.weight.T
    return part


def _fused(image: Float32, text: Float32, numbers: Float32, layer: Projection) -> Float32:
    total = layer.bias + numbers + image + text
    if not np.square(total, dtype=np.float64).sum(axis=1).all():
        raise ValueError("the parts of a listing cancel out: there is no direction to normalise")
    return unit_rows(total)
