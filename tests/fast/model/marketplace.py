"""A little marketplace of random vectors, with labelled pairs, to fit deciders on."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.decision import Decider, fit_decider
from model.embedded import EmbeddedListing, Embedding
from model.money import Rates

_COLOURS = {"black": "schwarz", "red": "rot", "blue": "bleu"}
_SELLERS = 4
_DIMENSION = 32


@dataclass(frozen=True)
class LabelledPairs:
    pairs: list[tuple[EmbeddedListing, EmbeddedListing]]
    labels: NDArray[np.bool_]
    groups: NDArray[np.int64]


def _offers(families: int, seed: int) -> list[tuple[EmbeddedListing, int, int]]:
    numbers, words = np.random.default_rng(seed), random.Random(seed)
    offers = []
    for family in range(families):
        base = numbers.normal(size=_DIMENSION)
        for variant, (english, foreign) in enumerate(_COLOURS.items()):
            look = base + 0.5 * numbers.normal(size=_DIMENSION)
            for seller in range(_SELLERS):
                seen = look + 0.6 * numbers.normal(size=_DIMENSION)
                image = seen + 0.5 * numbers.normal(size=_DIMENSION)
                text = seen + 0.5 * numbers.normal(size=_DIMENSION)
                fused = (image + text) / np.linalg.norm(image + text)
                colour = english if seller % 2 else foreign
                priced = words.random() < 0.8
                listing = EmbeddedListing(
                    listing_id=f"{seed}-{family}-{variant}-{seller}",
                    seller_id=f"s{seller}",
                    revision=1,
                    title=f"Acme shirt {colour}" if words.random() < 0.7 else "Acme shirt",
                    brand="Acme" if words.random() < 0.5 else None,
                    price=Decimal(20 + family % 40) + words.randrange(3) if priced else None,
                    currency="EUR" if priced else None,
                    embedding=Embedding(
                        vector=fused,
                        image=image if words.random() < 0.9 else None,
                        text=text,
                        numbers=0 * text,
                    ),
                )
                offers.append((listing, family, variant))
    return offers


@cache
def labelled_pairs(seed: int, families: int = 45) -> LabelledPairs:
    """Each offer with its ten nearest, as retrieval offers them."""
    offers = _offers(families, seed)
    vectors = np.stack([listing.embedding.vector for listing, _, _ in offers])
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    near = np.argsort(-scores, axis=1)[:, :10]
    places = sorted({(min(i, j), max(i, j)) for i, row in enumerate(near.tolist()) for j in row})
    return LabelledPairs(
        [(offers[i][0], offers[j][0]) for i, j in places],
        np.array([offers[i][1:] == offers[j][1:] for i, j in places]),
        np.array([offers[i][1] for i, _ in places]),
    )


@cache
def fitted(seed: int = 0) -> Decider:
    """A decider of the marketplace, fitted on as few families as what is asked of it needs."""
    given = labelled_pairs(seed, families=20)
    return fit_decider(given.pairs, given.labels, given.groups, rates=Rates.snapshot(), precision_target=0.9)
