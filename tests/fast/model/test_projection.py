"""The linear layer: parts that add up, the same bits every time, and files that are refused."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from model.projection import Linear, Projection

WIDTHS = {"image": 12, "text": 7, "numbers": 3}
DIMENSION = 8


def projection(seed: int = 0) -> Projection:
    rng = np.random.default_rng(seed)

    def linear(width: int) -> Linear:
        return Linear(
            rng.normal(size=(DIMENSION, width)).astype(np.float32), rng.normal(size=width).astype(np.float32)
        )

    return Projection(
        linear(12), linear(7), linear(3), rng.normal(size=DIMENSION).astype(np.float32)
    ).stored()


def features(seed: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=width).astype(np.float32)


def test_the_vector_is_the_sum_of_bias_and_parts_at_unit_length() -> None:
    """The parts that are kept add up to the vector, as in one linear layer over everything side by side."""
    layer = projection()
    inputs = {name: features(place, width) for place, (name, width) in enumerate(WIDTHS.items())}
    image, text, numbers = (getattr(layer, name)(inputs[name]) for name in WIDTHS)
    whole = np.concatenate([getattr(layer, name).weight for name in WIDTHS], axis=1).astype(np.float64)
    centred = np.concatenate([inputs[name] - getattr(layer, name).mean for name in WIDTHS])
    expected = whole @ centred + layer.bias
    found = layer.fuse(image, text, numbers)
    np.testing.assert_allclose(found.vector, expected / np.linalg.norm(expected), atol=1e-6)
    assert found.image is not None
    assert found.text is not None
    total = layer.bias + found.numbers + found.image + found.text
    np.testing.assert_array_equal(
        found.vector, (total / np.linalg.norm(total.astype(np.float64))).astype("f4")
    )


def test_a_missing_modality_adds_nothing_as_its_mean_would() -> None:
    """Without pictures the vector is the one that the mean picture would give, and the part is None."""
    layer = projection()
    text, numbers = layer.text(features(1, 7)), layer.numbers(features(2, 3))
    without = layer.fuse(None, text, numbers)
    average = layer.fuse(layer.image(layer.image.mean), text, numbers)
    assert without.image is None
    np.testing.assert_array_equal(without.vector, average.vector)


def test_an_unknown_number_counts_as_its_mean() -> None:
    """A listing without a price moves no further than one with the average price."""
    layer = projection()
    unknown, average = features(3, 3), features(3, 3)
    unknown[2], average[2] = np.nan, layer.numbers.mean[2]
    np.testing.assert_array_equal(layer.numbers(unknown), layer.numbers(average))


@given(st.integers(0, 2**32 - 1))
def test_every_vector_has_unit_length(seed: int) -> None:
    """Whatever the features, the vector's length is 1 up to float32."""
    layer = projection()
    found = layer.fuse(
        layer.image(features(seed, 12)),
        layer.text(features(seed + 1, 7)),
        layer.numbers(features(seed + 2, 3)),
    )
    assert np.linalg.norm(found.vector.astype(np.float64)) == pytest.approx(1.0, abs=1e-6)


def test_parts_that_cancel_out_are_refused() -> None:
    """There is no direction in nothing."""
    layer = projection()
    with pytest.raises(ValueError, match="cancel out"):
        layer.fuse(None, None, -layer.bias)


def test_a_layer_survives_being_stored() -> None:
    """What is read back is what was rounded for storage, bit for bit."""
    layer = projection()
    again = Projection.from_bytes(layer.to_bytes(), DIMENSION, WIDTHS)
    for name in WIDTHS:
        np.testing.assert_array_equal(getattr(again, name).weight, getattr(layer, name).weight)
        np.testing.assert_array_equal(getattr(again, name).mean, getattr(layer, name).mean)
    np.testing.assert_array_equal(again.bias, layer.bias)
    assert again.to_bytes() == layer.to_bytes()


def _with(name: str, tensor: np.ndarray) -> bytes:
    tensors = load(projection().to_bytes())
    return save({**tensors, name: tensor})


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not a safetensors file"),
        (b"\x00" * 40, "not a safetensors file"),
        (struct.pack("<Q", 1 << 40) + b"{}", "header is over"),
        (struct.pack("<Q", 60_000) + json.dumps({}).encode().ljust(60_000), "header is over"),
        (_with("bias", np.zeros(DIMENSION + 1, np.float32)), r"bias is float32\[9\]"),
        (_with("bias", np.zeros(DIMENSION, np.int64)), "bias is int64"),
        (_with("text.mean", np.full(7, np.nan, np.float32)), "text.mean holds a number that is not finite"),
        (_with("image.weight", np.zeros((DIMENSION, 13), np.float16)), "image.weight is"),
        (_with("extra", np.zeros(1, np.float32)), "extra"),
    ],
    ids=["empty", "zeros", "huge header", "large header", "shape", "type", "NaN", "weight's shape", "extra"],
)
def test_a_file_that_does_not_fit_is_refused(data: bytes, complaint: str) -> None:
    """Whatever is wrong with the file is said, and no tensor of it is used."""
    with pytest.raises(ValueError, match=complaint):
        Projection.from_bytes(data, DIMENSION, WIDTHS)
