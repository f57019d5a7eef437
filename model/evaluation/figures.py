"""What is reported of one way of scoring, with intervals, and of the difference between two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.evaluation.ablations import Scoring
from model.evaluation.bootstrap import Calibrated, CurveFigures, Draws, Matches, PairCurve, Shares, interval
from model.evaluation.metrics import Bin, Interval, Labels, reliability, wilson
from model.evaluation.population import Places, Population, Scope

BINS = 15
_BINS_OVER_HALF, _LEAST_IN_A_BIN = 10, 10
_HALF = 0.5
_SATURATED = 0.85  # over this, points cannot be won any more; errors can be halved

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """How well pairs are found and ordered; None where the scope has no true pair.

    Attributes:
        aucpr: area under precision over recall, pairs that were never offered counted as missed.
        r_at_1: share of listings with a twin in the scope whose best partner is one.
        r_at_3: likewise, one of the best three.
        recall_at_p98: the largest recall that some threshold reaches with a precision of 98 %.
        recall_at_p99: likewise.
        best_f1: at the threshold that suits these very pairs best.
        offered: share of true pairs that retrieval offers at all.
        n_true_pairs: in the scope.
        n_pairs: offered in the scope.
        n_listings: with a twin in the scope.
    """

    aucpr: float | None = None
    aucpr_interval: Interval | None = None
    r_at_1: float | None = None
    r_at_1_interval: Interval | None = None
    r_at_3: float | None = None
    r_at_3_interval: Interval | None = None
    recall_at_p98: float | None = None
    recall_at_p98_interval: Interval | None = None
    recall_at_p99: float | None = None
    recall_at_p99_interval: Interval | None = None
    best_f1: float | None = None
    offered: float | None = None
    n_true_pairs: int = 0
    n_pairs: int = 0
    n_listings: int = 0


@dataclass(frozen=True)
class Deciding(Ranking):
    """What is decided, too.

    Attributes:
        f1: of matches at the stored threshold, reviews counted as no match.
        precision_at_threshold: of matches.
        precision_at_threshold_wilson: its interval as if pairs were independent.
        recall_at_threshold: of matches, among all true pairs of the scope.
        ece: expected calibration error over the offered pairs that no GTIN decides, 15 bins of equal mass.
        ece_over_half: the same of pairs over 0.5 alone, which easy negatives cannot flatter.
        n_over_half: how many these are.
        n_matches: pairs that match.
        n_reviews: pairs that a person is asked about.
        n_by_gtin: pairs that GTINs decided.
        reliability: the bins behind `ece`.
        reliability_over_half: at most ten bins of the pairs over 0.5 alone, of ten pairs or more.
    """

    f1: float | None = None
    f1_interval: Interval | None = None
    precision_at_threshold: float | None = None
    precision_at_threshold_interval: Interval | None = None
    precision_at_threshold_wilson: Interval | None = None
    recall_at_threshold: float | None = None
    recall_at_threshold_interval: Interval | None = None
    ece: float | None = None
    ece_interval: Interval | None = None
    ece_over_half: float | None = None
    ece_over_half_interval: Interval | None = None
    n_over_half: int = 0
    n_matches: int = 0
    n_reviews: int = 0
    n_by_gtin: int = 0
    reliability: tuple[Bin, ...] = ()
    reliability_over_half: tuple[Bin, ...] = ()


@dataclass(frozen=True)
class Difference:
    """How much more area one way has than another, under the same draws of products.

    Attributes:
        of: the way that should be ahead.
        over: the rival.
        difference: in AUCPR.
        interval: the middle 95 % of resampled differences.
        wanted: how far ahead it should be; half of the rival's error where the rival is over 0.85.
        shown: whether 97.5 % of resamples are that far ahead.
    """

    of: str
    over: str
    difference: float | None = None
    interval: Interval | None = None
    wanted: float | None = None
    shown: bool = False


class Measured:
    """One scoring within one scope, weighed by every draw."""

    def __init__(self, scoring: Scoring, population: Population, scope: Scope, draws: Draws) -> None:
        inside = population.within(scope, scoring.offers.places)
        self.scoring = scoring
        self.draws = draws
        self.inside = inside
        self.places = scoring.offers.places[inside]
        self.scores = scoring.scores[inside]
        self.same: Labels = population.same(self.places)
        self.products: Places = population.products[self.places]
        self.true: Places = population.true_by_product(scope)
        self.queries = population.queries(scope)
        self.as_is = np.ones(population.product_count + 1, np.float32)
        self._query_products = population.products[self.queries]
        partners = scoring.neighbours[self.queries]
        twin = population.products[partners] == self._query_products[:, None]
        self._hits = np.where(partners >= 0, twin, False)
        self._curve = PairCurve(self.scores, self.same, self.products, self.true)

    @property
    def product_count(self) -> int:
        """How many products the population has."""
        return len(self.true)

    @cached_property
    def curve(self) -> CurveFigures:
        """Its figures as it is."""
        return self._curve.figures(self.as_is)

    @cached_property
    def drawn(self) -> tuple[CurveFigures, ...]:
        """Its figures under each draw."""
        return tuple(self._curve.figures(row) for row in self.draws.weights)

    def points(self) -> tuple[Float64, Float64]:
        """Recall and precision at each threshold where recall rises, from the highest."""
        hits, taken, total = self._curve.points(self.as_is)
        return hits / max(total, 1.0), hits / taken

    def found_within(self, k: int) -> Shares:
        """Of each listing with a twin, whether one is among its best k partners."""
        hits = np.asarray(self._hits[:, :k].any(axis=1), np.float64)
        return Shares(hits, self._query_products, self.product_count)


def ranking(measured: Measured) -> Ranking:
    """Figures of a scoring within a scope."""
    total = int(measured.true.sum())
    counts = Ranking(n_true_pairs=total, n_pairs=len(measured.places), n_listings=len(measured.queries))
    if not total:
        return counts
    first, third = measured.found_within(1), measured.found_within(3)

    def spread(name: str) -> Interval | None:
        return interval(np.array([getattr(one, name) for one in measured.drawn]))

    return replace(
        counts,
        aucpr=measured.curve.aucpr,
        aucpr_interval=spread("aucpr"),
        r_at_1=first.mean(measured.as_is),
        r_at_1_interval=interval(measured.draws.each(first.mean)),
        r_at_3=third.mean(measured.as_is),
        r_at_3_interval=interval(measured.draws.each(third.mean)),
        recall_at_p98=measured.curve.recall_at_p98,
        recall_at_p98_interval=spread("recall_at_p98"),
        recall_at_p99=measured.curve.recall_at_p99,
        recall_at_p99_interval=spread("recall_at_p99"),
        best_f1=measured.curve.best_f1,
        offered=int(measured.same.sum()) / total,
    )


def deciding(measured: Measured) -> Deciding:
    """Figures of the decider within a scope.

    Raises:
        ValueError: a scoring without verdicts.
    """
    verdicts = measured.scoring.verdicts
    if verdicts is None:
        raise ValueError(f"{measured.scoring.way} decides nothing")
    base = Deciding(**vars(ranking(measured)))
    if not base.n_true_pairs:
        return base
    inside = measured.inside
    matched = verdicts.matched[inside]
    by_rule = verdicts.by_rule[inside]
    probability = verdicts.probability[inside]
    over = ~by_rule & (probability > _HALF)
    high_bins = max(1, min(_BINS_OVER_HALF, int(over.sum()) // _LEAST_IN_A_BIN))
    matches = Matches(measured.same[matched], measured.products[matched], measured.true)
    here, drawn = matches.figures(measured.as_is), [matches.figures(row) for row in measured.draws.weights]
    right, of = int((matched & measured.same).sum()), int(matched.sum())
    ece, ece_interval = _calibration(measured, probability, ~by_rule)
    high, high_interval = _calibration(measured, probability, over)
    return replace(
        base,
        f1=here.f1,
        f1_interval=interval(np.array([one.f1 for one in drawn])),
        precision_at_threshold=here.precision if of else None,
        precision_at_threshold_interval=interval(np.array([one.precision for one in drawn])),
        precision_at_threshold_wilson=wilson(right, of) if of else None,
        recall_at_threshold=here.recall,
        recall_at_threshold_interval=interval(np.array([one.recall for one in drawn])),
        ece=ece,
        ece_interval=ece_interval,
        ece_over_half=high,
        ece_over_half_interval=high_interval,
        n_over_half=int(over.sum()),
        n_matches=of,
        n_reviews=int(verdicts.review[inside].sum()),
        n_by_gtin=int(by_rule.sum()),
        reliability=tuple(reliability(probability[~by_rule], measured.same[~by_rule], BINS)),
        reliability_over_half=tuple(reliability(probability[over], measured.same[over], high_bins)),
    )


def _calibration(
    measured: Measured, probability: Float64, kept: Labels
) -> tuple[float | None, Interval | None]:
    if not kept.any():
        return None, None
    held = Calibrated(
        probability[kept], measured.same[kept], measured.products[kept], measured.product_count, BINS
    )
    return held.error(measured.as_is), interval(measured.draws.each(held.error))


def difference(better: Measured, rival: Measured, least: float) -> Difference:
    """`better`'s AUCPR over `rival`'s, and whether it is `least` or half of the rival's error ahead.

    Half of the error is asked for where the rival's AUCPR exceeds 0.85. Both meet the same draws.
    """
    names = Difference(str(better.scoring.way), str(rival.scoring.way))
    if not better.true.sum():
        return names
    gains = np.array([a.aucpr - b.aucpr for a, b in zip(better.drawn, rival.drawn, strict=True)])
    errors = np.array([1 - one.aucpr for one in rival.drawn])
    halved = rival.curve.aucpr > _SATURATED
    beyond = interval(gains - (errors / 2 if halved else least))
    return replace(
        names,
        difference=better.curve.aucpr - rival.curve.aucpr,
        interval=interval(gains),
        wanted=(1 - rival.curve.aucpr) / 2 if halved else least,
        shown=beyond is not None and beyond[0] >= 0,
    )
