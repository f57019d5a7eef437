"""How listings spread over a reference's cells, beside the reference itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.drift import DriftReference
from model.drift.features import FLAGS, MODALITIES, NEAREST
from model.drift.reading import QUANTITIES, ListingReader
from model.drift.scripts import SCRIPTS
from model.embedded import EmbeddedListing
from model.money import Rates

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shape:
    """One feature of some listings.

    Attributes:
        labels: of the b cells, as people read them; none of a feature whose cells say nothing to people.
        before: float64[b], the reference's shares.
        now: float64[b], the listings' own.
        listings: how many say something of the feature.
        distance: between the two, as the monitor counts it.
    """

    feature: str
    labels: tuple[str, ...]
    before: Float64
    now: Float64
    listings: int
    distance: float


def shapes(reference: DriftReference, listings: Sequence[EmbeddedListing], rates: Rates) -> list[Shape]:
    """Each feature of single listings, but for the nearest similarity: that depends on what else there is.

    Args:
        reference: whose cells.
        listings: n of them; of none there is nothing to show.
        rates: by which prices are compared.
    """
    if not listings:
        return []
    reader, expected = reference.reader, reference.listing_chance.expected
    cells = reader.cells
    codes = reader.codes(listings, np.full(len(listings), math.nan), rates)
    counts = cells.counts(np.zeros(len(listings), np.int64), codes, 1)[0]
    found = []
    for place, name in enumerate(cells.features):
        if name == NEAREST:
            continue
        span = cells.span(name)
        labels = tuple(labels_of(reader, name))
        own = counts[span][: len(labels)]
        found.append(
            Shape(
                feature=name,
                labels=labels,
                before=expected[span][: len(labels)],
                now=own / max(own.sum(), 1.0),
                listings=int(cells.told(place, counts[span])),
                distance=float(cells.distance(place, counts[span], expected[span])),
            )
        )
    return found


def labels_of(reader: ListingReader, feature: str) -> Sequence[str]:
    """What the cells of a feature are called; nothing where they are places along directions."""
    pictures = reader.cells.groups[len(FLAGS)].size
    named: dict[str, Sequence[str]] = {
        **dict.fromkeys(FLAGS, ("no", "yes")),
        "pictures": (*map(str, range(1, pictures)), f"{pictures}+"),
        "script": SCRIPTS,
        "currency": (*reader.currencies, "other"),
        "category": (*reader.categories, "other"),
    }
    if feature in named:
        return named[feature]
    if feature in QUANTITIES:
        edges = reader.edges[feature].tolist()
        return _between([math.exp(edge) for edge in edges] if feature == "log_price" else edges)
    modality = feature.removesuffix("_outside")
    return _between(reader.vectors[modality].outside.tolist()) if modality in MODALITIES else ()


def _between(edges: Sequence[float]) -> Sequence[str]:
    """The upper edge of each cell; the last has none."""
    told = [f"{edge:.3g}" for edge in edges]
    return (*(f"≤ {edge}" for edge in told), f"> {told[-1]}") if told else ("any",)
