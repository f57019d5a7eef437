"""What a stream's listings looked like when a model was made for them, and how far chance takes a window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from model.drift.cells import Cells
from model.drift.chance import Chance
from model.drift.directions import SLICES, WIDEST, Directions
from model.drift.features import MODALITIES
from model.drift.reading import QUANTITIES, VECTOR_BINS, ListingReader, PairReader, VectorBins
from model.drift.words import BITS, Vocabulary
from model.strict_json import canonical, parse
from model.tensors import read_tensors

FORMAT = 2
_MOST_EDGES = 64
_CHANCES = ("listings", "pairs")

Tensors = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, eq=False)
class DriftReference:
    """Of n listings, and of the pairs that retrieval offers among them.

    Which sellers there were is not kept: a new seller is normal.

    Attributes:
        listings: n.
        reader: reads listings in the reference's own cells.
        pair_reader: reads pairs likewise.
        listing_chance: what is expected of listings, and the thresholds.
        pair_chance: likewise of pairs.
    """

    listings: int
    reader: ListingReader
    pair_reader: PairReader
    listing_chance: Chance
    pair_chance: Chance

    @property
    def thresholds(self) -> dict[str, float]:
        """By feature; without those that cannot be judged, for want of sellers or of anything to compare."""
        both = [(self.reader.cells, self.listing_chance), (self.pair_reader.cells, self.pair_chance)]
        return {
            name: float(limit)
            for cells, chance in both
            for name, limit in zip(cells.features, chance.thresholds, strict=True)
            if limit > 0
        }

    def to_bytes(self) -> bytes:
        """Safetensors; equal references give equal bytes."""
        reader = self.reader
        names = canonical({"currency": list(reader.currencies), "category": list(reader.categories)})
        tensors: dict[str, NDArray[np.generic]] = {
            "format": np.array([FORMAT], np.int64),
            "listings": np.array([self.listings], np.int64),
            "names": np.frombuffer(names, np.uint8),
            "vocabulary": reader.vocabulary.packed,
            "pair_probability.edges": self.pair_reader.edges,
        }
        tensors |= {f"{name}.edges": reader.edges[name] for name in QUANTITIES}
        for name, bins in reader.vectors.items():
            tensors[f"{name}.mean"] = bins.directions.mean
            tensors[f"{name}.along"] = bins.directions.along
            tensors[f"{name}.edges"] = bins.edges
            tensors[f"{name}.centres"] = bins.centres
            tensors[f"{name}.outside"] = bins.outside
        for name, chance in zip(_CHANCES, (self.listing_chance, self.pair_chance), strict=True):
            tensors[f"{name}.expected"] = chance.expected
            tensors[f"{name}.sellers"] = np.array([chance.sellers], np.float64)
            tensors[f"{name}.noise"] = chance.noise
            tensors[f"{name}.thresholds"] = chance.thresholds
            tensors[f"{name}.alone"] = chance.alone
        return save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})

    @classmethod
    def from_bytes(cls, data: bytes, dimension: int) -> Self:
        """The inverse of `to_bytes`.

        Args:
            data: a safetensors file.
            dimension: the vectors' length, which it must have.

        Raises:
            ValueError: not such a file, or another shape, or numbers that cannot be.
        """
        tensors = read_tensors(data, _kinds())
        if tensors["format"].tolist() != [FORMAT]:
            raise ValueError(f"format {tensors['format'].tolist()}; {FORMAT} is read here")
        if tensors["listings"].shape != (1,) or tensors["listings"][0] < 1:
            raise ValueError("a reference of no listings says nothing")
        currencies, categories = _names(tensors["names"])
        reader = ListingReader(
            edges={name: _edges(tensors, f"{name}.edges") for name in QUANTITIES},
            currencies=currencies,
            categories=categories,
            vectors={name: _vectors(tensors, name, dimension) for name in MODALITIES},
            vocabulary=Vocabulary(_shaped(tensors, "vocabulary", BITS // 8).astype(np.uint8)),
        )
        pair_reader = PairReader(_edges(tensors, "pair_probability.edges"))
        return cls(
            listings=int(tensors["listings"][0]),
            reader=reader,
            pair_reader=pair_reader,
            listing_chance=_chance(tensors, "listings", reader.cells),
            pair_chance=_chance(tensors, "pairs", pair_reader.cells),
        )


def _kinds() -> dict[str, type[np.generic]]:
    kinds: dict[str, type[np.generic]] = {
        "format": np.int64, "listings": np.int64, "names": np.uint8, "vocabulary": np.uint8,
        "pair_probability.edges": np.float64,
    }  # fmt: skip
    kinds |= {f"{name}.edges": np.float64 for name in (*QUANTITIES, *MODALITIES)}
    for name in MODALITIES:
        kinds |= {f"{name}.mean": np.float32, f"{name}.along": np.float32}
        kinds |= {f"{name}.centres": np.float64, f"{name}.outside": np.float64}
    for name in _CHANCES:
        kinds |= {
            f"{name}.{part}": np.float64 for part in ("expected", "sellers", "noise", "thresholds", "alone")
        }
    return kinds


def _names(tensor: NDArray[np.generic]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    told: Any = parse(tensor.tobytes())
    if not isinstance(told, dict) or told.keys() != {"currency", "category"}:
        raise ValueError("names: an object with `currency` and `category` is wanted")
    lists = told["currency"], told["category"]
    if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists):
        raise ValueError("names: lists of texts are wanted: " + json.dumps(told)[:80])
    return tuple(lists[0]), tuple(lists[1])


def _edges(tensors: Tensors, name: str) -> NDArray[np.float64]:
    edges = tensors[name].astype(np.float64)
    if edges.ndim != 1 or len(edges) > _MOST_EDGES or (np.diff(edges) <= 0).any():
        raise ValueError(f"{name}: at most {_MOST_EDGES} edges that ascend are wanted")
    return edges


def _vectors(tensors: Tensors, name: str, dimension: int) -> VectorBins:
    along = WIDEST + SLICES
    edges = _shaped(tensors, f"{name}.edges", along, VECTOR_BINS - 1).astype(np.float64)
    centres = _shaped(tensors, f"{name}.centres", along, VECTOR_BINS).astype(np.float64)
    if (np.diff(edges) < 0).any() or (np.diff(centres) < 0).any():
        raise ValueError(f"{name}: edges and centres ascend")
    directions = Directions(
        _shaped(tensors, f"{name}.mean", dimension).astype(np.float32),
        _shaped(tensors, f"{name}.along", along, dimension).astype(np.float32),
    )
    return VectorBins(directions, edges, centres, _edges(tensors, f"{name}.outside"))


def _chance(tensors: Tensors, name: str, cells: Cells) -> Chance:
    features = len(cells.features)
    expected = _shaped(tensors, f"{name}.expected", cells.width).astype(np.float64)
    sellers = _shaped(tensors, f"{name}.sellers", 1).astype(np.float64)
    noise = _shaped(tensors, f"{name}.noise", features, 2).astype(np.float64)
    limits = _shaped(tensors, f"{name}.thresholds", features).astype(np.float64)
    alone = _shaped(tensors, f"{name}.alone", features).astype(np.float64)
    totals = np.add.reduceat(expected, cells.starts[:-1])
    if (expected <= 0).any() or not np.allclose(totals, 1, atol=1e-6):
        raise ValueError(f"{name}.expected: shares over 0 that add up to 1 are wanted")
    if (noise < 0).any() or (limits < 0).any() or (alone < 0).any() or sellers[0] <= 0:
        raise ValueError(f"{name}: no number of them is below 0, and there are sellers")
    return Chance(expected, float(sellers[0]), noise, limits, alone)


def _shaped(tensors: Tensors, name: str, *shape: int) -> NDArray[np.generic]:
    if tensors[name].shape != shape:
        raise ValueError(f"{name} is of shape {tensors[name].shape}; {shape} is wanted")
    return tensors[name]
