"""What the training listings looked like, for a monitor to hold later ones against.

Every feature is a histogram, so that a population stability index, Kolmogorov and Smirnov's distance or a chi
square can be had of any later window without the listings themselves. Which sellers there were is not kept:
a new seller is normal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors.numpy import save

from model.embedded import EmbeddedListing
from model.histogram import Histogram
from model.money import Rates
from model.tensors import read_tensors

DIRECTIONS = 8
_MAX_EDGES = 64

SCALARS = (
    "log_price", "sizes", "title_words", "pictures",
    "no_picture", "no_title", "no_price", "no_brand", "no_colour", "no_category", "no_sizes", "no_gtin",
)  # fmt: skip
_VECTORS = ("cosine_to_mean", *(f"direction_{number}" for number in range(1, DIRECTIONS + 1)))
_PAIRS = ("nearest_similarity", "pair_probability")
FEATURES = (*SCALARS, *_VECTORS, *_PAIRS)
"""The name of every feature that has a histogram."""

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def scalar_features(listing: EmbeddedListing, rates: Rates) -> dict[str, float]:
    """What a listing shows of itself, under the names in `SCALARS`; NaN where unknown, flags are 0 or 1."""
    price = None
    if listing.price is not None and listing.currency is not None:
        price = rates.to_reference(listing.price, listing.currency)
    title, pictures = listing.title, len(listing.pictures.hashes)
    absent = {
        "no_picture": pictures == 0,
        "no_title": title is None,
        "no_price": listing.price is None,
        "no_brand": listing.brand is None,
        "no_colour": listing.colour is None,
        "no_category": listing.category is None,
        "no_sizes": not listing.sizes,
        "no_gtin": listing.gtin is None,
    }
    return {
        "log_price": math.log(price) if price else math.nan,
        "sizes": float(len(listing.sizes)),
        "title_words": math.nan if title is None else float(len(title.split())),
        "pictures": float(pictures),
        **{name: float(flag) for name, flag in absent.items()},
    }


@dataclass(frozen=True, eq=False)
class DriftReference:
    """Reference statistics of n listings.

    Attributes:
        listings: n.
        mean: float32[d], of their vectors.
        directions: float32[8, d], the vectors' principal directions, the widest first; rows of zeros where
            the vectors span fewer.
        histograms: by feature, for each name in `FEATURES`.
    """

    listings: int
    mean: Float32
    directions: Float32
    histograms: Mapping[str, Histogram]

    @classmethod
    def of(
        cls,
        listings: Sequence[EmbeddedListing],
        nearest: ArrayLike,
        probabilities: ArrayLike,
        *,
        rates: Rates,
    ) -> Self:
        """Measure a training set.

        Args:
            listings: n of them, one at least.
            nearest: float[n], each one's cosine to its nearest neighbour; NaN for one that has none.
            probabilities: float[m], what the decider gives the pairs that retrieval offers among them.
            rates: those of the artifact, by which prices are compared.

        Raises:
            ValueError: no listings, or `nearest` of another length.
        """
        similarities = np.asarray(nearest, np.float64)
        if not listings or similarities.shape != (len(listings),):
            raise ValueError(f"{len(listings)} listings with {similarities.shape} nearest similarities")
        vectors = np.stack([listing.embedding.vector for listing in listings])
        mean, directions = _principal(vectors)
        scalars = [scalar_features(listing, rates) for listing in listings]
        values: dict[str, ArrayLike] = {name: [row[name] for row in scalars] for name in SCALARS}
        values |= _vector_features(vectors, mean, directions)
        values |= {"nearest_similarity": similarities, "pair_probability": probabilities}
        histograms = {name: Histogram.of(values[name]) for name in FEATURES}
        return cls(len(listings), mean, directions, histograms)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Those that `histogram` takes."""
        return tuple(self.histograms)

    def histogram(self, name: str) -> Histogram:
        """The reference of one feature.

        Raises:
            KeyError: no such feature.
        """
        return self.histograms[name]

    def vector_features(self, vectors: Float32) -> dict[str, Float64]:
        """float64[n] by name of vectors float32[n, d]: cosine to the mean, place along each direction."""
        return _vector_features(vectors, self.mean, self.directions)

    def to_bytes(self) -> bytes:
        """Safetensors; equal references give equal bytes."""
        tensors: dict[str, NDArray[np.generic]] = {
            "listings": np.array([self.listings], np.int64),
            "mean": self.mean,
            "directions": self.directions,
        }
        for name, histogram in self.histograms.items():
            tensors[f"{name}.edges"] = histogram.edges
            tensors[f"{name}.counts"] = histogram.counts
            tensors[f"{name}.missing"] = np.array([histogram.missing], np.int64)
        return save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})

    @classmethod
    def from_bytes(cls, data: bytes, dimension: int) -> Self:
        """The inverse of `to_bytes`.

        Args:
            data: a safetensors file.
            dimension: the vectors' length, which it must have.

        Raises:
            ValueError: not such a file, or another shape, or a histogram that is none.
        """
        kinds: dict[str, type[np.generic]] = {
            "listings": np.int64, "mean": np.float32, "directions": np.float32,
        }  # fmt: skip
        for name in FEATURES:
            kinds |= {f"{name}.edges": np.float64, f"{name}.counts": np.int64, f"{name}.missing": np.int64}
        tensors = read_tensors(data, kinds)
        _check_shapes(tensors, dimension)
        listings = int(tensors["listings"][0])
        if listings < 1:
            raise ValueError(f"a reference of {listings} listings says nothing")
        histograms = {name: _histogram(tensors, name) for name in FEATURES}
        for name in FEATURES:
            if name != "pair_probability" and histograms[name].total != listings:
                raise ValueError(f"{name} counts {histograms[name].total} of {listings} listings")
        return cls(
            listings=listings,
            mean=tensors["mean"].astype(np.float32),
            directions=tensors["directions"].astype(np.float32),
            histograms=histograms,
        )


