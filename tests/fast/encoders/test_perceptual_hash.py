"""pHash: near for copies, far for others, and none for what shows nothing."""

from __future__ import annotations

import numpy as np
import pytest

from model.encoders.perceptual_hash import (
    HASH_BITS,
    _low_frequencies,
    hash_bits,
    hash_text,
)
from tests.fast.encoders.drawing import encoded_anew, textured

GREY = (0.299, 0.587, 0.114)


def apart(one: np.ndarray, other: np.ndarray) -> int:
    return int((hash_bits(one) != hash_bits(other)).sum())


def test_a_copy_is_within_a_few_bits() -> None:
    """Scaled to nine tenths and saved as a JPEG of quality 40: two bits at the median, eight at most."""
    distances = [apart(textured(seed), encoded_anew(textured(seed))) for seed in range(60)]
    assert np.median(distances) <= 2
    assert max(distances) <= 8


def test_different_pictures_differ_in_about_half_of_their_bits() -> None:
    """Of forty pictures no two are within eight bits."""
    bits = np.stack([hash_bits(textured(seed)) for seed in range(40)])
    distances = (bits[:, None] != bits[None]).sum(axis=2)[np.triu_indices(40, 1)]
    assert distances.min() > 8
    assert 28 < distances.mean() < 36


def test_the_bits_are_those_of_the_textbook() -> None:
    """Against the cosine sum written out, where no pixel needs resampling."""
    pixels = textured(5, 32)
    grey = pixels @ np.array(GREY)
    place = np.arange(32) + 0.5
    low = np.array(
        [
            [
                (grey * np.outer(np.cos(np.pi * u * place / 32), np.cos(np.pi * v * place / 32))).sum()
                for v in range(8)
            ]
            for u in range(8)
        ]
    )
    np.testing.assert_array_equal(hash_bits(pixels).reshape(8, 8), low > np.median(low))


@pytest.mark.parametrize("length", [16, 32, 100, 224])
def test_scaling_keeps_brightness(length: int) -> None:
    """The lowest frequency of an even line is the same for any number of pixels."""
    assert _low_frequencies(length)[0].sum() == pytest.approx(64, rel=1e-5)


@pytest.mark.parametrize("noise", [0, 2])
def test_a_blank_picture_has_no_hash(noise: int) -> None:
    """One plain colour, with or without a camera's noise: two such are not one picture."""
    grain = np.random.default_rng(0).integers(-noise, noise + 1, (96, 96, 3))
    bits = hash_bits((200 + grain).astype(np.uint8))
    assert not bits.any()
    assert hash_text(bits) is None


def test_a_hash_in_hex_has_the_first_bit_foremost() -> None:
    """As the imagehash package writes it, so that given hashes can be compared."""
    bits = np.zeros(HASH_BITS, np.uint8)
    bits[[0, 63]] = 1
    assert hash_text(bits) == "8000000000000001"
