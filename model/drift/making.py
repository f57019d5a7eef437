"""Making a reference of listings and of the pairs that are offered among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.drift.blocks import Blocks
from model.drift.cells import Cells, Codes
from model.drift.chance import WINDOWS_PER_ALARM, Chance
from model.drift.directions import Directions
from model.drift.features import FEATURES, MODALITIES, NEAREST
from model.drift.halving import words_owe_to_sellers
from model.drift.reading import (
    BINS,
    VECTOR_BINS,
    HeldOut,
    ListingReader,
    PairReader,
    VectorBins,
    log_price,
    part_of,
)
from model.drift.reference import DriftReference
from model.drift.resampling import thresholds
from model.drift.words import Vocabulary, learn
from model.embedded import EmbeddedListing
from model.money import Rates

OF_ONE = 32
PAIRS_OF_ONE = 64
WINDOWS = 20_000
_CURRENCIES, _CATEGORIES = 16, 32
_FOLDS = 5

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def make_reference(
    listings: Sequence[EmbeddedListing],
    nearest: ArrayLike,
    places: ArrayLike,
    probabilities: ArrayLike,
    *,
    match: float,
    review: float,
    rates: Rates,
    windows: int = WINDOWS,
    seed: int = 0,
) -> DriftReference:
    """Measure what is undrifted, and find the thresholds.

    Args:
        listings: n of them, one at least, in the order that they came in as far as that is known.
        nearest: float[n], each one's cosine to its nearest neighbour; NaN for one that has none.
        places: int[m, 2], pairs of places among the listings that retrieval offers.
        probabilities: float[m], what the decider gives them.
        match: from which probability on a pair is a match.
        review: from which on a person is asked.
        rates: those of the artifact, by which prices are compared.
        windows: how many undrifted windows are drawn for the thresholds.
        seed: of the drawing.

    Raises:
        ValueError: no listings, or arrays of other lengths.
    """
    similarities = np.asarray(nearest, np.float64)
    pairs = np.asarray(places, np.int64).reshape(-1, 2)
    chances = np.asarray(probabilities, np.float64)
    if not listings or similarities.shape != (len(listings),) or chances.shape != (len(pairs),):
        raise ValueError(
            f"{len(listings)} listings with {similarities.shape} nearest similarities, "
            f"{len(pairs)} pairs with {chances.shape} probabilities"
        )
    sellers = [row.seller_id for row in listings]
    vocabulary, strange = learn([row.title for row in listings], sellers)
    held_out = HeldOut(strange, {name: _outside(part_of(listings, name), sellers) for name in MODALITIES})
    reader = _reader(listings, similarities, strange, vocabulary, held_out=held_out, rates=rates)
    codes = reader.codes(listings, similarities, rates, held_out)
    pair_reader = PairReader(_edges(chances.tolist()))
    matched = chances >= match
    pair_codes = pair_reader.codes(chances, matched, ~matched & (chances >= review))
    rng = np.random.default_rng(seed)
    listing_chance = _chance(
        reader.cells,
        codes,
        sellers,
        [row.category for row in listings],
        of_one=OF_ONE,
        windows=windows,
        rng=rng,
    )
    owed = words_owe_to_sellers([row.title for row in listings], sellers, of_one=OF_ONE, bins=BINS, rng=rng)
    return DriftReference(
        listings=len(listings),
        reader=reader,
        pair_reader=pair_reader,
        listing_chance=listing_chance.widened(reader.cells.features.index("strange_words"), owed),
        pair_chance=_chance(
            pair_reader.cells,
            pair_codes,
            [sellers[first] for first in pairs[:, 0].tolist()],
            pairs[:, 0].tolist(),
            of_one=PAIRS_OF_ONE,
            windows=windows,
            rng=rng,
        ),
    )


def _reader(
    listings: Sequence[EmbeddedListing],
    similarities: Float64,
    strange: Sequence[float],
    vocabulary: Vocabulary,
    *,
    held_out: HeldOut,
    rates: Rates,
) -> ListingReader:
    """What cuts each feature of a listing into cells, by these listings."""
    edges = {
        "title_length": _edges(len(row.title) for row in listings if row.title is not None),
        "strange_words": _edges(strange),
        "log_price": _edges(log_price(row, rates) for row in listings),
        NEAREST: _edges(similarities.tolist()),
    }
    return ListingReader(
        edges=edges,
        currencies=_frequent((row.currency for row in listings), _CURRENCIES),
        categories=_frequent((row.category and row.category.casefold() for row in listings), _CATEGORIES),
        vectors={name: _vector_bins(listings, name, held_out.outside[name]) for name in MODALITIES},
        vocabulary=vocabulary,
    )


def _chance(
    cells: Cells,
    codes: Codes,
    sellers: Sequence[str],
    kinds: Sequence[object],
    *,
    of_one: int,
    windows: int,
    rng: np.random.Generator,
) -> Chance:
    if not len(codes):
        features = len(cells.features)
        return Chance(
            cells.smoothed(np.zeros(cells.width)),
            1.0,
            np.ones((features, 2)),
            np.zeros(features),
            np.zeros(features),
        )
    blocks = Blocks.cut(cells, codes, sellers, kinds)
    chance = 1 / WINDOWS_PER_ALARM / len(FEATURES)
    return thresholds(cells, blocks, of_one=of_one, chance=chance, windows=windows, rng=rng)


def _edges(values: Iterable[float]) -> Float64:
    """Edges between cells of equal mass, as far as ties allow; NaN is left out."""
    given = np.fromiter(values, np.float64)
    known = given[~np.isnan(given)]
    if not len(known):
        return np.empty(0)
    # The last edge is the greatest value: what falls over it later has a cell of its own.
    return np.unique(np.quantile(known, np.arange(1, BINS + 1) / BINS, method="inverted_cdf"))


def _frequent(names: Iterable[str | None], most: int) -> tuple[str, ...]:
    counted = Counter(name for name in names if name is not None)
    return tuple(sorted(sorted(counted, key=lambda name: (-counted[name], name))[:most]))


def _outside(parts: Sequence[Float32 | None], sellers: Sequence[str]) -> Float64:
    """float64[n]: the share of each vector outside of directions that other sellers' vectors give."""
    outside = np.full(len(parts), np.nan)
    folds = {seller: place % _FOLDS for place, seller in enumerate(dict.fromkeys(sellers))}
    there = np.array([place for place, part in enumerate(parts) if part is not None], np.int64)
    if not len(there):
        return outside
    vectors = np.stack([part for part in parts if part is not None])
    fold = np.array([folds[sellers[place]] for place in there.tolist()])
    for number in range(_FOLDS):
        others = vectors[fold != number]
        if len(others):
            outside[there[fold == number]] = Directions.of(others).places(vectors[fold == number])[1]
    return outside


