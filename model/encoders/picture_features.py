"""A picture's raw features, as one float32 vector, so that caches and stores hold one thing a picture.

What the vision encoder says, the statistics of its early layers (`model.encoders.texture`; not every encoder
has them), a palette, and the bits of a perceptual hash.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.encoders.palette import PALETTE, palette_of
from model.encoders.perceptual_hash import HASH_BITS, hash_bits, hash_text

Float32 = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class PictureFeatures(NamedTuple):
    """The parts of raw features, views of them.

    Attributes:
        encoder: float32[..., d].
        texture: float32[..., t].
        palette: float32[..., PALETTE].
        bits: float32[..., 64] of 0 and 1; all 0 where a picture has no hash.
    """

    encoder: Float32
    texture: Float32
    palette: Float32
    bits: Float32


def raw_features(encode: Callable[[Sequence[Pixels]], Float32], pictures: Sequence[Pixels]) -> Float32:
    """float32[n, d + t + PALETTE + 64] of pictures uint8[h, w, 3], where `encode` gives float32[n, d + t]."""
    seen = np.empty((len(pictures), PALETTE + HASH_BITS), np.float32)
    for row, pixels in zip(seen, pictures, strict=True):
        row[:PALETTE] = palette_of(pixels)
        row[PALETTE:] = hash_bits(pixels)
    return np.concatenate([encode(pictures), seen], axis=1)


def split_features(raw: Float32, texture: int) -> PictureFeatures:
    """The parts of float32[..., d + t + PALETTE + 64], where t is `texture`.

    Raises:
        ValueError: too few numbers.
    """
    seen = raw.shape[-1] - PALETTE - HASH_BITS
    width = seen - texture
    if width < 1:
        behind = texture + PALETTE + HASH_BITS
        raise ValueError(f"{raw.shape[-1]} numbers are no picture's features: {behind} follow the encoder's")
    return PictureFeatures(
        raw[..., :width], raw[..., width:seen], raw[..., seen:-HASH_BITS], raw[..., -HASH_BITS:]
    )


def rooted(features: Float32) -> Float32:
    """The root of each number, its sign kept.

    It keeps a few loud features from drowning the many quiet ones, which tell colours and details apart
    (power normalisation: Perronnin et al., ECCV 2010).
    """
    root: Float32 = np.sign(features) * np.sqrt(np.abs(features))
    return root


def image_inputs(raw: Sequence[Float32] | Float32, texture: int) -> Float32:
    """float32[d + t + PALETTE]: what the layer takes of the raw features of a listing's pictures.

    The means of the encoder's features and of the texture, each `rooted` and brought to unit length before,
    then the mean palette.

    Args:
        raw: float32[d + t + PALETTE + 64] of each picture, one or more.
        texture: t.
    """
    parts = split_features(np.asarray(raw, np.float32), texture)
    palette = parts.palette.mean(axis=0, dtype=np.float32)
    return np.concatenate([unit_mean(rooted(parts.encoder)), unit_mean(rooted(parts.texture)), palette])


def plain_image(raw: Sequence[Float32] | Float32, texture: int) -> Float32:
    """float32[d]: the mean of the encoder's unit-length features of one or more pictures, nothing trained."""
    return unit_mean(split_features(np.asarray(raw, np.float32), texture).encoder)


def mean_palette(raw: Sequence[Float32] | Float32) -> Float32:
    """float32[PALETTE] of unit length: the palette of one or more pictures together."""
    palettes = np.asarray(raw, np.float32)[:, -PALETTE - HASH_BITS : -HASH_BITS]
    return unit(palettes.mean(axis=0, dtype=np.float32))


def perceptual_hashes(raw: Sequence[Float32] | Float32) -> tuple[str, ...]:
    """16 hex digits of each picture that has a hash, in order; of none, none."""
    if not len(raw):
        return ()
    texts = (hash_text(bits) for bits in np.asarray(raw, np.float32)[:, -HASH_BITS:])
    return tuple(text for text in texts if text is not None)


def unit_mean(features: Sequence[Float32] | Float32) -> Float32:
    """float32[n]: the mean of these features float32[n], each brought to unit length first."""
    total = np.zeros(features[0].shape, np.float64)
    for feature in features:
        exact = feature.astype(np.float64)
        total += exact / max(math.sqrt(np.square(exact).sum()), 1e-12)
    return (total / len(features)).astype(np.float32)


def unit(vector: Float32) -> Float32:
    """float32[n] of length 1 in this direction; of nothing, nothing."""
    exact = vector.astype(np.float64)
    return (exact / max(math.sqrt(np.square(exact).sum()), 1e-12)).astype(np.float32)
