"""What one entry of a content cache counts for, and what a feature must be to be remembered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROW_OVERHEAD = 64
"""What one entry is taken to cost beside its key and its value, in bytes; the same in every cache."""


def url_cost(url: str) -> int:
    """Bytes that a remembered URL counts for: the URL, its SHA-256 in hex and the overhead."""
    return len(url.encode("utf-8")) + 64 + ROW_OVERHEAD


def feature_cost(key: str, feature: NDArray[np.float32]) -> int:
    """Bytes that a remembered feature counts for: key, four bytes a number and the overhead."""
    return len(key.encode("utf-8")) + 4 * feature.size + ROW_OVERHEAD


def checked_feature(key: str, feature: NDArray[np.float32]) -> NDArray[np.float32]:
    """The feature as flat little-endian `float32[d]`, a copy of its own.

    Raises:
        ValueError: empty, not flat, or not finite: such a feature would spoil every later run.
    """
    array = np.array(feature, dtype="<f4")
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"the feature of {key[:80]!r} is not a flat, finite float32 array")
    return array
