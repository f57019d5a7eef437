"""Several pictures of a listing: their mean, their maximum, or the best pair of any two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.real_data.finding import Finding
from bench.real_data.lab import NEIGHBOURS, Lab, only, say
from bench.real_data.layers import compared, fused, kept_from_the_layer, parts_of, scored
from model.evaluation.population import Population
from model.evaluation.search import Offered, offered, unit_rows
from model.features import FrozenFeatures

_STORES = ("luma", "mozzify", "teslo")

Float32 = NDArray[np.float32]
Places = NDArray[np.int64]


def pooling(lab: Lab) -> Finding:
    """Image alone and fused, each by mean, by maximum and by the best pair of pictures."""
    features = only(kept_from_the_layer(lab), _STORES)
    population = Population.of(features, None)
    several = population.true_pairs[(np.diff(features.starts)[population.true_pairs] > 1).any(axis=1)]
    own = lab.plan.recipe
    mean, largest = lab.layer(own), lab.layer(replace(own, pooling="max"))
    say("measuring: pooling")
    alone, owners = by_picture(features)
    parts, each = parts_of(mean, features, own), parts_of(mean, alone, own)
    top = parts_of(largest, features, replace(own, pooling="max"))
    vectors = {
        "image": (_seen(parts[0], features), _seen(top[0], features), _seen(each[0], alone)),
        "fused": (fused(mean, parts), fused(largest, top), fused(mean, each)),
    }
    tables, figures = [], {}
    for name, (by_mean, by_max, single) in vectors.items():
        offers = offered(by_mean, NEIGHBOURS)
        measured = {
            "mean": scored(lab, population, offers),
            "maximum": scored(lab, population, offered(by_max, NEIGHBOURS)),
            "best pair of pictures": scored(lab, population, best_pairs(offers, single, owners)),
        }
        table, figures[name] = compared(
            measured,
            "mean",
            f"{name.capitalize()}: on {len(features)} listings of {', '.join(_STORES)}, where {len(several)} "
            "true pairs have a side with several pictures.",
        )
        tables.append(table)
    return Finding(tuple(tables), figures)


def by_picture(features: FrozenFeatures) -> tuple[FrozenFeatures, Places]:
    """Each picture as a listing of its own, with the listing's text and numbers, and whose picture it is.

    A listing without pictures stays as it is.
    """
    counts = np.diff(features.starts)
    owners = np.repeat(np.arange(len(features)), np.maximum(counts, 1))
    starts = np.concatenate([[0], np.cumsum(features.has_picture[owners])]).astype(np.int64)
    alone = replace(
        features,
        rows=tuple(features.rows[owner] for owner in owners),
        hashes=tuple(features.hashes[owner] for owner in owners),
        starts=starts,
        text=features.text[owners],
        numbers=features.numbers[owners],
    )
    return alone, owners.astype(np.int64)


def best_pairs(offers: Offered, vectors: Float32, owners: Places) -> Offered:
    """The same pairs, each with the largest cosine between a vector of the one and one of the other.

    Args:
        offers: of listings.
        vectors: float32[m, d] of unit length.
        owners: int64[m], rising: whose each is; every listing has one or more.
    """
    begin = np.searchsorted(owners, offers.places, side="left")
    counts = np.searchsorted(owners, offers.places, side="right") - begin
    sizes = counts.prod(axis=1)
    first = np.cumsum(sizes) - sizes
    inside = np.arange(sizes.sum()) - np.repeat(first, sizes)
    width = np.repeat(counts[:, 1], sizes)
    a = np.repeat(begin[:, 0], sizes) + inside // width
    b = np.repeat(begin[:, 1], sizes) + inside % width
    cosines = np.einsum("ij,ij->i", vectors[a], vectors[b]).astype(np.float64)
    return Offered(offers.places, np.maximum.reduceat(cosines, first) if len(first) else cosines)


def _seen(part: Float32, features: FrozenFeatures) -> Float32:
    """At unit length; zeros, which find nobody, for listings without pictures."""
    return unit_rows(np.where(features.has_picture[:, None], part, np.float32(0)))
