"""The palette: it sees the thing's colours, wherever it lies and whatever lies behind it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.encoders.palette import PALETTE, palette_of
from tests.fast.encoders.drawing import BEIGE, NAVY, RED, WHITE, encoded_anew, shirt, textured

COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@given(COLOURS, COLOURS, st.integers(16, 70), st.integers(16, 70))
@settings(max_examples=30)
def test_any_picture_has_a_palette_of_unit_length(
    one: tuple[int, int, int], other: tuple[int, int, int], height: int, width: int
) -> None:
    """Of any shape and colours, blank ones included; no share is below nothing."""
    pixels = np.full((height, width, 3), one, np.uint8)
    pixels[height // 3 :] = other
    palette = palette_of(pixels)
    assert palette.shape == (PALETTE,)
    assert palette.dtype == np.float32
    assert palette.min() >= 0
    assert np.linalg.norm(palette) == pytest.approx(1, abs=1e-5)


def test_another_ground_hardly_changes_a_palette() -> None:
    """What the border shows is left out, so a seller's wall does not make another product."""
    assert palette_of(shirt(NAVY)) @ palette_of(shirt(NAVY, BEIGE)) > 0.95


def test_another_colour_is_another_palette() -> None:
    """Two colourways on one ground have little in common, though most of the picture is equal."""
    assert palette_of(shirt(NAVY)) @ palette_of(shirt(RED)) < 0.3


def test_a_white_thing_on_white_is_not_a_red_one() -> None:
    """Where nothing differs from the ground, the ground's own colour is taken for the thing's."""
    blank = palette_of(shirt(WHITE))
    assert blank @ palette_of(shirt((246, 246, 244))) > 0.9
    assert blank @ palette_of(shirt(RED)) < 0.4


@pytest.mark.parametrize("colour", [NAVY, RED, BEIGE])
def test_a_little_more_light_hardly_changes_a_palette(colour: tuple[int, int, int]) -> None:
    """Shares pass softly from one colour to the next."""
    lighter = tuple(round(channel * 1.06) for channel in colour)
    assert palette_of(shirt(colour)) @ palette_of(shirt((lighter[0], lighter[1], lighter[2]))) > 0.93


@pytest.mark.parametrize("change", [encoded_anew, lambda p: p[:, ::-1], lambda p: p[4:-4, 4:-4]])
def test_a_copy_has_the_same_palette(change: object) -> None:
    """Encoded anew, mirrored, or with its edges cut off."""
    assert callable(change)
    picture = textured(3)
    assert palette_of(picture) @ palette_of(np.ascontiguousarray(change(picture))) > 0.97
