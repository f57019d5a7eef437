"""A picture's palette: how much of each colour the thing in it has, its background left out.

The form was chosen on photographs of real stores, by how well it tells front and back of one colourway from
another colourway of the same style, which a classifier's features hardly do.
"""

from __future__ import annotations

import colorsys
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PALETTE = 64
"""Length of a palette."""

_HUES = 14
_TONES = ((0.9, 0.9), (0.7, 0.4), (0.3, 0.9), (0.25, 0.5))  # saturation, value: vivid, dark, pale, dull
_GREYS = PALETTE - _HUES * len(_TONES)
_SOFTNESS = 8.0  # CIELAB units, as all distances here

_CELLS = 32  # along each edge, that a picture is averaged down to
_STEPS = 24  # of each of red, green and blue in the table of colours

_UNLIKE = 7.0  # a cell this far from the background is likely the thing's
_LEAST = 0.02  # what a cell like the background weighs: a white shirt on white must show something
_WHITE = np.array([100, 0, 0], np.float32)
_MIDDLE = 0.5  # standard deviation of the weight about the middle, in half-widths of the picture

Float32 = NDArray[np.float32]


def palette_of(pixels: NDArray[np.uint8]) -> Float32:
    """Shares of `PALETTE` colours, each the root of its share.

    So its length is 1, and the product of two palettes is their Bhattacharyya coefficient (A. Bhattacharyya,
    1943): 1 for equal shares, 0 for nothing in common. A colour between two of the palette's counts for both
    in part, so that a slight change of light moves shares a little.

    Args:
        pixels: uint8[h, w, 3], RGB.

    Returns:
        float32[PALETTE] of unit length, none below 0.
    """
    table = _table()
    steps = _averaged(pixels, _STEPS - 1)
    codes = (steps[..., 0] * _STEPS + steps[..., 1]) * _STEPS + steps[..., 2]
    weights = _foreground(table.lab[codes])
    # einsum's own loop, not a BLAS product: its order does not hang on the number of threads.
    shares = np.einsum("p,pk->k", weights.ravel(), table.shares[codes.ravel()])
    root: Float32 = np.sqrt(shares / shares.sum())
    return root


def _averaged(pixels: NDArray[np.uint8], top: int) -> NDArray[np.intp]:
    """Means over equal cells from 0 to `top`, rounded; what does not fill a cell is cut off evenly."""
    height, width = pixels.shape[:2]
    cells = min(_CELLS, height, width)
    tall, wide = height // cells, width // cells
    y, x = (height - cells * tall) // 2, (width - cells * wide) // 2
    small = Image.fromarray(pixels).reduce((wide, tall), (x, y, x + cells * wide, y + cells * tall))
    means: NDArray[np.intp] = (np.asarray(small).astype(np.intp) * top + 127) // 255
    return means


def _foreground(lab: Float32) -> Float32:
    """float32[g, g]: how likely a cell shows the thing: unlike white and the border, and near the middle."""
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    middling = np.sort(border, axis=0)[len(border) // 2]
    apart = np.minimum(np.square(lab - middling).sum(axis=-1), np.square(lab - _WHITE).sum(axis=-1))
    unlike = 1 - np.exp(-apart / np.float32(2 * _UNLIKE**2))
    middle = _middle(len(lab))
    weights: Float32 = (unlike + np.float32(_LEAST)) * middle
    return weights


@cache
def _middle(cells: int) -> Float32:
    """float32[cells, cells]: 1 in the middle, falling off to all sides."""
    along = np.exp(-np.square(np.linspace(-1, 1, cells)) / (2 * _MIDDLE**2))
    return np.outer(along, along).astype(np.float32)


class _Table(NamedTuple):
    """Of each colour of a fine grid in RGB its place in CIELAB, and its share of each of the palette's."""

    lab: Float32
    shares: Float32


@cache
def _table() -> _Table:
    along = np.arange(_STEPS) / (_STEPS - 1)
    lab = _lab(np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1).reshape(-1, 3))
    colours = [
        colorsys.hsv_to_rgb(hue / _HUES, saturation, value)
        for saturation, value in _TONES
        for hue in range(_HUES)
    ]
    greys = np.linspace([0, 0, 0], [100, 0, 0], _GREYS)
    centres = np.concatenate([_lab(np.array(colours)), greys])
    apart = np.square(lab).sum(axis=1, keepdims=True) - 2 * lab @ centres.T + np.square(centres).sum(axis=1)
    near = np.exp((apart.min(axis=1, keepdims=True) - apart) / (2 * _SOFTNESS**2))
    shares = near / near.sum(axis=1, keepdims=True)
    return _Table(lab.astype(np.float32), shares.astype(np.float32))


def _lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of sRGB in [0, 1]; distances in it are about what eyes see (IEC 61966-2-1, CIE 15)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ
    bent = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = bent[:, 0], bent[:, 1], bent[:, 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


_TO_XYZ = np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]]) / np.array(
    [0.95047, 1.0, 1.08883]
)
"""From linear sRGB to XYZ relative to the white of D65."""
