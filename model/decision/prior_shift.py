"""What more distractors in the catalogue do to probabilities, and where the threshold must move.

A probability holds for the share of true pairs of the calibration split. As a catalogue grows, listings
of other products come up among the candidates in proportion, true pairs do not; the same score means less. If
only that share changes, every pair's log-odds move by one amount.

Source: C. Elkan, "The foundations of cost-sensitive learning" (IJCAI 2001); M. Saerens, P. Latinne and C.
Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities" (Neural Computation 14,
2002).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.decision.logistic import sigmoid
from model.decision.thresholds import choose_threshold, wilson

FloatArray = NDArray[np.float64]

FACTORS = (1.0, 10.0, 100.0)

_BINS = 15
_EDGE = 1e-9  # probabilities of 0 and 1 have no finite log-odds


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What is seen at or above a threshold.

    Attributes:
        threshold: on probabilities as the artifact states them; None if no pair may match.
        precision: share of true pairs; None if nothing lies there.
        interval: Wilson's 95 % interval of it, for as many pairs as the weights are worth.
        recall: of all true pairs given.
    """

    threshold: float | None
    precision: float | None
    interval: tuple[float, float]
    recall: float


@dataclass(frozen=True, slots=True)
class DistractorRow:
    """A catalogue with `factor` times as many distractors.

    Attributes:
        share: of true pairs among the candidates.
        stored: at the artifact's own threshold, left where it is.
        moved: at the threshold that `shifted_threshold` gives: it keeps the probability that was asked for.
        needed: at the lowest threshold that met the precision target on these very pairs.
        ece: expected calibration error of the stated probabilities.
        ece_shifted: of those that `shifted` gives.
    """

    factor: float
    share: float
    stored: AtThreshold
    moved: AtThreshold
    needed: AtThreshold
    ece: float
    ece_shifted: float


def log_odds_shift(share_before: float, share_after: float) -> float:
    """What is added to each pair's log-odds when the share of true pairs changes.

    Raises:
        ValueError: a share that is not between 0 and 1.
    """
    for share in (share_before, share_after):
        if not 0.0 < share < 1.0:
            raise ValueError(f"a share of true pairs lies between 0 and 1, not at {share}")
    return math.log(share_after / (1 - share_after)) - math.log(share_before / (1 - share_before))


def shifted(probabilities: FloatArray, share_before: float, share_after: float) -> FloatArray:
    """float64[n]: what probabilities, stated for one share of true pairs, are at another."""
    held = np.clip(probabilities, _EDGE, 1 - _EDGE)
    return sigmoid(np.log(held) - np.log1p(-held) + log_odds_shift(share_before, share_after))


def shifted_threshold(threshold: float, share_before: float, share_after: float) -> float:
    """Where a threshold on stated probabilities must move, so that a pair on it is as likely as before."""
    return float(shifted(np.array([threshold]), share_after, share_before)[0])


def distractor_table(
    probabilities: FloatArray,
    labels: NDArray[np.bool_],
    *,
    threshold: float,
    target: float = 0.98,
    grows: NDArray[np.bool_] | None = None,
    apart: NDArray[np.bool_] | None = None,
    factors: Sequence[float] = FACTORS,
) -> tuple[DistractorRow, ...]:
    """The same pairs as they would be among more distractors: those that grow count `factor` times.

    Retrieval offers a bounded number of candidates, so that true pairs may also be crowded out: that is a
    question of retrieval's recall, which weights do not answer.

    Args:
        probabilities: float64[n], as the artifact states them, of pairs that no GTIN decides.
        labels: bool[n].
        threshold: the artifact's match threshold.
        target: precision that was aimed at.
        grows: bool[n], the pairs whose number grows with the catalogue: by default all that are not true. A
            product's own variants do not become more; leave them out where they are known.
        apart: bool[n], pairs that another threshold decides: no matches at any of these.
        factors: how many times as many; 1 is the catalogue as it is.

    Raises:
        ValueError: all pairs are true, or none is.
    """
    share = float(labels.mean()) if len(labels) else 0.0
    growing = ~labels if grows is None else grows & ~labels
    asked = np.ones_like(labels) if apart is None else ~apart
    ranked = np.where(asked, probabilities, -1.0)
    rows = []
    for factor in factors:
        weights = np.where(growing, factor, 1.0)
        after = float(weights[labels].sum() / weights.sum()) if len(labels) else 0.0
        moved = min(1.0, max(threshold, shifted_threshold(threshold, share, after)))
        needed = choose_threshold(ranked, labels, target, 0.0, case_weights=weights)
        rows.append(
            DistractorRow(
                factor=float(factor),
                share=after,
                stored=_at(threshold, ranked, labels, weights),
                moved=_at(moved, ranked, labels, weights),
                needed=_at(needed.value if needed.reached else None, ranked, labels, weights),
                ece=calibration_error(probabilities, labels, weights),
                ece_shifted=calibration_error(shifted(probabilities, share, after), labels, weights),
            )
        )
    return tuple(rows)


def calibration_error(probabilities: FloatArray, labels: NDArray[np.bool_], weights: FloatArray) -> float:
    """Weighted expected calibration error over 15 bins of equal mass.

    Source: M. Naeini, G. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
    binning" (AAAI 2015), for the measure; equal mass after J. Nixon et al. (CVPR workshops 2019).
    """
    order = np.argsort(probabilities, kind="stable")
    mass = np.cumsum(weights[order])
    bins = np.minimum((_BINS * (mass - weights[order] / 2) / mass[-1]).astype(np.int64), _BINS - 1)
    gaps = np.bincount(bins, weights=(weights * (probabilities - labels))[order], minlength=_BINS)
    return float(np.abs(gaps).sum() / mass[-1])


def _at(
    threshold: float | None, probabilities: FloatArray, labels: NDArray[np.bool_], weights: FloatArray
) -> AtThreshold:
    if threshold is None:
        return AtThreshold(None, None, wilson(0, 0), 0.0)
    above = probabilities >= threshold
    total = float(weights[above].sum())
    recall = float(weights[above & labels].sum() / weights[labels].sum())
    if not total:
        return AtThreshold(threshold, None, wilson(0, 0), recall)
    precision = float(weights[above & labels].sum()) / total
    worth = total**2 / float(np.square(weights[above]).sum())
    return AtThreshold(threshold, precision, wilson(precision * worth, worth), recall)
