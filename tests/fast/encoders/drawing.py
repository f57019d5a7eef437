"""Small drawn pictures of one thing on a ground."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

WHITE, NAVY, RED, BEIGE = (255, 255, 255), (30, 40, 90), (190, 30, 40), (225, 210, 185)


def shirt(colour: Colour, ground: Colour = WHITE, *, size: int = 96, left: float = 0.0) -> Pixels:
    """A body with two sleeves, moved by this share of the picture to the left."""
    y, x = np.mgrid[0:size, 0:size] / size
    x = x + left
    body = (np.abs(x - 0.5) < 0.2) & (y > 0.2) & (y < 0.85)
    sleeves = (np.abs(x - 0.5) < 0.36) & (y > 0.2) & (y < 0.4)
    pixels = np.empty((size, size, 3), np.uint8)
    pixels[:] = ground
    pixels[body | sleeves] = colour
    return pixels


def textured(seed: int, size: int = 96) -> Pixels:
    """A smooth picture that no other seed gives."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 7, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC))


def encoded_anew(pixels: Pixels, *, quality: int = 40, scale: float = 0.9) -> Pixels:
    """Made smaller, saved as JPEG, read and brought to its size again."""
    image, file = Image.fromarray(pixels), io.BytesIO()
    smaller = image.resize((round(image.width * scale), round(image.height * scale)))
    smaller.save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).resize(image.size))