def _vector_bins(listings: Sequence[EmbeddedListing], name: str, outside: Float64) -> VectorBins:
    parts = [part for part in part_of(listings, name) if part is not None]
    dimension = listings[0].embedding.vector.shape[0]
    vectors = np.stack(parts) if parts else np.empty((0, dimension), np.float32)
    directions = Directions.of(vectors)
    places, _ = directions.places(vectors)
    if not parts:
        along = len(directions.along)
        return VectorBins(
            directions, np.zeros((along, VECTOR_BINS - 1)), np.zeros((along, VECTOR_BINS)), np.empty(0)
        )
    cuts = np.array([0.005, *np.linspace(0.05, 0.95, VECTOR_BINS - 3), 0.995])
    edges = np.quantile(places.astype(np.float64), cuts, axis=0).T
    return VectorBins(directions, edges, _centres(places.astype(np.float64), edges), _edges(outside.tolist()))


def _centres(places: Float64, edges: Float64) -> Float64:
    """float64[16, 12]: the mean of what lies in each cell, in spreads; of an empty one its edge."""
    spread = np.maximum(places.std(axis=0), 1e-9)
    cells = (places[:, :, None] > edges).sum(axis=2)
    bounded = np.concatenate([edges[:, :1], (edges[:, 1:] + edges[:, :-1]) / 2, edges[:, -1:]], axis=1)
    centres = bounded.copy()
    for along in range(places.shape[1]):
        counts = np.bincount(cells[:, along], minlength=VECTOR_BINS)
        sums = np.bincount(cells[:, along], weights=places[:, along], minlength=VECTOR_BINS)
        there = counts > 0
        centres[along, there] = sums[there] / counts[there]
    scaled: Float64 = np.maximum.accumulate(centres, axis=1) / spread[:, None]
    return scaled
