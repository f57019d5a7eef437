"""Thresholds for F1, chosen where labels may be looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.decision.decider import Decider
from model.decision.features import Pair
from model.evaluation.metrics import last_of_ties

Float64 = NDArray[np.float64]


def log_odds(decider: Decider, pairs: Sequence[Pair]) -> Float64:
    """float64[n] of n pairs, uncalibrated: they rank without ties."""
    return decider.score(decider.features(pairs)).log_odds


def f1_threshold(scores: Float64, same: NDArray[np.bool_], total: int | None = None) -> tuple[float, float]:
    """The threshold with the largest F1, halfway to the next lower score, and that F1.

    Args:
        scores: float64[n].
        same: bool[n].
        total: how many true pairs there are, those never scored included; None for those in `same`.

    Raises:
        ValueError: no pair is true.
    """
    wanted = int(same.sum()) if total is None else total
    if not same.any():
        raise ValueError("no pair is true: there is no F1")
    order = np.argsort(-scores, kind="stable")
    ends = last_of_ties(scores[order])
    f1 = 2 * np.cumsum(same[order])[ends] / (ends + 1 + wanted)
    best = int(f1.argmax())
    chosen = scores[order][ends]
    lower = chosen[best + 1] if best + 1 < len(chosen) else chosen[best]
    return float(chosen[best] + lower) / 2, float(f1[best])
