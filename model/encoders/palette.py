"""A picture's palette: how much of each colour the thing in it has, its background left out."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

PALETTE = 64
"""Length of a palette."""

_GRID = 32  # cells along each edge that a picture is averaged down to
_STEPS = 32  # of each of red, green and blue in the table of colours

Float32 = NDArray[np.float32]


def palette_of(pixels: NDArray[np.uint8]) -> Float32:
    """Shares of `PALETTE` colours, each the root of its share.

    So its length is 1, and the product of two palettes is their Bhattacharyya coefficient (A. Bhattacharyya,
    1943): 1 for equal shares, 0 for nothing in common. A colour between two of the table counts for both in
    part, so that a slight change of light moves shares a little.

    Args:
        pixels: uint8[h, w, 3], RGB.

    Returns:
        float32[PALETTE] of unit length, none below 0.
    """
    cells = _averaged(pixels)
    lab = _lab(cells)
    weights = _foreground(lab)
    steps = (cells * (_STEPS - 1) + 0.5).astype(np.intp)
    codes = (steps[..., 0] * _STEPS + steps[..., 1]) * _STEPS + steps[..., 2]
    # einsum's own loop, not a BLAS product: its order does not hang on the number of threads.
    shares = np.einsum("p,pk->k", weights.ravel(), _table()[codes.ravel()])
    root: Float32 = np.sqrt(shares / shares.sum())
    return root


def _averaged(pixels: NDArray[np.uint8]) -> Float32:
    """float32[g, g, 3] in [0, 1]: means over equal cells; what does not fill a cell is cut off evenly."""
    height, width = pixels.shape[:2]
    grid = min(_GRID, height, width)
    tall, wide = height // grid, width // grid
    top, left = (height - grid * tall) // 2, (width - grid * wide) // 2
    inside = pixels[top : top + grid * tall, left : left + grid * wide]
    rows = np.add.reduce(inside.reshape(grid, tall, grid * wide * 3), axis=1, dtype=np.uint32)
    cells = np.add.reduce(rows.reshape(grid, grid, wide, 3), axis=2)
    mean: Float32 = cells.astype(np.float32) / np.float32(255 * tall * wide)
    return mean


def _lab(rgb: NDArray[np.floating]) -> Float32:
    """CIE L*a*b* (D65) of sRGB in [0, 1]; distances in it are about what eyes see."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4).astype(np.float32)
    xyz = linear @ _XYZ
    bent = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = bent[..., 0], bent[..., 1], bent[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


_XYZ = (
    np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    / np.array([0.95047, 1.0, 1.08883])
).astype(np.float32)
"""From linear sRGB to XYZ, relative to the white of D65."""


def _foreground(lab: Float32) -> Float32:
    """float32[g, g]: how likely a cell shows the thing: unlike the border, and near the middle."""
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    ground = np.median(border, axis=0)
    unlike = 1 - np.exp(-np.square(lab - ground).sum(axis=-1) / np.float32(2 * 10.0**2))
    along = np.linspace(-1, 1, len(lab), dtype=np.float32)
    middle = np.exp(-np.square(along) / np.float32(2 * 0.5**2))
    weights: Float32 = ((unlike + np.float32(0.02)) * middle[:, None] * middle[None, :]).astype(np.float32)
    return weights


@cache
def _table() -> Float32:
    """float32[_STEPS ** 3, PALETTE]: the share of each colour of a fine grid in each of the palette's."""
    along = np.arange(_STEPS, dtype=np.float32) / (_STEPS - 1)
    every = np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1).reshape(-1, 3)
    coarse = np.arange(4, dtype=np.float32) / 3
    centres = _lab(np.stack(np.meshgrid(coarse, coarse, coarse, indexing="ij"), axis=-1).reshape(-1, 3))
    apart = np.square(_lab(every)[:, None] - centres[None]).sum(axis=-1)
    near = np.exp((apart.min(axis=1, keepdims=True) - apart) / np.float32(2 * 10.0**2))
    shares: Float32 = (near / near.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
