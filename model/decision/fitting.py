"""Fit a decider on labelled pairs: weights on all, calibration and thresholds out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from model.decision.calibration import fit_calibration
from model.decision.decider import Decider
from model.decision.features import GTINS, GtinRelation, Pair, PairFeatures, joined, pair_features
from model.decision.logistic import fit_logistic
from model.decision.nameless import nameless
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

_LOWEST_MATCH = (
    0.5  # a pair that is more likely different than the same never matches, whatever the others' precision
)
_PRIOR_PRECISION = 2.0
_FOLDS = 5
# Simulated with two normal classes and 200 true pairs to calibrate on, the precision behind a target of 98 %
# was 97.6 % with none in hand, 98.0 % with a half, 98.2 % with one; of 100 true pairs one mostly leaves none.
_WRONG_IN_HAND = 0.5
# Pictures alone must show the target of themselves, as by the lower end of Wilson's interval: of n pairs that
# are all right that is n / (n + 1.96 squared).
_WRONG_IN_HAND_NAMELESS = 3.84
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
    calibration_weights: NDArray[np.float64] | None = None,
    nameless_apart: bool = False,
) -> Decider:
    """Fit weights, calibration and thresholds.

    Give it the pairs that retrieval offers, in their natural proportions: probabilities hold for such pairs.
    Calibration and thresholds stand on what deciders fitted on all other folds say of each fold; the weights
    that are kept are fitted on all. Thresholds leave out the pairs that a rule on GTINs decides.

    Args:
        pairs: n pairs.
        labels: bool[n], whether both are the same product.
        groups: int[n]; pairs of one number (a product with its variants) never stand in two folds.
        rates: stored with the decider.
        precision_target: wanted share of true pairs among those at or above the match threshold.
        review_floor: no pair of a lower probability is shown to people.
        review_tasks_per_1000: how many pairs people can look at for each thousand listings; None for all that
            lie between `review_floor` and the match threshold.
        seed: of the folds; the same arguments give the same decider.
        case_weights: float64[n], how often each pair counts, once by default.
        overshared_gtins: 14 digits each, treated as none.
        calibration_weights: float64[n], how often each pair counts in calibration and thresholds, where that
            is not `case_weights`: less for pairs that are easier than those that will be asked about.
        nameless_apart: whether `model.decision.nameless` pairs get a threshold of their own, or none.

    Raises:
        TooFewPairs: the pairs cannot tell whether the target is met; says what is missing.
        ValueError: lengths differ, or the pairs without one of five folds lack one of the two classes.
    """
    whole = _whole(pairs, labels, groups, case_weights)
    calibrating = whole if calibration_weights is None else replace(whole, counts=calibration_weights)
    check_enough(whole.matches, len(pairs) - whole.matches, precision_target)
    learn = partial(_Lesson.of, rates=rates, overshared_gtins=overshared_gtins, seed=seed)
    log_odds, undecided, vague = _out_of_fold(whole, _dealt(whole.groups, seed), learn)
    vague &= undecided & nameless_apart
    calibration, losses = fit_calibration(
        log_odds, calibrating.labels, calibrating.counts, calibrating.groups, seed
    )
    said = calibration(log_odds)
    match, apart = _matches(said, calibrating, undecided, vague, precision_target)
    budget = None if review_tasks_per_1000 is None else review_tasks_per_1000 * calibrating.listings / 1000
    needed = np.where(vague, apart.value, match.value)
    review, tasks = choose_review(said[undecided], needed[undecided], review_floor, budget)
    facts = {"seed": seed, **_facts(calibrating, tasks, precision_target), **losses}
    kept = learn(whole)
    told = (kept.rarity, kept.telling, overshared_gtins, facts, apart if nameless_apart else None)
    return Decider(kept.terms, calibration, match, review, rates, *told)


@dataclass(frozen=True)
class _Part:
    """Labelled pairs, and how often each counts."""

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

    def take(self, places: NDArray[np.intp]) -> _Part:
        return _Part(
            [self.pairs[place] for place in places.tolist()],
            self.labels[places],
            self.groups[places],
            self.counts[places],
        )


@dataclass(frozen=True)
class _Lesson:
    """What is learnt from labelled pairs, calibration apart."""

    rates: Rates
    overshared_gtins: frozenset[str]
    rarity: Rarity
    telling: Telling
    terms: Terms

    @classmethod
    def of(cls, part: _Part, rates: Rates, overshared_gtins: frozenset[str], seed: int) -> _Lesson:
        rarity = _rarity(part.pairs, rates)
        crossed, telling = _crossed(part, rates, rarity, overshared_gtins, seed)
        return cls(rates, overshared_gtins, rarity, telling, fit_terms(crossed, part.labels, part.counts))

    def features(self, pairs: Sequence[Pair]) -> PairFeatures:
        return pair_features(pairs, self.rates, self.rarity, self.overshared_gtins, self.telling)


def _whole(
    pairs: Sequence[Pair],
    labels: NDArray[np.bool_],
    groups: NDArray[np.int64],
    case_weights: NDArray[np.float64] | None,
) -> _Part:
    labels, groups = np.asarray(labels, np.bool_), np.asarray(groups, np.int64)
    counts = np.ones(len(pairs)) if case_weights is None else np.asarray(case_weights, np.float64)
    if not len(pairs) == len(labels) == len(groups) == len(counts):
        raise ValueError(
            f"{len(pairs)} pairs, {len(labels)} labels, {len(groups)} groups and {len(counts)} weights"
        )
    return _Part(list(pairs), labels, groups, counts)


def _dealt(groups: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """int64[n]: each group's fold."""
    distinct, places = np.unique(groups, return_inverse=True)
    return np.random.default_rng(seed).permutation(len(distinct))[places] % _FOLDS


