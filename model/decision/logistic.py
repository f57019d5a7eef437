"""Logistic regression with a Gaussian prior and signs: projected Newton steps, in numpy alone.

Source: D. P. Bertsekas, "Projected Newton methods for optimization problems with simple constraints", SIAM
Journal on Control and Optimization 20 (1982).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_STEPS = 200
_TOLERANCE = 1e-7


def sigmoid(log_odds: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))


def fit_logistic(
    design: FloatArray,
    labels: NDArray[np.bool_],
    case_weights: FloatArray,
    *,
    signs: NDArray[np.int8],
    prior: FloatArray,
    precision: FloatArray,
) -> FloatArray:
    """The most probable weights `float64[m]` of a logistic model.

    Args:
        design: float64[n, m].
        labels: bool[n].
        case_weights: float64[n], how often each row counts.
        signs: int8[m]; +1 keeps a weight at 0 or above, -1 at 0 or below, 0 leaves it free.
        prior: float64[m], the prior's means.
        precision: float64[m], the prior's inverse variances.

    Raises:
        ValueError: labels of one kind only.
    """
    if labels.all() or not labels.any():
        raise ValueError("both matching and different pairs are needed to fit a decider")
    target = labels.astype(np.float64)

    def loss(weights: FloatArray) -> float:
        log_odds = design @ weights
        data = case_weights @ (np.logaddexp(0.0, log_odds) - target * log_odds)
        return float(data + 0.5 * precision @ (weights - prior) ** 2)

    def project(weights: FloatArray) -> FloatArray:
        return np.where(signs * weights < 0, 0.0, weights)

    weights = project(np.zeros(design.shape[1]))
    value = loss(weights)
    for _ in range(_STEPS):
        probability = sigmoid(design @ weights)
        gradient = design.T @ (case_weights * (probability - target)) + precision * (weights - prior)
        free = (signs == 0) | (weights != 0) | (signs * gradient < 0)
        spread = case_weights * probability * (1.0 - probability)
        inner = design[:, free]
        hessian = inner.T @ (inner * spread[:, None]) + np.diag(precision[free] + 1e-9)
        step = np.zeros_like(weights)
        step[free] = np.linalg.solve(hessian, gradient[free])
        length = 1.0
        while length > 1e-6:
            trial = project(weights - length * step)
            trial_value = loss(trial)
            if trial_value <= value:
                break
            length *= 0.5
        else:
            return weights
        moved, gain = float(np.abs(trial - weights).max()), value - trial_value
        weights, value = trial, trial_value
        if moved < _TOLERANCE or gain < _TOLERANCE * 1e-3:
            break
    return weights
