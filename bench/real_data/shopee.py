"""Shopee's postings: mean F1 over titles and given perceptual hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.real_data.finding import Finding, Table, share
from bench.real_data.lab import Lab, say, there
from model.data.splits import split
from model.decision.decider import OUTCOMES
from model.decision.decision import Outcome
from model.decision.features import NUMERIC
from model.evaluation.bootstrap import interval
from model.evaluation.pair_sets import listing_f1
from model.evaluation.population import Population
from model.evaluation.search import nearest, unit_rows
from model.features import FrozenFeatures, embedded, vectors_of
from model.training.material import Material
from model.training.pipeline import Made

_NEIGHBOURS = 50
_STEPS = 200
_HASH = NUMERIC.index("picture_distance")
_LAYER, _LETTERS = NUMERIC.index("similarity_fused"), NUMERIC.index("title_trigrams")

Places = NDArray[np.int64]
Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Candidates of one part.

    Attributes:
        places: int64[p, 2].
        same: bool[p].
        matched: bool[p], at the decider's own threshold.
        wanted: int64[n], the size of each listing's product.
        scores: by name, float64[p].
        population: the n listings.
    """

    places: Places
    same: NDArray[np.bool_]
    matched: NDArray[np.bool_]
    wanted: Places
    scores: dict[str, Float64]
    population: Population

    def f1(self, name: str, threshold: float) -> Float64:
        """float64[n], each listing's."""
        return self.f1_of(self.scores[name] >= threshold)

    def f1_of(self, matched: NDArray[np.bool_]) -> Float64:
        """float64[n], each listing's, where these candidates match."""
        return listing_f1(self.places[matched], self.same[matched], self.wanted)

    def best_threshold(self, name: str) -> float:
        """The one with the largest mean F1 of those between true pairs' scores."""
        shares = np.linspace(0, 1, _STEPS)
        tried = np.unique(np.quantile(self.scores[name][self.same], shares, method="nearest"))
        return float(max(tried, key=lambda one: float(self.f1(name, one).mean())))


def shopee(lab: Lab) -> Finding:
    """Learn, calibrate and choose on the training parts, split by label group; report on the rest."""
    material = parts(lab, lab.encode("shopee", lab.read("shopee").listings))
    made = lab.made("shopee", lambda: material)
    say("measuring: shopee")
    chosen, asked = (_judged(there(part), made) for part in (material.calibrate, material.test))
    draws = lab.draws(asked.population)
    weights = draws.weights[:, asked.population.products].astype(np.float64)
    rows: list[tuple[str, ...]] = []
    figures: dict[str, Any] = {}
    for name in asked.scores:
        threshold = chosen.best_threshold(name)
        here = asked.f1(name, threshold)
        spread = interval(weights @ here / weights.sum(axis=1))
        best = float(asked.f1(name, asked.best_threshold(name)).mean())
        trained = float(chosen.f1(name, threshold).mean())
        figures[name] = {"mean_f1": float(here.mean()), "interval": spread, "best": best, "training": trained}
        rows.append((name, share(float(here.mean()), spread), share(best), share(trained)))
    stored = asked.f1_of(asked.matched)
    spread = interval(weights @ stored / weights.sum(axis=1))
    rows.append(
        (
            f"decider, for a precision of {made.decider.match.target:.0%}",
            share(float(stored.mean()), spread),
            "-",
            "-",
        )
    )
    offered = int(asked.same.sum()) / len(asked.population.true_pairs)
    figures = {
        "ways": figures,
        "stored": {"mean_f1": float(stored.mean()), "interval": spread},
        "offered": offered,
        "candidates": len(asked.places),
    }
    return Finding((_table(rows, asked, offered),), figures)


def parts(lab: Lab, whole: FrozenFeatures) -> Material:
    """Label groups dealt by the plan's shares, as listed: their titles differ as sellers' do."""
    dealt = split(whole.rows, whole.hashes, shares=lab.plan.shares, seed=lab.plan.seed)
    by_name = {
        name: whole.take(np.flatnonzero(dealt == number)) for number, name in enumerate(lab.plan.shares)
    }
    return Material(
        fit=by_name["fit"],
        validate=by_name["validate"],
        calibrate=by_name["calibrate"],
        test=by_name["test"],
        test_as_listed=by_name["test"],
        pairs=(),
        pair_features=None,
        sources=(),
        synthetic=False,
    )


def _judged(features: FrozenFeatures, made: Made) -> Judged:
    population = Population.of(features, None)
    places = candidates(features, vectors_of(features, made.projection))
    listings = embedded(features, made.projection)
    compared = made.decider.features([(listings[a], listings[b]) for a, b in places.tolist()])
    said = made.decider.score(compared)
    text = unit_rows(features.text)
    numbers = compared.numbers
    return Judged(
        places,
        population.same(places),
        said.outcomes == OUTCOMES.index(Outcome.MATCH),
        np.bincount(population.products)[population.products].astype(np.int64),
        {
            "picture's perceptual hash": np.nan_to_num(-numbers[:, _HASH], nan=-64.0),
            "letters in common": np.nan_to_num(numbers[:, _LETTERS]),
            "text encoder, zero-shot": np.einsum("ij,ij->i", *(text[side] for side in places.T)).astype(
                np.float64
            ),
            "layer's cosine": np.nan_to_num(numbers[:, _LAYER]),
            "**decider**": said.log_odds,
        },
        population,
    )


def candidates(features: FrozenFeatures, vectors: NDArray[np.float32]) -> Places:
    """int64[p, 2]: fifty neighbours by vector and by text, and whoever shows the same picture."""
    found = []
    for each in (vectors, features.text):
        near = nearest(unit_rows(each), _NEIGHBOURS)[0]
        pairs = np.stack([np.repeat(np.arange(len(near)), near.shape[1]), near.ravel()], axis=1)
        found.append(np.sort(pairs[pairs[:, 1] >= 0], axis=1))
    owners: dict[str, list[int]] = {}
    for place, hashes in enumerate(features.perceptual_hashes):
        for one in set(hashes):
            owners.setdefault(one, []).append(place)
    shown = [group for group in owners.values() if 1 < len(group) <= _NEIGHBOURS]
    found += [np.array([(a, b) for a in group for b in group if a < b], np.int64) for group in shown]
    return np.unique(np.concatenate(found), axis=0).astype(np.int64)


def _table(rows: list[tuple[str, ...]], asked: Judged, offered: float) -> Table:
    features, true = asked.population.features, len(asked.population.true_pairs)
    return Table(
        ("", "mean F1", "at the best threshold for the test part", "training part"),
        tuple(rows),
        f"{len(features)} postings of {asked.population.product_count} label groups ({true} true pairs, "
        f"{100 * offered:.1f} % of them among the candidates); thresholds from the training part.",
    )
