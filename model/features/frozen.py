"""Frozen features of labelled listings: what all training and measuring reads, with no encoder in sight."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.data.labelled import LabelledListing

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class FrozenFeatures:
    """Features of n listings with m pictures among them.

    Attributes:
        rows: the listings.
        hashes: of each listing its pictures' hashes, as `model.embedded.Pictures.hashes` holds them.
        pictures: float32[m, p], what `Embedder.encode_pictures` gives of each picture; listing i has the rows
            `starts[i]` up to `starts[i + 1]`.
        starts: int64[n + 1].
        text: float32[n, t] at unit length; NaN where a listing has no text.
        numbers: float32[n, 3], as `model.embedder.numbers_of` gives them; NaN where unknown.
    """

    rows: tuple[LabelledListing, ...]
    hashes: tuple[tuple[str, ...], ...]
    pictures: Float32
    starts: NDArray[np.int64]
    text: Float32
    numbers: Float32

    def __len__(self) -> int:
        """How many listings."""
        return len(self.rows)

    @cached_property
    def products(self) -> NDArray[np.int64]:
        """int64[n]; equal numbers are the same product (of one store)."""
        return _numbered([(row.store, row.product_id) for row in self.rows])

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """int64[n]; equal numbers are variants of one another, or the same product."""
        return _numbered([(row.store, row.variant_group) for row in self.rows])

    @cached_property
    def sellers(self) -> NDArray[np.int64]:
        """int64[n]."""
        return _numbered([(row.store, row.listing.seller_id) for row in self.rows])

    @cached_property
    def has_picture(self) -> NDArray[np.bool_]:
        """bool[n]."""
        return np.diff(self.starts) > 0

    @cached_property
    def has_text(self) -> NDArray[np.bool_]:
        """bool[n]."""
        return ~np.isnan(self.text[:, 0])

    @cached_property
    def ambiguous(self) -> NDArray[np.bool_]:
        """bool[n]; a pair of two such listings is not scored."""
        return np.array([row.ambiguous for row in self.rows], dtype=np.bool_)

    def take(self, wanted: NDArray[np.intp]) -> FrozenFeatures:
        """The listings at these places, in this order."""
        places = np.asarray(wanted, dtype=np.intp)
        counts = np.diff(self.starts)[places]
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        inside = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
        return FrozenFeatures(
            rows=tuple(self.rows[place] for place in places),
            hashes=tuple(self.hashes[place] for place in places),
            pictures=self.pictures[np.repeat(self.starts[:-1][places], counts) + inside],
            starts=starts,
            text=self.text[places],
            numbers=self.numbers[places],
        )


def _numbered(names: list[tuple[str, str]]) -> NDArray[np.int64]:
    numbers: dict[tuple[str, str], int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)
