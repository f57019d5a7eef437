"""Candidates by the fused vector alone, against candidates by several vectors at equal cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.real_data.finding import Finding, Table, points, share
from bench.real_data.lab import Lab, say
from bench.real_data.layers import kept_from_the_layer
from model.evaluation.bootstrap import Draws, interval
from model.evaluation.population import Population
from model.evaluation.search import nearest, offered, unit_rows
from model.features import embedded

_MOST = 120
_EACH = (3, 7, 17)  # neighbours by each of three vectors; the fused one alone gets as many pairs in all

Places = NDArray[np.int64]
Float32 = NDArray[np.float32]
Mask = NDArray[np.bool_]


def retrieval(lab: Lab) -> Finding:
    """True pairs offered, where both ways hand the decider the same number of pairs."""
    projection = lab.known.projection
    say("measuring: retrieval")
    features = kept_from_the_layer(lab)
    population = Population.of(features, None)
    listings = embedded(features, projection)
    missing = np.full(projection.dimension, np.nan, np.float32)

    def vectors(name: str) -> Float32:
        every = (getattr(listing.embedding, name) for listing in listings)
        return unit_rows(np.stack([missing if one is None else one for one in every]))

    ways = {name: vectors(name) for name in ("vector", "image", "text")}
    draws = lab.draws(population)
    rows, figures = [], []
    for each in _EACH:
        several = _keys(*(offered(one, each).places for one in ways.values()), count=len(features))
        alone, k = as_many(ways["vector"], len(several))
        one, other = (
            np.isin(_keys(population.true_pairs, count=len(features)), keys) for keys in (alone, several)
        )
        gain, spread = _gain(population, draws, other, one)
        rows.append(
            (
                f"3 x {each}",
                f"{len(several) / len(features):.1f}",
                share(float(other.mean())),
                str(k),
                f"{len(alone) / len(features):.1f}",
                share(float(one.mean())),
                points(gain, spread),
            )
        )
        figures.append(
            {
                "each": each,
                "pairs_by_several": len(several),
                "offered_by_several": float(other.mean()),
                "fused_neighbours": k,
                "pairs_by_fused": len(alone),
                "offered_by_fused": float(one.mean()),
                "gain": gain,
                "gain_interval": spread,
            }
        )
    table = Table(
        (
            "by fused, image, text",
            "pairs a listing",
            "true pairs offered",
            "by fused alone",
            "pairs a listing",
            "true pairs offered",
            "points by several",
        ),
        tuple(rows),
        f"{len(population.true_pairs)} true pairs among {len(features)} listings that the layer did not see, "
        "perturbed; exact search. The fused vector alone asks for as many neighbours as give it as many "
        "distinct pairs.",
    )
    kept: dict[str, Any] = {"budgets": figures, "true_pairs": len(population.true_pairs)}
    return Finding((table,), kept)


def as_many(vectors: Float32, pairs: int) -> tuple[Places, int]:
    """The distinct pairs of the fewest neighbours that give `pairs` or more, and how many neighbours.

    Raises:
        ValueError: `_MOST` neighbours give fewer.
    """
    near = nearest(vectors, _MOST)[0]
    for k in range(1, _MOST + 1):
        some = near[:, :k]
        both = np.stack([np.repeat(np.arange(len(near)), k), some.ravel()], axis=1)
        found = _keys(np.sort(both[both[:, 1] >= 0], axis=1), count=len(vectors))
        if len(found) >= pairs:
            return found, k
    raise ValueError(f"{pairs} pairs are more than {_MOST} neighbours of {len(vectors)} listings give")


def _keys(*places: Places, count: int) -> Places:
    """One number to each distinct pair."""
    every = np.concatenate(places)
    return np.unique(every[:, 0] * count + every[:, 1])


def _gain(
    population: Population, draws: Draws, more: Mask, fewer: Mask
) -> tuple[float, tuple[float, float] | None]:
    """How much larger a share of true pairs `more` has, with its interval over products."""
    products = population.products[population.true_pairs[:, 0]]
    weights = draws.weights[:, products].astype(np.float64)
    gains = (weights @ (more.astype(np.float64) - fewer)) / weights.sum(axis=1)
    return float(more.mean() - fewer.mean()), interval(gains)
