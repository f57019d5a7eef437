"""Where vectors lie: along a reference's widest directions, along random ones, and outside of the former."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

WIDEST = 8
SLICES = 8
_SEED = 20260101  # the slices are the same in every reference of one dimension

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions of one modality's vectors.

    Attributes:
        mean: float32[d], of the reference's vectors.
        along: float32[16, d]: eight orthonormal directions, the widest first, and eight random ones of unit
            length; rows of zeros where the vectors span fewer.
    """

    mean: Float32
    along: Float32

    @classmethod
    def of(cls, vectors: Float32) -> Self:
        """Of the reference's vectors float32[n, d]; without any, zeros."""
        dimension = vectors.shape[1]
        drawn = np.random.default_rng(_SEED).normal(size=(SLICES, dimension))
        along = np.zeros((WIDEST + SLICES, dimension), np.float32)
        if not len(vectors):
            return cls(np.zeros(dimension, np.float32), along)
        exact = vectors.astype(np.float64)
        mean = exact.mean(axis=0)
        along[:WIDEST] = _widest(exact - mean).astype(np.float32)
        along[WIDEST:] = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
        return cls(mean.astype(np.float32), along)

    def places(self, vectors: Float32) -> tuple[Float32, Float32]:
        """Places along each direction, float32[n, 16], and the share outside of the widest, float32[n].

        The share is of the squared distance to the mean; 0 for a vector that is the mean.
        """
        centred: Float32 = vectors - self.mean
        places: Float32 = centred @ self.along.T
        whole = np.einsum("nd,nd->n", centred, centred)
        inside = np.square(places[:, :WIDEST]).sum(axis=1)
        outside = np.clip(1 - inside / np.maximum(whole, np.float32(1e-12)), 0, 1)
        return places, np.where(whole > np.float32(1e-12), outside, np.float32(0))


def _widest(centred: Float64) -> Float64:
    """float64[8, d]: principal directions, each with one sign of the two that are right."""
    spreads, axes = np.linalg.eigh(centred.T @ centred)
    widest = axes.T[::-1][:WIDEST]
    loudest = np.take_along_axis(widest, np.abs(widest).argmax(axis=1)[:, None], axis=1)
    noise = max(float(spreads[-1]), 1e-12) * 1e-9
    widest = widest * np.sign(loudest) * (spreads[::-1][:WIDEST, None] > noise)
    held = np.zeros((WIDEST, centred.shape[1]))
    held[: len(widest)] = widest
    return held
