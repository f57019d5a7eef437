"""Quantiles far out: a generalised Pareto distribution over what lies beyond a threshold."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

BEYOND = 0.02  # the share of values that the tail is fitted on
FEWEST_IN_TAIL = 50
_SHAPES = (
    -0.1,
    0.5,
)  # a shorter tail would promise a bound that no sample shows; a longer one has no variance


def tail_quantile(values: NDArray[np.float64], chance: float) -> float:
    """The value that is exceeded with the given chance.

    Peaks over threshold (Pickands 1975): the excess over the 98 % quantile is fitted by probability-weighted
    moments (Hosking and Wallis 1987, Technometrics 29/3), which need no search and do well on short tails.

    Args:
        values: float64[n], independent draws.
        chance: wanted, over 0; where the sample itself reaches so far, its own quantile is taken.

    Raises:
        ValueError: fewer than 2,500 values, of which 50 would make a tail.
    """
    if len(values) * BEYOND < FEWEST_IN_TAIL:
        raise ValueError(f"{len(values)} values have no tail; {FEWEST_IN_TAIL / BEYOND:.0f} are wanted")
    over = np.quantile(values, 1 - BEYOND)
    excess = np.sort(values[values > over]) - over
    count = len(excess)
    if count < FEWEST_IN_TAIL / 2:  # ties: what hardly varies has no tail
        return float(values.max())
    share = count / len(values)
    if chance >= share:
        return float(np.quantile(values, 1 - chance))
    shape, scale = fit_pareto(excess)
    if abs(shape) < 1e-6:
        return float(over + scale * math.log(share / chance))
    return float(over + scale / shape * ((share / chance) ** shape - 1))


def fit_pareto(excess: NDArray[np.float64]) -> tuple[float, float]:
    """Shape and scale of ascending, positive excesses; the shape is held in -0.1 to 0.5."""
    count = len(excess)
    weights = 1 - (np.arange(1, count + 1) - 0.35) / count
    first, second = float(excess.mean()), float((weights * excess).mean())
    shape = 2 - first / (first - 2 * second)
    held = min(max(shape, _SHAPES[0]), _SHAPES[1])
    return held, first * (1 - held)
