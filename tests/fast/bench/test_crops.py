"""Crops of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from bench.real_data.crops import Corner, _crop


@pytest.mark.parametrize(
    ("corner", "seen"), [((0.0, 0.0), 10), ((0.0, 1.0), 20), ((1.0, 0.0), 30), ((1.0, 1.0), 40)]
)
def test_a_crop_shows_its_corner_at_the_size_of_the_whole(corner: Corner, seen: int) -> None:
    """Off the middle towards the corner a crop has the colour of that quarter."""
    picture = np.zeros((16, 16, 3), np.uint8)
    for place, colour in enumerate((10, 20, 30, 40)):
        down, across = divmod(place, 2)
        picture[down * 8 : down * 8 + 8, across * 8 : across * 8 + 8] = colour
    crop = _crop(picture, corner)
    assert crop.shape == picture.shape
    assert abs(int(crop[6 + 3 * int(corner[0]), 6 + 3 * int(corner[1]), 0]) - seen) <= 3
