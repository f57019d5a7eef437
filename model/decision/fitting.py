"""Fit a decider on labelled pairs: weights on one split, calibration and thresholds on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.decision.calibration import fit_calibration
from model.decision.decider import Decider
from model.decision.features import GTINS, GtinRelation, Pair, PairFeatures, joined, pair_features
from model.decision.logistic import fit_logistic
from model.decision.profile import profile_of
from model.decision.rarity import Rarity
from model.decision.telling import Telling
from model.decision.terms import Terms, lay_out
from model.decision.thresholds import (
    Threshold,
    check_enough,
    choose_review,
    choose_threshold,
    steady_pairs,
)
from model.decision.words_alone import WordsAlone
from model.money import Rates

_CALIBRATION_SHARE = 0.4
_LOWEST_MATCH = (
    0.5  # a pair that is more likely different than the same never matches, whatever the others' precision
)
_PRIOR_PRECISION = 2.0
_FOLDS = 5
# Simulated with two normal classes and 200 true pairs to calibrate on, the precision behind a target of 98 %
# was 97.6 % with none in hand, 98.0 % with a half, 98.2 % with one; of 100 true pairs one mostly leaves none.
_WRONG_IN_HAND = 0.5
_DECIDED = [GTINS.index(GtinRelation.EQUAL), GTINS.index(GtinRelation.DIFFERENT)]


def fit_decider(
    pairs: Sequence[Pair],
    labels: NDArray[np.bool_],
    groups: NDArray[np.int64],
    *,
    rates: Rates,
    precision_target: float = 0.98,
    review_floor: float = 0.2,
    review_tasks_per_1000: float | None = None,
    seed: int = 0,
    case_weights: NDArray[np.float64] | None = None,
    overshared_gtins: frozenset[str] = frozenset(),
    held_out: NDArray[np.bool_] | None = None,
) -> Decider:
    """Fit weights, calibration and thresholds.

    Give it the pairs that retrieval offers, in their natural proportions: probabilities hold for such pairs.
    Pairs that a rule on GTINs decides tell nothing of the model's threshold, and are left out of it.

    Args:
        pairs: n pairs.
        labels: bool[n], whether both are the same product.
        groups: int[n]; pairs of one number (a product with its variants) never stand on both splits.
        rates: stored with the decider.
        precision_target: wanted share of true pairs among those at or above the match threshold.
        review_floor: no pair of a lower probability is shown to people.
        review_tasks_per_1000: how many pairs people can look at for each thousand listings; None for all that
            lie between `review_floor` and the match threshold.
        seed: of the splits; the same arguments give the same decider.
        case_weights: float64[n], how often each pair counts, once by default.
        overshared_gtins: 14 digits each, treated as none.
        held_out: bool[n], the pairs to calibrate on; None draws two fifths of the groups.

    Raises:
        TooFewPairs: the calibration split cannot tell whether the target is met; says what is missing.
        ValueError: lengths differ, a group stands on both splits, or a split lacks one of the two classes.
    """
    apart = _drawn(np.asarray(groups, np.int64), seed) if held_out is None else np.asarray(held_out, np.bool_)
    fitting, calibrating = _dealt(pairs, labels, groups, case_weights, apart)
    share = max(1, len(calibrating.pairs)) / max(1, len(pairs))
    check_enough(calibrating.matches, len(calibrating.pairs) - calibrating.matches, precision_target, share)
    rarity = _rarity(fitting.pairs, rates)
    crossed, telling = _crossed(fitting, rates, rarity, overshared_gtins, seed)
    terms = fit_terms(crossed, fitting.labels, fitting.counts)
    features = pair_features(calibrating.pairs, rates, rarity, overshared_gtins, telling)
    log_odds = terms.log_odds(features)
    calibration, losses = fit_calibration(
        log_odds, calibrating.labels, calibrating.counts, calibrating.groups, seed
    )
    undecided = ~np.isin(features.gtins, _DECIDED)
    said = calibration(log_odds[undecided])
    match = _match(said, calibrating, undecided, precision_target)
    budget = None if review_tasks_per_1000 is None else review_tasks_per_1000 * calibrating.listings / 1000
    review, tasks = choose_review(said, match.value, review_floor, budget)
    facts = {"seed": seed, **_facts(fitting, calibrating, tasks, precision_target), **losses}
    return Decider(terms, calibration, match, review, rates, rarity, telling, overshared_gtins, facts)


def _crossed(
    fitting: _Part, rates: Rates, rarity: Rarity, overshared_gtins: frozenset[str], seed: int
) -> tuple[PairFeatures, Telling]:
    """The features to fit on, what words tell learnt for each fifth from the others; and learnt from all.

    A word's own pairs would praise it: weights fitted on such praise expect it of pairs that nobody has seen.
    """
    words = WordsAlone(fitting.pairs, rates, rarity)
    distinct, places = np.unique(fitting.groups, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(distinct))[places] % _FOLDS
    order: list[NDArray[np.intp]] = []
    parts: list[PairFeatures] = []
    for each in range(_FOLDS):
        own = np.flatnonzero(fold == each)
        told = words.telling(fitting.labels, np.where(fold == each, 0.0, fitting.counts))
        pairs = [fitting.pairs[place] for place in own.tolist()]
        order.append(own)
        parts.append(pair_features(pairs, rates, rarity, overshared_gtins, told))
    back = np.argsort(np.concatenate(order))
    return joined(parts).take(back), words.telling(fitting.labels, fitting.counts)


@dataclass(frozen=True)
class _Part:
    """The labelled pairs of one split, and how often each counts."""

    pairs: list[Pair]
    labels: NDArray[np.bool_]
    groups: NDArray[np.int64]
    counts: NDArray[np.float64]

    @property
    def matches(self) -> int:
        return int(self.labels.sum())

    @property
    def listings(self) -> int:
        return len({each.listing_id for pair in self.pairs for each in pair})


def _dealt(
    pairs: Sequence[Pair],
    labels: NDArray[np.bool_],
    groups: NDArray[np.int64],
    case_weights: NDArray[np.float64] | None,
    apart: NDArray[np.bool_],
) -> tuple[_Part, _Part]:
    """The pairs to fit on, and those apart."""
    labels, groups = np.asarray(labels, np.bool_), np.asarray(groups, np.int64)
    counts = np.ones(len(pairs)) if case_weights is None else np.asarray(case_weights, np.float64)
    if not len(pairs) == len(labels) == len(groups) == len(counts) == len(apart):
        raise ValueError(
            f"{len(pairs)} pairs, {len(labels)} labels, {len(groups)} groups, {len(counts)} weights and "
            f"{len(apart)} places of a split"
        )
    if np.intersect1d(groups[apart], groups[~apart]).size:
        raise ValueError("held_out: a group's pairs stand on both splits")

    def part(places: NDArray[np.intp]) -> _Part:
        return _Part(
            [pairs[place] for place in places.tolist()], labels[places], groups[places], counts[places]
        )

    return part(np.flatnonzero(~apart)), part(np.flatnonzero(apart))


def _match(
    said: NDArray[np.float64], calibrating: _Part, undecided: NDArray[np.bool_], target: float
) -> Threshold:
    return choose_threshold(
        said,
        calibrating.labels[undecided],
        target,
        _LOWEST_MATCH,
        case_weights=calibrating.counts[undecided],
        groups=calibrating.groups[undecided],
        wrong_in_hand=_WRONG_IN_HAND,
    )


def _facts(fitting: _Part, calibrating: _Part, tasks: int, target: float) -> dict[str, float]:
    return {
        "fitting_pairs": len(fitting.pairs),
        "fitting_matches": fitting.matches,
        "calibration_pairs": len(calibrating.pairs),
        "calibration_matches": calibrating.matches,
        "steady_at_matches": steady_pairs(target),
        "calibration_share": round(
            float(calibrating.counts @ calibrating.labels / calibrating.counts.sum()), 6
        ),
        "review_tasks_per_1000_listings": round(1000 * tasks / max(1, calibrating.listings), 3),
    }


def fit_terms(features: PairFeatures, labels: NDArray[np.bool_], case_weights: NDArray[np.float64]) -> Terms:
    """The additive model of n pairs: `bool[n]`, `float64[n]`.

    Raises:
        ValueError: labels of one kind only.
    """
    layout = lay_out(features, labels)
    precision = np.full(len(layout.prior), _PRIOR_PRECISION)
    precision[0] = 0.0  # the bias is free
    weights = fit_logistic(
        layout.design(features),
        labels,
        case_weights,
        signs=layout.signs,
        prior=layout.prior,
        precision=precision,
    )
    return layout.terms(weights)


def _drawn(groups: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """bool[n]: whole groups, drawn until the calibration split has its share of them."""
    distinct = np.unique(groups)
    drawn = np.random.default_rng(seed).permutation(distinct)[
        : max(1, round(len(distinct) * _CALIBRATION_SHARE))
    ]
    return np.isin(groups, drawn)


def _rarity(pairs: Sequence[Pair], rates: Rates) -> Rarity:
    """Over the distinct listings of these pairs."""
    listings = {listing.listing_id: listing for pair in pairs for listing in pair}
    return Rarity.of(profile_of(listing, rates, frozenset()).said.words for listing in listings.values())
