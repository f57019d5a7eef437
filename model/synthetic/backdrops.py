"""The empty pictures of sellers, on which their products are drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.synthetic.canvas import mix
from model.synthetic.style import PhotoStyle
from model.synthetic.words import Rgb

OVERSAMPLE = 2
"""Pixels drawn for one of the finished picture, each way."""


Float32 = NDArray[np.float32]


@lru_cache(maxsize=256)
def backdrop(style: PhotoStyle) -> Image.Image:
    """The empty picture of a seller, oversampled; callers copy it."""
    wide, high = style.width * OVERSAMPLE, style.height * OVERSAMPLE
    base = mix(style.backdrop_colour, *_BASES.get(style.backdrop, ((0, 0, 0), 0.0)))
    x = np.linspace(0, 1, wide, dtype=np.float32)[None, :, None]
    y = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
    ground: Float32 = np.empty((high, wide, 3), dtype=np.float32)
    ground[:] = base
    if style.backdrop == "linen":
        ground += np.random.default_rng(style.width + base[0]).normal(0, 7, (high, wide, 1))
    if style.backdrop in _GROUNDS:
        ground = _GROUNDS[style.backdrop](ground, x, y)
    return Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))


@lru_cache(maxsize=256)
def dark_backdrop(style: PhotoStyle) -> Image.Image:
    """What a full shadow makes of the empty picture, at its final size."""
    third = [round(value * 0.33) for value in range(256)]
    return backdrop(style).reduce(OVERSAMPLE).point(third * 3)


def _gradient(ground: Float32, x: Float32, y: Float32) -> Float32:
    bright = np.float32(1.08) - np.float32(0.4) * (np.square(x - 0.5) + np.square(y - 0.4))
    lit: Float32 = ground * bright
    return lit


def _wood(ground: Float32, x: Float32, y: Float32) -> Float32:
    grain: Float32 = 1 + 0.06 * np.sin(26 * x + 5 * np.sin(3 * y + 9 * x))
    return np.where(np.mod(x * 5, 1) < 0.015, 0.8, 1.0).astype(np.float32) * grain * ground


def _room(ground: Float32, x: Float32, y: Float32) -> Float32:
    floor = mix((int(ground[0, 0, 0]), int(ground[0, 0, 1]), int(ground[0, 0, 2])), (120, 92, 66), 0.6)
    return np.where(y > 0.8, np.array(floor, dtype=np.float32), ground * (1.02 - 0.12 * x))


def _linen(ground: Float32, x: Float32, y: Float32) -> Float32:
    high, wide, _ = ground.shape
    weave: Float32 = 4 * np.sin(wide * 0.9 * x) + 4 * np.sin(high * 0.9 * y)
    return ground + weave


def _concrete(ground: Float32, x: Float32, y: Float32) -> Float32:
    clouds = np.sin(7 * x + 3 * np.sin(5 * y)) * np.sin(6 * y + 2 * np.sin(4 * x))
    joints = (np.mod(x * 2.2, 1) < 0.012) | (np.mod(y * 2.2, 1) < 0.012)
    light: Float32 = np.where(joints, 0.5, 0.74 + 0.05 * clouds).astype(np.float32)
    return ground * light


def _marble(ground: Float32, x: Float32, y: Float32) -> Float32:
    vein = np.abs(np.sin(6 * x + 3 * y + 2.4 * np.sin(4 * y + 1.3 * np.sin(7 * x))))
    dark: Float32 = 80 * np.exp(-14 * vein)
    return ground - dark


_GROUNDS: Final[dict[str, Callable[[Float32, Float32, Float32], Float32]]] = {
    "gradient": _gradient,
    "wood": _wood,
    "room": _room,
    "linen": _linen,
    "concrete": _concrete,
    "marble": _marble,
}
_BASES: Final[dict[str, tuple[Rgb, float]]] = {
    "studio": ((255, 255, 255), 0.92),
    "wood": ((150, 104, 66), 0.75),
    "marble": ((246, 246, 244), 0.7),
}
"""What a seller's own backdrop colour is mixed with, and how much of it."""
