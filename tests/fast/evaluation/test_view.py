"""Ablations, figures and mistakes over a small marketplace."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from model.evaluation.ablations import Way
from model.evaluation.bootstrap import Draws
from model.evaluation.breakdowns import by_missing, by_seller, by_store, variants
from model.evaluation.figures import Measured, deciding, difference, ranking
from model.evaluation.metrics import average_precision
from model.evaluation.mistakes import worst_mistakes
from model.evaluation.population import Population, Scope
from model.evaluation.report import to_json
from model.evaluation.view import ABLATIONS, View, best_of
from model.trained_on import TrainedOn
from tests.fast.evaluation.world import PRODUCTS, decider, features_of, layer, population, row, view

KEYS = ("aucpr", "r_at_1", "r_at_3", "recall_at_p98", "recall_at_p99")


def test_every_ablation_has_its_figures_in_every_scope() -> None:
    """The keys that a report promises, null where there is no true pair."""
    report = json.loads(to_json(view().report()))
    for figures in (report, report["unseen_sellers"]):
        for name in ABLATIONS:
            for key in KEYS:
                low, high = figures[name][f"{key}_interval"]
                assert 0 <= low <= high <= 1
                assert 0 <= figures[name][key] <= 1
        for key in ("ece", "f1", "precision_at_threshold", "recall_at_threshold", "ece_over_half"):
            assert key in figures["fused_decider"]
    assert report["known_sellers"]["fused"]["n_true_pairs"] == 0
    assert report["known_sellers"]["fused"]["aucpr"] is None
    assert report["unseen_sellers"]["fused_decider"] == report["fused_decider"]


def test_known_and_unseen_sellers_share_the_true_pairs_among_them() -> None:
    """Each pair is counted in one of the two."""
    rows = [row(p, s) for p in range(6) for s in ("ann", "bob", "cy")]
    known = TrainedOn.of([row(99, "ann"), row(99, "bob")], [[], []])
    held = Population.of(features_of(rows), known)
    report = View.of(held, layer(), decider(), resamples=10, seed=1, neighbours=5).report()
    assert report["known_sellers"]["fused"]["n_true_pairs"] == 6
    assert report["unseen_sellers"]["fused"]["n_true_pairs"] == 12
    assert report["fused"]["n_true_pairs"] == 18


def test_a_true_pair_that_was_never_offered_counts_as_missed() -> None:
    """With one neighbour each, precision over recall ends where retrieval ends."""
    narrow = View.of(population(), layer(), decider(), resamples=10, seed=1, neighbours=1)
    measured = narrow.everything[Way.IMAGE_TRAINED]
    found = ranking(measured)
    assert found.offered is not None
    assert found.offered < 1
    assert found.aucpr == pytest.approx(average_precision(measured.scores, measured.same, PRODUCTS))
    assert found.recall_at_p98 is not None
    assert found.recall_at_p98 <= found.offered


def test_a_listing_without_a_picture_is_missed_by_pictures_alone() -> None:
    """Its twin cannot be found by what it lacks; all others can."""
    everything = View.of(population(), layer(), decider(), resamples=10, seed=1, neighbours=50).everything
    image, text = ranking(everything[Way.IMAGE_ZERO_SHOT]), ranking(everything[Way.TEXT_ZERO_SHOT])
    assert image.offered == pytest.approx((PRODUCTS - 1) / PRODUCTS)
    assert text.offered == 1.0


def test_a_way_is_no_better_than_itself() -> None:
    """Under the same draws the difference is nothing, and nothing is shown."""
    same = view().everything[Way.FUSED]
    found = difference(same, same, 0.05)
    assert (found.difference, found.interval, found.shown) == (0.0, (0.0, 0.0), False)


def test_an_advantage_is_shown_when_nearly_all_draws_hold_it() -> None:
    """A perfect ranking over a bad one, by its lower bound; the rival's error is halved where it is good."""
    fused = view().everything[Way.FUSED]
    perfect = replace(fused.scoring, scores=np.where(fused.same, 1.0, 0.0))
    turned = replace(fused.scoring, scores=np.where(fused.same, 0.0, 1.0))
    draws = Draws.of(PRODUCTS, 50, 2)
    best, worst = (Measured(one, population(), Scope.ALL, draws) for one in (perfect, turned))
    found = difference(best, worst, 0.05)
    assert found.shown
    assert found.wanted == 0.05
    assert difference(worst, best, 0.05).shown is False
    half = replace(fused.scoring, scores=np.where(fused.same, 1.0, 0.0) - (np.arange(len(fused.same)) < 1))
    rival = Measured(half, population(), Scope.ALL, draws)
    assert 0.85 < rival.curve.aucpr < 1
    assert difference(best, rival, 0.05).wanted == pytest.approx((1 - rival.curve.aucpr) / 2)


