"""Where a probability starts to count: `match` by a wanted precision, `review` by what people can look at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Labels = NDArray[np.bool_]

_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a probability starts to count as a match, and what was seen there.

    Attributes:
        value: pairs at or above it match.
        precision: of the calibration split's pairs at or above it; None if there are none.
        interval: Wilson's 95 % interval of that precision, of as many pairs as theirs are worth: those of one
            group err together, and the pairs in hand (see `choose_threshold`) may be wrong.
        recall: of the calibration split's true pairs.
        pairs: how many lie at or above it.
        reached: whether the target could be met; if not, nothing matches by the model.
    """

    value: float
    target: float
    precision: float | None
    interval: tuple[float, float]
    recall: float
    pairs: int
    reached: bool


class TooFewPairs(ValueError):
    """Pairs that cannot tell whether a target is met; says how many more are wanted."""


def pairs_needed(target: float) -> int:
    """How many true pairs can just tell a precision of `target` from less: one wrong is all they bear."""
    return math.ceil(1.0 / (1.0 - target) - 1e-9)


def steady_pairs(target: float) -> int:
    """How many true pairs make a threshold steady: ten wrong ones are what they bear.

    Simulated (two normal classes, the pairs of three listings each shifted together, a target of 98 %), the
    precision behind the threshold had a standard deviation of 2.4 points with 50 true pairs to choose it on,
    1.1 with 500, and 0.5 with 2,000.
    """
    return math.ceil(10.0 / (1.0 - target) - 1e-9)


def check_enough(matches: int, others: int, target: float) -> None:
    """Refuse pairs that can tell nothing of a target; those that pass may still be too few to be steady.

    Args:
        matches: pairs of one product.
        others: pairs of two products.
        target: wanted precision.

    Raises:
        TooFewPairs: names the kind, and how many labelled pairs more it takes.
    """
    needed = pairs_needed(target)
    for kind, there in (("matching", matches), ("different", others)):
        if there < needed:
            raise TooFewPairs(
                f"a precision of {target:.1%} wants at the very least {needed} {kind} pairs to calibrate on, "
                f"not {there}: {needed - there} more labelled {kind} pairs are needed, or a lower target "
                f"({steady_pairs(target)} would make the threshold steady)"
            )


def wilson(hits: float, total: float, z: float = _Z95) -> tuple[float, float]:
    """Wilson's score interval of a share (JASA 22, 1927); 95 % by default."""
    if total <= 0:
        return 0.0, 1.0
    share = hits / total
    middle = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    whole = 1 + z * z / total
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def choose_threshold(
    probabilities: FloatArray,
    labels: Labels,
    target: float,
    lowest: float,
    *,
    case_weights: FloatArray | None = None,
    groups: NDArray[np.int64] | None = None,
    wrong_in_hand: float = 0.0,
) -> Threshold:
    """The lowest threshold, not under `lowest`, above which the share of true pairs is `target` or more.

    Args:
        probabilities: float64[n].
        labels: bool[n].
        target: wanted share.
        lowest: no threshold lies under it.
        case_weights: float64[n], how often each pair counts, once by default.
        groups: int[n]; pairs of one number err together; each pair its own by default.
        wrong_in_hand: wrong pairs that are counted on top of those seen. The lowest threshold that meets a
            target is picked for its luck; half a wrong pair in hand takes most of that luck out, where a
            demand on the interval's lower end would ask for hundreds of pairs above the threshold.
    """
    weights = np.ones(len(labels)) if case_weights is None else case_weights
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    hits, counts = np.cumsum((weights * labels)[order]), np.cumsum(weights[order])
    ends = np.append(ranked[1:] != ranked[:-1], values=True)  # a threshold cuts between values
    met = hits >= target * (counts + wrong_in_hand) - 1e-9
    good = np.flatnonzero(ends & met & (ranked >= lowest) & (counts > 0))
    if not len(good):
        return Threshold(1.0, target, None, wilson(0, 0), 0.0, 0, reached=False)
    end = int(good[-1])
    share = float(hits[end] / counts[end])
    above = order[: end + 1]
    worth = _worth(labels[above], weights[above], np.arange(end + 1) if groups is None else groups[above])
    low, _ = wilson(float(hits[end] / (counts[end] + wrong_in_hand)) * worth, worth)
    _, high = wilson(share * worth, worth)
    return Threshold(
        value=float(ranked[end]),
        target=target,
        precision=round(share, 6),
        interval=(round(low, 6), round(high, 6)),
        recall=round(float(hits[end] / hits[-1]), 6),
        pairs=end + 1,
        reached=True,
    )


def _worth(labels: Labels, weights: FloatArray, groups: NDArray[np.int64]) -> float:
    """How many pairs drawn singly would tell as much of the share of true ones as these, drawn by groups.

    The lesser of two: the weights' effective size (L. Kish, Survey Sampling, 1965), and what the spread of
    the groups' shares leaves (a ratio's linearised variance: W. Cochran, Sampling Techniques, 1977).
    """
    total = float(weights.sum())
    by_weight = total**2 / float(np.square(weights).sum())
    share = float(weights @ labels) / total
    _, place = np.unique(groups, return_inverse=True)
    spread = float(np.square(np.bincount(place, weights * (labels - share))).sum())
    return min(by_weight, share * (1 - share) * total**2 / spread) if spread > 0 else by_weight


def choose_review(
    probabilities: FloatArray, match: float | FloatArray, floor: float, tasks: float | None = None
) -> tuple[float, int]:
    """The lowest review threshold that keeps to a budget.

    Args:
        probabilities: float64[n], of pairs that no GTIN decides.
        match: the match threshold, or float64[n] of each pair; what lies at or above it needs nobody.
        floor: nothing under it is shown to people.
        tasks: how many of these pairs people can look at; None for as many as there are. Those at or above
            the least `match` are shown, whatever this is.

    Returns:
        The threshold, at most the least `match`, and how many of the pairs lie in the band.
    """
    band = np.sort(probabilities[(probabilities >= floor) & (probabilities < match)])[::-1]
    least = float(np.min(match, initial=1.0))
    if tasks is None or len(band) <= tasks:
        return min(floor, least), len(band)
    kept = band[: int(tasks)]
    beyond = band[int(tasks)]  # pairs of one probability are shown together or not at all
    kept = kept[kept > beyond]
    if not len(kept) or kept[-1] > least:
        return least, int((band >= least).sum())
    return float(kept[-1]), len(kept)
