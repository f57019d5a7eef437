"""Fit a decider on labelled pairs: weights on one split, calibration and thresholds on another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.decision.calibration import choose_threshold, fit_calibration
from model.decision.decider import Decider
from model.decision.features import GtinRelation, Pair, PairFeatures, pair_features
from model.decision.logistic import fit_logistic
from model.decision.profile import profile_of
from model.decision.rarity import Rarity
from model.decision.terms import lay_out
from model.money import Rates

_CALIBRATION_SHARE = 0.4
_LOWEST_MATCH = (
    0.5  # a pair that is more likely different than the same never matches, whatever the others' precision
)
_PRIOR_PRECISION = 2.0


def fit_decider(
    pairs: Sequence[Pair],
    labels: NDArray[np.bool_],
    groups: NDArray[np.int64],
    *,
    rates: Rates,
    precision_target: float = 0.98,
    review_floor: float = 0.2,
    seed: int = 0,
    case_weights: NDArray[np.float64] | None = None,
    overshared_gtins: frozenset[str] = frozenset(),
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
        review_floor: probability at which people begin to be asked.
        seed: of the split; the same arguments give the same decider.
        case_weights: float64[n], how often each pair counts, once by default; the threshold counts each once.
        overshared_gtins: 14 digits each, treated as none.

    Raises:
        ValueError: lengths differ, or a split lacks one of the two classes.
    """
    labels = np.asarray(labels, dtype=np.bool_)
    groups = np.asarray(groups, dtype=np.int64)
    counts = np.ones(len(pairs)) if case_weights is None else np.asarray(case_weights, dtype=np.float64)
    if not len(pairs) == len(labels) == len(groups) == len(counts):
        raise ValueError(
            f"{len(pairs)} pairs, {len(labels)} labels, {len(groups)} groups and {len(counts)} weights"
        )
    held_out = _held_out(groups, seed)
    rarity = _rarity([pair for pair, out in zip(pairs, held_out.tolist(), strict=True) if not out], rates)
    features = pair_features(pairs, rates, rarity, overshared_gtins)
    fitting, calibrating = np.flatnonzero(~held_out), np.flatnonzero(held_out)

    seen = _rows(features, fitting)
    layout = lay_out(seen, labels[fitting])
    precision = np.full(len(layout.prior), _PRIOR_PRECISION)
    precision[0] = 0.0  # the bias is free
    weights = fit_logistic(
        layout.design(seen),
        labels[fitting],
        counts[fitting],
        signs=layout.signs,
        prior=layout.prior,
        precision=precision,
    )
    terms = layout.terms(weights)

    unseen = _rows(features, calibrating)
    log_odds = terms.contributions(unseen).sum(axis=1)
    calibration = fit_calibration(log_odds, labels[calibrating], counts[calibrating])
    undecided = np.array([r in {GtinRelation.ABSENT, GtinRelation.RESTRICTED} for r in unseen.gtins])
    probabilities = np.array([calibration(value) for value in log_odds[undecided].tolist()])
    match = choose_threshold(probabilities, labels[calibrating][undecided], precision_target, _LOWEST_MATCH)
    facts = {
        "seed": seed,
        "fitting_pairs": len(fitting),
        "fitting_matches": int(labels[fitting].sum()),
        "calibration_pairs": len(calibrating),
        "calibration_matches": int(labels[calibrating].sum()),
    }
    return Decider(
        terms, calibration, match, min(review_floor, match.value), rates, rarity, overshared_gtins, facts
    )


def _held_out(groups: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """bool[n]: whole groups, drawn until the calibration split has its share of them."""
    distinct = np.unique(groups)
    drawn = np.random.default_rng(seed).permutation(distinct)[
        : max(1, round(len(distinct) * _CALIBRATION_SHARE))
    ]
    return np.isin(groups, drawn)


def _rarity(pairs: Sequence[Pair], rates: Rates) -> Rarity:
    """Over the distinct listings of these pairs."""
    listings = {listing.listing_id: listing for pair in pairs for listing in pair}
    return Rarity.of(profile_of(listing, rates, frozenset()).words for listing in listings.values())


def _rows(features: PairFeatures, places: NDArray[np.intp]) -> PairFeatures:
    return PairFeatures(
        features.numbers[places], features.levels[places], tuple(features.gtins[place] for place in places)
    )