def test_the_better_of_two_ways_is_the_rival() -> None:
    """Of image alone and text alone, each the larger area of its two kinds."""
    everything = view().everything
    for ways in ((Way.IMAGE_ZERO_SHOT, Way.IMAGE_TRAINED), (Way.TEXT_TRAINED, Way.TEXT_ZERO_SHOT)):
        chosen = best_of(ways, everything)
        assert everything[chosen].curve.aucpr == max(everything[way].curve.aucpr for way in ways)


def test_only_the_decider_decides() -> None:
    """Figures of a threshold are refused to a way that has none."""
    with pytest.raises(ValueError, match="decides nothing"):
        deciding(view().everything[Way.FUSED])


def test_sellers_and_stores_count_the_pairs_that_they_are_in() -> None:
    """Each true pair is one of ann's and bob's, so both rows hold all of them."""
    sellers = by_seller(view().decider, population())
    assert [(one.name, one.true_pairs) for one in sellers] == [
        ("shop: ann", PRODUCTS),
        ("shop: bob", PRODUCTS),
    ]
    (store,) = by_store(view().decider, population())
    whole = deciding(view().everything[Way.FUSED_DECIDER])
    assert (store.matches, store.f1) == (whole.n_matches, pytest.approx(whole.f1))


def test_what_a_pair_lacks_puts_it_into_a_row() -> None:
    """One product has no pictures; nothing else is missing anywhere."""
    rows = {one.name: one.true_pairs for one in by_missing(view().decider, population())}
    assert rows["nothing missing"] == PRODUCTS - 1
    assert rows["no picture on a side"] == 1
    assert rows["no price on a side"] == 0


def test_a_match_of_two_variants_is_counted_against_precision_among_them() -> None:
    """Were everything matched, precision is the share of true pairs within groups."""
    scoring = view().decider
    assert scoring.verdicts is not None
    everything = np.ones(len(scoring.offers), np.bool_)
    found = variants(replace(scoring, verdicts=replace(scoring.verdicts, matched=everything)), population())
    assert found.matched == found.offered > 0
    assert found.precision == pytest.approx(found.true_matches / (found.true_matches + found.offered))
    assert found.false_match_rate == 1.0


def test_mistakes_are_mistakes_and_the_worst_come_first() -> None:
    """Each kind holds what its name says, ordered by how sure the decider was."""
    scoring = view().decider
    assert scoring.verdicts is not None
    contrary = replace(scoring.verdicts, matched=~population().same(scoring.offers.places))
    turned = replace(
        view(), scorings={**view().scorings, Way.FUSED_DECIDER: replace(scoring, verdicts=contrary)}
    )
    found = worst_mistakes(turned, decider(), most=5)
    assert len(found.false_merges) == 5
    assert not any(one.same for one in found.false_merges)
    assert all(one.same for one in (*found.misses, *found.never_offered))
    sure = [one.decision.probability for one in found.false_merges]
    assert sure == sorted(sure, reverse=True)
    missed = [one.decision.probability for one in found.misses]
    assert missed
    assert missed == sorted(missed)