def _histogram(tensors: Mapping[str, NDArray[np.generic]], name: str) -> Histogram:
    try:
        return Histogram(
            edges=tensors[f"{name}.edges"].astype(np.float64),
            counts=tensors[f"{name}.counts"].astype(np.int64),
            missing=int(tensors[f"{name}.missing"][0]),
        )
    except ValueError as err:
        raise ValueError(f"{name}: {err}") from err


def _check_shapes(tensors: Mapping[str, NDArray[np.generic]], dimension: int) -> None:
    shapes = {"listings": (1,), "mean": (dimension,), "directions": (DIRECTIONS, dimension)}
    shapes |= {f"{name}.missing": (1,) for name in FEATURES}
    for name, shape in shapes.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{name} is of shape {tensors[name].shape}; {shape} is wanted")
    for name in FEATURES:
        if tensors[f"{name}.edges"].size > _MAX_EDGES:
            raise ValueError(f"{name} has over {_MAX_EDGES} bins")


def _principal(vectors: Float32) -> tuple[Float32, Float32]:
    exact = vectors.astype(np.float64)
    mean = exact.mean(axis=0)
    centred = exact - mean
    spreads, axes = np.linalg.eigh(centred.T @ centred)
    widest = axes.T[::-1][:DIRECTIONS]
    # Either sign of a direction is right; one is chosen, so that two runs agree.
    loudest = np.take_along_axis(widest, np.abs(widest).argmax(axis=1)[:, None], axis=1)
    widest = widest * np.sign(loudest)
    noise = max(float(spreads[-1]), 1e-12) * 1e-9
    widest = widest * (spreads[::-1][:DIRECTIONS, None] > noise)
    directions = np.zeros((DIRECTIONS, vectors.shape[1]), np.float32)
    directions[: len(widest)] = widest
    return mean.astype(np.float32), directions


def _vector_features(vectors: Float32, mean: Float32, directions: Float32) -> dict[str, Float64]:
    exact = vectors.astype(np.float64)
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(mean.astype(np.float64))
    along = (exact - mean) @ directions.T.astype(np.float64)
    cosine: Float64 = exact @ mean.astype(np.float64) / np.maximum(lengths, 1e-12)
    return {"cosine_to_mean": cosine} | {
        f"direction_{number}": along[:, number - 1] for number in range(1, DIRECTIONS + 1)
    }
