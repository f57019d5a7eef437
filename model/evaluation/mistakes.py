"""The worst mistakes, because that is where people look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from model.data.labelled import LabelledListing
from model.decision.decider import Decider
from model.decision.decision import Decision
from model.evaluation.population import Places
from model.evaluation.view import View

SHOWN = 12


@dataclass(frozen=True)
class Mistake:
    """A pair, what is true of it and what was said."""

    a: LabelledListing
    b: LabelledListing
    same: bool
    decision: Decision


@dataclass(frozen=True)
class Mistakes:
    """Each kind from the worst, at most one pair of the same two products.

    Attributes:
        false_merges: of two products, and matched.
        misses: of one product, offered, and not matched.
        never_offered: of one product, and not among the candidates.
        near_variants: of two products of one variant group, and all but matched.
    """

    false_merges: tuple[Mistake, ...]
    misses: tuple[Mistake, ...]
    never_offered: tuple[Mistake, ...]
    near_variants: tuple[Mistake, ...]


def worst_mistakes(view: View, decider: Decider, most: int = SHOWN) -> Mistakes:
    """Find them.

    Raises:
        ValueError: a view without verdicts.
    """
    scoring, population = view.decider, view.population
    if scoring.verdicts is None:
        raise ValueError(f"{scoring.way} decides nothing")
    places, same, matched = (
        scoring.offers.places,
        population.same(scoring.offers.places),
        scoring.verdicts.matched,
    )
    falling = np.argsort(-scoring.scores, kind="stable")
    rising = falling[::-1]
    missed = _never_offered(population.true_pairs, places, len(population))

    def shown(pairs: Iterable[tuple[int, int]]) -> tuple[Mistake, ...]:
        chosen = list(_one_a_product_pair(pairs, population.products, most))
        decisions = decider.decide([(view.listings[a], view.listings[b]) for a, b in chosen])
        rows = population.features.rows
        return tuple(
            Mistake(rows[a], rows[b], bool(population.products[a] == population.products[b]), decision)
            for (a, b), decision in zip(chosen, decisions, strict=True)
        )

    near = ~same & population.variants(places) & ~matched
    return Mistakes(
        false_merges=shown(_pairs(places[falling[(matched & ~same)[falling]]])),
        misses=shown(_pairs(places[rising[(same & ~matched)[rising]]])),
        never_offered=shown(_pairs(missed)),
        near_variants=shown(_pairs(places[falling[near[falling]]])),
    )


def _pairs(places: Places) -> Iterable[tuple[int, int]]:
    return ((int(a), int(b)) for a, b in places)


def _never_offered(true_pairs: Places, places: Places, listings: int) -> Places:
    offered = places[:, 0] * listings + places[:, 1]
    kept: Places = true_pairs[~np.isin(true_pairs[:, 0] * listings + true_pairs[:, 1], offered)]
    return kept


def _one_a_product_pair(
    pairs: Iterable[tuple[int, int]], products: Places, most: int
) -> Iterable[tuple[int, int]]:
    seen: set[tuple[int, int]] = set()
    for a, b in pairs:
        key = min(int(products[a]), int(products[b])), max(int(products[a]), int(products[b]))
        if key in seen:
            continue
        if len(seen) == most:
            return
        seen.add(key)
        yield a, b
