"""Published pairs, and listings of which only words and a perceptual hash are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.decision.decider import Decider
from model.embedded import EmbeddedListing
from model.evaluation.ablations import decided
from model.evaluation.bootstrap import Draws, Matches, PairCurve, interval
from model.evaluation.metrics import Interval, wilson
from model.evaluation.population import Places, Population, Scope
from model.evaluation.search import nearest, unit_rows

_NEIGHBOURS = 50


@dataclass(frozen=True)
class PairSet:
    """The decider on published pairs.

    Attributes:
        name: of the set.
        pairs: how many, of which
        true_pairs: are true.
        aucpr: of the ranking by log-odds.
        f1: at the stored threshold.
        best_f1: at the threshold that suits these very pairs best.
        precision_at_threshold: of matches; None without one.
        recall_at_threshold: of matches.
    """

    name: str
    pairs: int
    true_pairs: int
    aucpr: float
    aucpr_interval: Interval | None
    f1: float
    f1_interval: Interval | None
    best_f1: float
    precision_at_threshold: float | None
    precision_at_threshold_wilson: Interval | None
    recall_at_threshold: float


def pair_set(
    name: str,
    listings: Sequence[EmbeddedListing],
    places: Places,
    same: NDArray[np.bool_],
    decider: Decider,
    *,
    resamples: int,
    seed: int,
) -> PairSet | None:
    """Decide int64[p, 2] of places among `listings`; None where none is true. Pairs are drawn singly."""
    if not same.any():
        return None
    scores, verdicts = decided(listings, places, decider)
    own = np.stack([np.arange(len(places)), np.full(len(places), len(places))], axis=1)  # a draw is a pair
    draws = Draws.of(len(places), resamples, seed)
    as_is = np.ones(len(places) + 1, np.float32)
    curve = PairCurve(scores, same, own, same.astype(np.int64))
    matches = Matches(same[verdicts.matched], own[verdicts.matched], same.astype(np.int64))
    here, match = curve.figures(as_is), matches.figures(as_is)
    right, of = int((verdicts.matched & same).sum()), int(verdicts.matched.sum())
    return PairSet(
        name,
        pairs=len(places),
        true_pairs=int(same.sum()),
        aucpr=here.aucpr,
        aucpr_interval=interval(draws.each(lambda row: curve.figures(row).aucpr)),
        f1=match.f1,
        f1_interval=interval(draws.each(lambda row: matches.figures(row).f1)),
        best_f1=here.best_f1,
        precision_at_threshold=right / of if of else None,
        precision_at_threshold_wilson=wilson(right, of) if of else None,
        recall_at_threshold=match.recall,
    )


@dataclass(frozen=True)
class MeanF1:
    """Each listing's F1 between the listings that match it, itself among them, and those of its product.

    This is the measure of the Shopee competition (Kaggle, 2021).

    Attributes:
        name: of the set.
        listings: how many.
        mean_f1: at the stored threshold.
        best_mean_f1: at the threshold that suits these very listings best.
        offered: share of true pairs among those that were decided on.
        pairs: how many these were.
    """

    name: str
    listings: int
    mean_f1: float
    mean_f1_interval: Interval | None
    best_mean_f1: float
    offered: float
    pairs: int


def mean_f1(
    name: str,
    population: Population,
    listings: Sequence[EmbeddedListing],
    decider: Decider,
    *,
    resamples: int,
    seed: int,
) -> MeanF1:
    """Decide what fifty neighbours by vector and by text offer, and listings that share a perceptual hash."""
    places = _candidates(population, listings)
    scores, verdicts = decided(listings, places, decider)
    same = population.same(places)
    wanted = np.bincount(population.products)[population.products]
    here = listing_f1(places[verdicts.matched], same[verdicts.matched], wanted)
    draws = Draws.of(population.product_count, resamples, seed)
    weights = draws.weights[:, population.products].astype(np.float64)
    true = population.true_by_product(Scope.ALL).sum()
    return MeanF1(
        name,
        listings=len(population),
        mean_f1=float(here.mean()),
        mean_f1_interval=interval(weights @ here / weights.sum(axis=1)),
        best_mean_f1=_best(places, same, wanted, scores),
        offered=float(same.sum() / true) if true else 0.0,
        pairs=len(places),
    )


def listing_f1(places: Places, same: NDArray[np.bool_], wanted: Places) -> NDArray[np.float64]:
    """float64[n]: each listing's F1, of the matched pairs, where `wanted` is the size of its product."""
    listings = len(wanted)
    matched = 1 + np.bincount(places.ravel(), minlength=listings)
    right = 1 + np.bincount(places[same].ravel(), minlength=listings)
    return 2 * right / (matched + wanted)


def _best(places: Places, same: NDArray[np.bool_], wanted: Places, scores: NDArray[np.float64]) -> float:
    shares = np.linspace(0, 1, 101) if same.any() else np.empty(0)
    thresholds = np.unique(np.quantile(scores[same], shares, method="nearest"))
    means = [listing_f1(places[scores >= one], same[scores >= one], wanted).mean() for one in thresholds]
    return float(max(means, default=listing_f1(places[:0], same[:0], wanted).mean()))


def _candidates(population: Population, listings: Sequence[EmbeddedListing]) -> Places:
    fused = np.stack([listing.embedding.vector for listing in listings])
    found = [_pairs(nearest(unit_rows(one), _NEIGHBOURS)[0]) for one in (fused, population.features.text)]
    found.append(_sharing_hash(population))
    places = np.unique(np.concatenate(found), axis=0)
    return places[population.judged(places)]


def _pairs(near: Places) -> Places:
    queries = np.repeat(np.arange(len(near)), near.shape[1])
    flat = near.ravel()
    pairs = np.stack([queries, flat], axis=1)[flat >= 0]
    return np.sort(pairs, axis=1).astype(np.int64)


def _sharing_hash(population: Population) -> Places:
    """int64[p, 2]: the pairs that share one, unless more than fifty do: that picture tells nothing."""
    owners: dict[str, list[int]] = {}
    for place, hashes in enumerate(population.features.perceptual_hashes):
        for one in set(hashes):
            owners.setdefault(one, []).append(place)
    pairs = [
        (a, b)
        for group in owners.values()
        if len(group) <= _NEIGHBOURS
        for i, a in enumerate(group)
        for b in group[i + 1 :]
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)
