"""Listings and pairs as codes: the cell of each group of cells that each falls in."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.drift.cells import Cells, Codes, Group
from model.drift.directions import SLICES, WIDEST, Directions
from model.drift.features import FLAGS, MODALITIES, NEAREST
from model.drift.scripts import SCRIPTS, script
from model.drift.words import Vocabulary
from model.embedded import EmbeddedListing
from model.money import Rates

BINS = 10
VECTOR_BINS = 12
_MOST_PICTURES = 5  # told apart; more count as that many
QUANTITIES = ("title_length", "strange_words", "log_price", NEAREST)
"""What is counted between edges."""

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class VectorBins:
    """How one modality's vectors are read.

    Attributes:
        directions: along which.
        edges: float64[16, 11], ascending, of the places along each.
        centres: float64[16, 12], what stands for each cell, in spreads of the reference along that direction.
        outside: float64[b - 1], edges of the share outside.
    """

    directions: Directions
    edges: Float64
    centres: Float64
    outside: Float64


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What is told of n listings by a reference that is not made of their own sellers.

    A reference knows its own sellers' words and directions; a new seller of the same kind is told by others.

    Attributes:
        strange: n shares of strange words.
        outside: by modality float64[n], shares outside of the widest directions; NaN where there is no part.
    """

    strange: Sequence[float]
    outside: Mapping[str, Float64]


@dataclass(frozen=True, eq=False)
class ListingReader:
    """Reads listings as one reference cut its cells.

    Attributes:
        edges: by name, of each of `QUANTITIES`.
        currencies: those with a cell of their own, all others share one.
        categories: likewise, in lower case.
        vectors: by name, of each of `MODALITIES`.
        vocabulary: of titles.
    """

    edges: Mapping[str, Float64]
    currencies: tuple[str, ...]
    categories: tuple[str, ...]
    vectors: Mapping[str, VectorBins]
    vocabulary: Vocabulary

    @cached_property
    def cells(self) -> Cells:
        """The cells that the codes name."""
        groups = [Group(name, "index", 2) for name in FLAGS]
        groups += [
            Group("pictures", "index", _MOST_PICTURES),
            Group("title_length", "index", len(self.edges["title_length"]) + 1),
            Group("script", "index", len(SCRIPTS)),
            Group("strange_words", "index", len(self.edges["strange_words"]) + 1),
            Group("log_price", "index", len(self.edges["log_price"]) + 1),
            Group("currency", "index", len(self.currencies) + 1),
            Group("category", "index", len(self.categories) + 1),
            Group(NEAREST, "index", len(self.edges[NEAREST]) + 1),
        ]
        for name in MODALITIES:
            bins = self.vectors[name]
            groups += [Group(f"{name}_mean", "mean", VECTOR_BINS, row) for row in bins.centres[:WIDEST]]
            groups += [Group(f"{name}_sliced", "sliced", VECTOR_BINS, row) for row in bins.centres[WIDEST:]]
            groups += [Group(f"{name}_outside", "index", len(bins.outside) + 1)]
        return Cells(groups)

    def codes(
        self, rows: Sequence[EmbeddedListing], nearest: Float64, rates: Rates, held_out: HeldOut | None = None
    ) -> Codes:
        """int16[n, g]; -1 in a group of which a listing says nothing.

        Args:
            rows: n listings.
            nearest: float64[n], NaN where there is none.
            rates: by which prices are compared.
            held_out: of the reference's own listings, what others say of them.
        """
        shown = [self._shown(row) for row in rows]
        words = held_out.strange if held_out else [self.vocabulary.strange(row.title) for row in rows]
        prices = [log_price(row, rates) for row in rows]
        edges = self._listed
        told = [
            [*head, _between(word, edges["strange_words"]), _between(price, edges["log_price"]), *tail,
             _between(near, edges[NEAREST])]
            for (head, tail), word, price, near in zip(shown, words, prices, nearest.tolist(), strict=True)
        ]  # fmt: skip
        held = [np.array(told, np.int16).reshape(len(rows), -1)]
        for name in MODALITIES:
            own = None if held_out is None else held_out.outside[name]
            held.append(_vector_codes(part_of(rows, name), self.vectors[name], own))
        return np.concatenate(held, axis=1)

    @cached_property
    def _listed(self) -> dict[str, list[float]]:
        return {name: edges.tolist() for name, edges in self.edges.items()}

    @cached_property
    def _places(self) -> tuple[dict[str, int], dict[str, int]]:
        return (
            {name: place for place, name in enumerate(self.currencies)},
            {name: place for place, name in enumerate(self.categories)},
        )

    def _shown(self, row: EmbeddedListing) -> tuple[list[int], list[int]]:
        """What comes before the strange words and the price, and what after."""
        currencies, categories = self._places
        title, pictures = row.title, len(row.pictures.hashes)
        head = [
            int(pictures == 0),
            int(row.pictures.gone + row.pictures.pending > 0),
            int(title is None),
            int(row.brand is None),
            int(row.category is None),
            int(row.price is None),
            int(row.gtin is None),
            min(pictures, _MOST_PICTURES) - 1,
            -1 if title is None else bisect_left(self._listed["title_length"], len(title)),
            -1 if title is None else script(title),
        ]
        currency, category = row.currency, row.category
        tail = [
            -1 if currency is None else currencies.get(currency, len(currencies)),
            -1 if category is None else categories.get(category.casefold(), len(categories)),
        ]
        return head, tail


@dataclass(frozen=True, eq=False)
class PairReader:
    """Reads decided pairs.

    Attributes:
        edges: float64[b - 1], of the probability.
    """

    edges: Float64

    @cached_property
    def cells(self) -> Cells:
        """The cells that the codes name."""
        return Cells(
            [
                Group("pair_probability", "index", len(self.edges) + 1),
                Group("match_rate", "index", 2),
                Group("review_rate", "index", 2),
            ]
        )

    def codes(self, probabilities: Float64, matched: NDArray[np.bool_], reviewed: NDArray[np.bool_]) -> Codes:
        """int16[m, 3]."""
        bins = np.searchsorted(self.edges, probabilities, side="left")
        return np.stack([bins, matched, reviewed], axis=1).astype(np.int16)


def log_price(row: EmbeddedListing, rates: Rates) -> float:
    """The natural logarithm of a price in the reference currency; NaN where it says nothing."""
    if row.price is None or row.currency is None:
        return math.nan
    price = rates.to_reference(row.price, row.currency)
    return math.log(price) if price else math.nan


def part_of(rows: Sequence[EmbeddedListing], name: str) -> Sequence[Float32 | None]:
    """One modality of each listing."""
    return [getattr(row.embedding, "vector" if name == "fused" else name) for row in rows]


def _between(value: float, edges: list[float]) -> int:
    return -1 if math.isnan(value) else bisect_left(edges, value)


def _vector_codes(
    parts: Sequence[Float32 | None], bins: VectorBins, outside_of_others: Float64 | None
) -> Codes:
    codes = np.full((len(parts), WIDEST + SLICES + 1), -1, np.int16)
    there = [place for place, part in enumerate(parts) if part is not None]
    if there:
        # Joined and cut again: that is several times quicker than to stack many short arrays.
        vectors = np.concatenate([part for part in parts if part is not None]).reshape(len(there), -1)
        places, outside = bins.directions.places(vectors)
        cells = np.zeros(places.shape, np.int16)
        for edges in bins.edges.T:
            cells += places > edges
        codes[there, :-1] = cells
        told = outside if outside_of_others is None else outside_of_others[there]
        codes[there, -1] = np.searchsorted(bins.outside, told, side="left")
    return codes
