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
        interval: Wilson's 95 % interval of that precision.
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
    """A calibration split that cannot tell whether a target is met; says how many more pairs are wanted."""


def pairs_needed(target: float) -> int:
    """How many true pairs can just tell a precision of `target` from less: one wrong is all they bear."""
    return math.ceil(1.0 / (1.0 - target) - 1e-9)


def check_enough(matches: int, others: int, target: float, share: float) -> None:
    """Refuse a calibration split that is too small.

    Args:
        matches: pairs of one product in the calibration split.
        others: pairs of two products there.
        target: wanted precision.
        share: of all labelled pairs, that the calibration split takes.

    Raises:
        TooFewPairs: names the kind, and how many labelled pairs more it takes.
    """
    needed = pairs_needed(target)
    for kind, there in (("matching", matches), ("different", others)):
        if there < needed:
            more = math.ceil((needed - there) / share)
            raise TooFewPairs(
                f"a precision of {target:.1%} wants {needed} {kind} pairs to calibrate on, not {there}: "
                f"about {more} more labelled {kind} pairs are needed, or a lower target"
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
    wrong_in_hand: float = 0.0,
) -> Threshold:
    """The lowest threshold, not under `lowest`, above which the share of true pairs is `target` or more.

    Args:
        probabilities: float64[n].
        labels: bool[n].
        target: wanted share.
        lowest: no threshold lies under it.
        case_weights: float64[n], how often each pair counts, once by default; the interval is that of as many
            pairs as the weights are worth (Kish's effective size).
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
    worth = float(counts[end] ** 2 / np.square(weights[order][: end + 1]).sum())
    low, high = wilson(share * worth, worth)
    return Threshold(
        value=float(ranked[end]),
        target=target,
        precision=round(share, 6),
        interval=(round(low, 6), round(high, 6)),
        recall=round(float(hits[end] / hits[-1]), 6),
        pairs=end + 1,
        reached=True,
    )


def choose_review(
    probabilities: FloatArray, match: float, floor: float, tasks: float | None = None
) -> tuple[float, int]:
    """The lowest review threshold that keeps to a budget.

    Args:
        probabilities: float64[n], of pairs that no GTIN decides.
        match: the match threshold; what lies at or above it needs nobody.
        floor: nothing under it is shown to people.
        tasks: how many of these pairs people can look at; None for as many as there are.

    Returns:
        The threshold, at most `match`, and how many of the pairs lie in the band.
    """
    band = np.sort(probabilities[(probabilities >= floor) & (probabilities < match)])[::-1]
    if tasks is None or len(band) <= tasks:
        return min(floor, match), len(band)
    kept = band[: int(tasks)]
    beyond = band[int(tasks)]  # pairs of one probability are shown together or not at all
    kept = kept[kept > beyond]
    return (float(kept[-1]), len(kept)) if len(kept) else (match, 0)
