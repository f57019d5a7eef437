"""pHash: 64 bits that stay when a picture is encoded or scaled anew, and differ between pictures.

The classic form (C. Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010, and
what the `imagehash` package computes): grey, 32 x 32 by Lanczos, a cosine transform, and of its 8 x 8 lowest
frequencies whether each is over their median.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

HASH_BITS = 64
_LOW, _GRID = 8, 32
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow weighs them
_LEAST_CONTRAST = 1.0  # grey levels, about the standard deviation of what the low frequencies draw
_LANCZOS_LOBES = 3


def hash_bits(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The hash of a picture, as it stands in its white square.

    A photograph and a copy of it that someone had squared with white are one picture here, since all are
    squared alike. Further white margins stay: where they end moves with each encoding, and the bits with it.

    Args:
        pixels: uint8[h, w, 3], RGB.

    Returns:
        uint8[64] of 0 and 1, by rows of frequencies, the lowest first. All are 0 of a picture that shows next
        to nothing (one plain colour, a blank placeholder): its bits would be noise, and equal noise is no
        sign of equal pictures. A true hash never is: about half of its bits are 1.
    """
    low = _low_frequencies(pixels.shape[0]) @ (pixels @ _GREY) @ _low_frequencies(pixels.shape[1]).T
    bits = low.ravel() > np.median(low)
    low[0, 0] = 0  # its mean brightness
    if np.sqrt(np.square(low).sum()) / (2 * _GRID**2) < _LEAST_CONTRAST:
        return np.zeros(HASH_BITS, np.uint8)
    return bits.astype(np.uint8)


def hash_text(bits: NDArray[np.generic]) -> str | None:
    """16 hex digits, the first bit foremost, as the `imagehash` package writes them; None of no hash.

    Args:
        bits: 64 numbers, 0 or 1.
    """
    packed = np.packbits(np.asarray(bits) > 0)
    return packed.tobytes().hex() if packed.any() else None


@cache
def _low_frequencies(length: int) -> NDArray[np.float32]:
    """float32[8, length]: from that many pixels to the 8 lowest of 32 frequencies, in one product."""
    step = length / _GRID
    centres = (np.arange(_GRID) + 0.5) * step
    reach = max(step, 1.0)
    places = (np.arange(length) + 0.5 - centres[:, None]) / reach
    kernel = np.where(
        np.abs(places) < _LANCZOS_LOBES, np.sinc(places) * np.sinc(places / _LANCZOS_LOBES), 0.0
    )
    kernel /= kernel.sum(axis=1, keepdims=True)
    angles = np.pi / _GRID * np.outer(np.arange(_LOW), np.arange(_GRID) + 0.5)
    return np.asarray(2 * np.cos(angles) @ kernel, np.float32)