def _out_of_fold(
    whole: _Part, fold: NDArray[np.int64], learn: Callable[[_Part], _Lesson]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each pair the log-odds by what was learnt from the other folds, and whether no GTIN decides it.

    And whether its words name nothing in particular.
    """
    log_odds = np.empty(len(fold))
    undecided, vague = np.empty(len(fold), np.bool_), np.empty(len(fold), np.bool_)
    for each in np.unique(fold):
        own = np.flatnonzero(fold == each)
        lesson = learn(whole.take(np.flatnonzero(fold != each)))
        features = lesson.features([whole.pairs[place] for place in own.tolist()])
        log_odds[own] = lesson.terms.log_odds(features)
        undecided[own] = ~np.isin(features.gtins, _DECIDED)
        vague[own] = nameless(features)
    return log_odds, undecided, vague


def _crossed(
    fitting: _Part, rates: Rates, rarity: Rarity, overshared_gtins: frozenset[str], seed: int
) -> tuple[PairFeatures, Telling]:
    """The features to fit on, what words tell learnt for each fifth from the others; and learnt from all.

    A word's own pairs would praise it: weights fitted on such praise expect it of pairs that nobody has seen.
    """
    words = WordsAlone(fitting.pairs, rates, rarity)
    fold = _dealt(fitting.groups, seed)
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


def _matches(
    said: NDArray[np.float64],
    calibrating: _Part,
    undecided: NDArray[np.bool_],
    vague: NDArray[np.bool_],
    target: float,
) -> tuple[Threshold, Threshold]:
    """Of the undecided pairs that are not vague, and of those that are."""
    return (
        _match(said, calibrating, undecided & ~vague, target, _WRONG_IN_HAND),
        _match(said, calibrating, vague, target, _WRONG_IN_HAND_NAMELESS),
    )


def _match(
    said: NDArray[np.float64], calibrating: _Part, kind: NDArray[np.bool_], target: float, wrong: float
) -> Threshold:
    return choose_threshold(
        said[kind],
        calibrating.labels[kind],
        target,
        _LOWEST_MATCH,
        case_weights=calibrating.counts[kind],
        groups=calibrating.groups[kind],
        wrong_in_hand=wrong,
    )


def _facts(calibrating: _Part, tasks: int, target: float) -> dict[str, float]:
    counts = calibrating.counts
    return {
        "folds": _FOLDS,
        "pairs": len(calibrating.pairs),
        "matches": calibrating.matches,
        "matches_weighed": round(float(counts[calibrating.labels].sum()), 3),
        "steady_at_matches": steady_pairs(target),
        "share": round(float(counts @ calibrating.labels / counts.sum()), 6),
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


def _rarity(pairs: Sequence[Pair], rates: Rates) -> Rarity:
    """Over the distinct listings of these pairs."""
    listings = {listing.listing_id: listing for pair in pairs for listing in pair}
    return Rarity.of(profile_of(listing, rates, frozenset()).said.words for listing in listings.values())
