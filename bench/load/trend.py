"""Whether a series rises: its slope, and how sure one may be of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

BLOCKS = 12
_T = 2.228  # Student's t, 97.5 %, for as many degrees of freedom as blocks, less two


@dataclass(frozen=True, slots=True)
class Slope:
    """Change an hour, with its 95 % interval."""

    per_hour: float
    low: float
    high: float


def slope(at_s: ArrayLike, values: ArrayLike) -> Slope:
    """The slope of a straight line through the means of twelve blocks of the series.

    Neighbouring samples of a process' memory are nearly the same number: taken one by one they would promise
    an interval many times too narrow. Means of blocks are nearly independent of one another.

    Args:
        at_s: float[n], seconds, rising.
        values: float[n].

    Raises:
        ValueError: fewer than two samples a block.
    """
    times, held = np.asarray(at_s, dtype=float), np.asarray(values, dtype=float)
    if len(times) < 2 * BLOCKS:
        raise ValueError(f"{len(times)} samples: a slope needs {2 * BLOCKS}")
    x = np.array([block.mean() for block in np.array_split(times, BLOCKS)]) / 3600
    y = np.array([block.mean() for block in np.array_split(held, BLOCKS)])
    away = x - x.mean()
    spread = float(away @ away)
    steep = float(away @ (y - y.mean())) / spread
    left = y - y.mean() - steep * away
    error = float(np.sqrt((left @ left) / (BLOCKS - 2) / spread))
    return Slope(steep, steep - _T * error, steep + _T * error)
