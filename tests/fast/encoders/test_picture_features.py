"""Raw features: three parts in one vector, and what the layer takes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.encoders.palette import PALETTE, palette_of
from model.encoders.perceptual_hash import HASH_BITS, hash_bits, hash_text
from model.encoders.picture_features import (
    image_inputs,
    mean_palette,
    perceptual_hashes,
    plain_image,
    raw_features,
    split_features,
)
from tests.fast.encoders.drawing import Pixels, textured

WIDTH, TEXTURE = 5, 2


def encode(pictures: list[Pixels]) -> np.ndarray:
    rows = [[i + 1, -4, 0, 9, 16, 1, i] for i, _ in enumerate(pictures)]
    return np.array(rows, np.float32).reshape(-1, WIDTH + TEXTURE)


def test_the_parts_of_raw_features_are_what_went_in() -> None:
    """Encoder, texture, palette and bits, of each picture."""
    pictures = [textured(1), textured(2)]
    parts = split_features(raw_features(encode, pictures), TEXTURE)
    np.testing.assert_array_equal(np.hstack([parts.encoder, parts.texture]), encode(pictures))
    assert parts.texture.shape == (2, TEXTURE)
    for picture, palette, bits in zip(pictures, parts.palette, parts.bits, strict=True):
        np.testing.assert_array_equal(palette, palette_of(picture))
        np.testing.assert_array_equal(bits, hash_bits(picture))


def test_no_pictures_give_features_of_the_same_width() -> None:
    """float32[0, d + t + PALETTE + 64]."""
    assert raw_features(encode, []).shape == (0, WIDTH + TEXTURE + PALETTE + HASH_BITS)


def test_features_without_an_encoders_part_are_refused() -> None:
    """With both widths named."""
    with pytest.raises(ValueError, match="130 numbers are no picture's features: 130 follow"):
        split_features(np.zeros(TEXTURE + PALETTE + HASH_BITS, np.float32), TEXTURE)


def test_what_the_layer_takes_are_means_of_roots_then_the_mean_palette() -> None:
    """Of encoder and texture apart; signs are kept under the root; each picture counts, however loud."""
    raw = raw_features(encode, [textured(1), textured(2)])
    seen = slice(WIDTH, WIDTH + TEXTURE)
    given = image_inputs(list(raw), TEXTURE)
    for part in (slice(WIDTH), seen):
        roots = np.sign(raw[:, part]) * np.sqrt(np.abs(raw[:, part]))
        roots /= np.linalg.norm(roots, axis=1, keepdims=True)
        np.testing.assert_allclose(given[part], roots.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(given[seen.stop :], raw[:, seen.stop : -HASH_BITS].mean(axis=0), rtol=1e-6)
    louder = raw.copy()
    louder[0, :WIDTH] *= 100
    np.testing.assert_allclose(image_inputs(louder, TEXTURE), given, rtol=1e-5)


@given(st.integers(0, 1000), st.integers(0, TEXTURE))
@settings(max_examples=20)
def test_a_mean_does_not_hang_on_the_order_of_pictures(seed: int, texture: int) -> None:
    """Up to the order of sums; a picture of no features at all harms nothing."""
    raw = np.random.default_rng(seed).random((3, WIDTH + PALETTE + HASH_BITS), np.float32)
    raw[seed % 3] = 0
    for mean in (
        lambda seen: image_inputs(seen, texture),
        lambda seen: plain_image(seen, texture),
        mean_palette,
    ):
        np.testing.assert_allclose(mean(raw), mean(raw[::-1]), rtol=1e-5, atol=1e-6)
        assert np.isfinite(mean(raw)).all()


def test_a_listing_lists_the_hashes_of_those_pictures_that_have_one() -> None:
    """A blank picture between two others leaves no gap."""
    blank = np.full((96, 96, 3), 255, np.uint8)
    raw = raw_features(encode, [textured(1), blank, textured(2)])
    assert perceptual_hashes(raw) == (hash_text(hash_bits(textured(1))), hash_text(hash_bits(textured(2))))
    assert perceptual_hashes([]) == ()
