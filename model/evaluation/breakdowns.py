"""Where the decider errs: among variants, by seller, by store, by what a pair lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.evaluation.ablations import Scoring
from model.evaluation.metrics import Interval, average_precision, f1_of, wilson
from model.evaluation.population import Places, Population

Mask = NDArray[np.bool_]
Pick = Callable[[Places], Mask]


@dataclass(frozen=True)
class Row:
    """The matches among some of the pairs.

    Attributes:
        name: of these pairs.
        true_pairs: among them, those never offered included.
        matches: how many matched.
        right: how many of these are true.
        precision: of matches; None without one.
        precision_interval: Wilson's 95 %.
        recall: of true pairs; None without one.
        recall_interval: Wilson's 95 %.
        f1: of both; None without a true pair.
        aucpr: of the ranking; None without a true pair.
    """

    name: str
    true_pairs: int
    matches: int
    right: int
    precision: float | None
    precision_interval: Interval | None
    recall: float | None
    recall_interval: Interval | None
    f1: float | None
    aucpr: float | None


@dataclass(frozen=True)
class Variants:
    """Pairs within a variant group: other colours, sizes of packs, years.

    Attributes:
        offered: how many pairs of two products of one group retrieval offers.
        matched: how many of these match, wrongly.
        true_matches: pairs of one product, of groups with several, that match.
        precision: true matches among all matches within such groups; None without one.
        precision_interval: Wilson's 95 %.
        false_match_rate: `matched` of `offered`; None where none is offered.
        false_match_rate_interval: Wilson's 95 %.
    """

    offered: int
    matched: int
    true_matches: int
    precision: float | None
    precision_interval: Interval | None
    false_match_rate: float | None
    false_match_rate_interval: Interval | None


def row(name: str, scoring: Scoring, population: Population, pick: Pick) -> Row:
    """Figures of the pairs that `pick` takes.

    Raises:
        ValueError: a scoring without verdicts.
    """
    if scoring.verdicts is None:
        raise ValueError(f"{scoring.way} decides nothing")
    inside = pick(scoring.offers.places)
    same = population.same(scoring.offers.places)[inside]
    matched = scoring.verdicts.matched[inside]
    true = int(pick(population.true_pairs).sum())
    matches, right = int(matched.sum()), int((matched & same).sum())
    return Row(
        name,
        true_pairs=true,
        matches=matches,
        right=right,
        precision=right / matches if matches else None,
        precision_interval=wilson(right, matches) if matches else None,
        recall=right / true if true else None,
        recall_interval=wilson(right, true) if true else None,
        f1=f1_of(right, matches, true) if true else None,
        aucpr=average_precision(scoring.scores[inside], same, true) if true else None,
    )


def variants(scoring: Scoring, population: Population) -> Variants:
    """How the decider fares among near-identical products.

    Raises:
        ValueError: a scoring without verdicts.
    """
    if scoring.verdicts is None:
        raise ValueError(f"{scoring.way} decides nothing")
    places = scoring.offers.places
    groups, products = population.features.groups, population.products
    several = np.bincount(np.unique(np.stack([groups, products]), axis=1)[0]) > 1
    near = population.variants(places) & several[groups[places[:, 0]]]
    same, matched = population.same(places), scoring.verdicts.matched
    offered = int((near & ~same).sum())
    wrong, right = int((near & ~same & matched).sum()), int((near & same & matched).sum())
    return Variants(
        offered=offered,
        matched=wrong,
        true_matches=right,
        precision=right / (right + wrong) if right + wrong else None,
        precision_interval=wilson(right, right + wrong) if right + wrong else None,
        false_match_rate=wrong / offered if offered else None,
        false_match_rate_interval=wilson(wrong, offered) if offered else None,
    )


def by_seller(scoring: Scoring, population: Population, most: int = 50) -> list[Row]:
    """Of each seller the pairs with a listing of his; the `most` with the most listings."""
    sellers = population.features.sellers
    names = {
        int(number): f"{held.store}: {held.listing.seller_id}"
        for number, held in zip(sellers, population.features.rows, strict=True)
    }
    counts = np.bincount(sellers)
    largest = np.argsort(-counts, kind="stable")[:most].tolist()
    return [row(names[one], scoring, population, _either(sellers == one)) for one in largest]


def by_store(scoring: Scoring, population: Population) -> list[Row]:
    """Of each store the pairs with a listing of it, in the order of their names."""
    stores = np.array([held.store for held in population.features.rows])
    return [
        row(store, scoring, population, _either(stores == store)) for store in sorted(set(stores.tolist()))
    ]


def by_missing(scoring: Scoring, population: Population) -> list[Row]:
    """Of pairs where a side lacks something; the rows overlap but for the first."""
    return [row(name, scoring, population, pick) for name, pick in _missing(population)]


def _missing(population: Population) -> Iterator[tuple[str, Pick]]:
    features = population.features
    lacks = {
        "no picture": ~features.has_picture,
        "no title or brand": ~features.has_text,
        "no price": np.array([held.listing.price is None for held in features.rows], np.bool_),
        "no brand": np.array([held.listing.brand is None for held in features.rows], np.bool_),
    }
    lacking = [_either(mask) for mask in lacks.values()]
    yield "nothing missing", lambda places: ~np.any([pick(places) for pick in lacking], axis=0)
    for name, pick in zip(lacks, lacking, strict=True):
        yield f"{name} on a side", pick


def _either(mask: Mask) -> Pick:
    def pick(places: Places) -> Mask:
        picked: Mask = mask[places[:, 0]] | mask[places[:, 1]]
        return picked

    return pick
