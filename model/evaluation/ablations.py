"""The same listings, retrieved and scored in several ways: what each part of the model is worth.

Each way retrieves for itself, by exact search with what it has; a true pair that it never offers is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from model.decision.decider import OUTCOMES, Decider
from model.decision.decision import Outcome
from model.embedded import EmbeddedListing
from model.evaluation.population import Places, Population
from model.evaluation.search import Float32, Offered, offered, ranked_neighbours, unit_rows
from model.features.embed import zero_shot
from model.projection import Projection

NEIGHBOURS = 50
DECIDED_NEIGHBOURS = 20  # as many as the stream decides on
_RANKS = 3
_CHUNK = 200_000

Float64 = NDArray[np.float64]


class Way(StrEnum):
    """How pairs are found and scored.

    `image` and `text` of a report are the better of the two of their kind: the rivals to beat.
    """

    IMAGE_ZERO_SHOT = "image_zero_shot"
    IMAGE_TRAINED = "image_trained"
    TEXT_ZERO_SHOT = "text_zero_shot"
    TEXT_TRAINED = "text_trained"
    WITHOUT_NUMBERS = "without_numbers"
    ZERO_SHOT = "zero_shot"
    FUSED = "fused"
    FUSED_DECIDER = "fused_decider"


@dataclass(frozen=True)
class Verdicts:
    """What the decider says of p offered pairs.

    Attributes:
        probability: float64[p], calibrated.
        matched: bool[p].
        review: bool[p].
        by_rule: bool[p], decided by GTIN, whatever the probability.
        apart: bool[p], decided by the threshold of nameless pairs.
    """

    probability: Float64
    matched: NDArray[np.bool_]
    review: NDArray[np.bool_]
    by_rule: NDArray[np.bool_]
    apart: NDArray[np.bool_]


@dataclass(frozen=True)
class Scoring:
    """One way's answer.

    Attributes:
        way: which.
        offers: the pairs that it retrieves, those that nobody can judge apart.
        scores: float64[p], higher for likelier pairs.
        neighbours: int64[n, 3] of each listing the best partners, -1 for want of more.
        verdicts: of the decider alone.
    """

    way: Way
    offers: Offered
    scores: Float64
    neighbours: Places
    verdicts: Verdicts | None = None


def scorings(
    population: Population,
    listings: Sequence[EmbeddedListing],
    projection: Projection,
    decider: Decider,
    *,
    neighbours: int = NEIGHBOURS,
    advance: Callable[[int], None] = lambda _done: None,
) -> dict[Way, Scoring]:
    """All ways, over the same listings.

    Args:
        population: the n scored listings.
        listings: these, embedded by `projection`.
        projection: the artifact's.
        decider: the artifact's.
        neighbours: how many each listing retrieves; the decider is given 20, as in the stream.
        advance: told of each way that is done.
    """
    found: dict[Way, Scoring] = {}
    for way, vectors in _vectors(population, listings, projection).items():
        found[way] = by_cosine(way, population, vectors, neighbours)
        advance(1)
    found[Way.FUSED_DECIDER] = by_decider(population, listings, decider)
    advance(1)
    return found


def by_decider(population: Population, listings: Sequence[EmbeddedListing], decider: Decider) -> Scoring:
    """The decider on the pairs that twenty neighbours by the fused vector offer.

    Pairs are ranked by uncalibrated log-odds (calibration keeps their order and only ties what it bounds),
    those decided by GTIN before or after all others.
    """
    fused = np.stack([listing.embedding.vector for listing in listings])
    offers = _judged(population, offered(unit_rows(fused), DECIDED_NEIGHBOURS))
    scores, verdicts = decided(listings, offers.places, decider)
    return Scoring(
        Way.FUSED_DECIDER,
        offers,
        scores,
        ranked_neighbours(offers, scores, len(population), _RANKS),
        verdicts,
    )


def _vectors(
    population: Population, listings: Sequence[EmbeddedListing], projection: Projection
) -> dict[Way, Float32]:
    """float32[n, d] of each way by cosine; NaN where a listing lacks what is compared."""
    features = population.features
    fused = np.stack([listing.embedding.vector for listing in listings])
    missing = np.full(projection.dimension, np.nan, np.float32)

    def parts(name: str) -> Float32:
        every = (getattr(listing.embedding, name) for listing in listings)
        return np.stack([missing if part is None else part for part in every])

    image, text = parts("image"), parts("text")
    return {
        Way.IMAGE_ZERO_SHOT: features.plain,
        Way.IMAGE_TRAINED: image,
        Way.TEXT_ZERO_SHOT: features.text,
        Way.TEXT_TRAINED: text,
        Way.WITHOUT_NUMBERS: projection.bias + np.nan_to_num(image) + np.nan_to_num(text),
        Way.ZERO_SHOT: zero_shot(features),
        Way.FUSED: fused,
    }


def by_cosine(way: Way, population: Population, vectors: Float32, neighbours: int = NEIGHBOURS) -> Scoring:
    """Pairs that vectors float32[n, w] offer and rank; a row of NaN or zeros finds nobody."""
    offers = _judged(population, offered(unit_rows(vectors), neighbours))
    best = ranked_neighbours(offers, offers.cosines, len(population), _RANKS)
    return Scoring(way, offers, offers.cosines, best)


def _judged(population: Population, offers: Offered) -> Offered:
    kept = population.judged(offers.places)
    return Offered(offers.places[kept], offers.cosines[kept])


def decided(
    listings: Sequence[EmbeddedListing], places: Places, decider: Decider
) -> tuple[Float64, Verdicts]:
    """The decider's scores float64[p] and verdicts of the pairs int64[p, 2] of places among `listings`."""
    scored = [
        decider.score(decider.features([(listings[a], listings[b]) for a, b in chunk]))
        for chunk in (places[start : start + _CHUNK].tolist() for start in range(0, len(places), _CHUNK))
    ]
    if not scored:
        nothing = np.zeros(0, np.bool_)
        return np.empty(0), Verdicts(np.empty(0), nothing, nothing, nothing, nothing)
    outcomes = np.concatenate([one.outcomes for one in scored])
    by_rule = np.concatenate([one.by_gtin for one in scored])
    matched = outcomes == OUTCOMES.index(Outcome.MATCH)
    log_odds = np.concatenate([one.log_odds for one in scored])
    log_odds[by_rule] = np.where(matched[by_rule], np.inf, -np.inf)
    verdicts = Verdicts(
        probability=np.concatenate([one.probability for one in scored]),
        matched=matched,
        review=outcomes == OUTCOMES.index(Outcome.REVIEW),
        by_rule=by_rule,
        apart=np.concatenate([one.apart for one in scored]),
    )
    return log_odds, verdicts
