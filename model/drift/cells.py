"""Features as counts in cells, and how far counts lie from the shares that are expected of them.

Every feature is made of groups of cells, and a row falls in one cell of each group, or in none where it says
nothing. Counts add up: over rows, over a seller's rows, over sellers; whoever is left out is subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["index", "mean", "sliced"]
Float64 = NDArray[np.float64]
Numbers = NDArray[np.floating[Any]]
Codes = NDArray[np.int16]

_SMOOTHING = 10.0  # rows of the expected shares that every window is given on top of its own


@dataclass(frozen=True)
class Group:
    """Cells of which a row falls in one at most.

    Attributes:
        feature: whose it is; groups of one feature are neighbours and of one kind.
        kind: how counts are compared.
        size: how many cells.
        centres: float64[size], what stands for each cell of the kinds `mean` and `sliced`, in units of the
            reference's own spread along that direction.
    """

    feature: str
    kind: Kind
    size: int
    centres: Float64 | None = None


class Cells:
    """All groups side by side; g groups, c cells, f features."""

    def __init__(self, groups: Sequence[Group]) -> None:
        """Lay the groups out in their order.

        Raises:
            ValueError: a feature whose groups are no neighbours.
        """
        self.groups = tuple(groups)
        self.starts = np.concatenate([[0], np.cumsum([group.size for group in groups])]).astype(np.int64)
        self.width = int(self.starts[-1])
        spans = [(name, list(places)) for name, places in groupby(range(len(groups)), self._feature)]
        self.features = tuple(name for name, _ in spans)
        if len(set(self.features)) != len(self.features):
            raise ValueError("the groups of a feature are to be neighbours")
        self._spans = [(places[0], places[-1] + 1) for _, places in spans]
        self._place = {name: place for place, name in enumerate(self.features)}

    def _feature(self, place: int) -> str:
        return self.groups[place].feature

    def span(self, feature: str) -> slice:
        """The cells of a feature.

        Raises:
            KeyError: no such feature.
        """
        first, last = self._spans[self._place[feature]]
        return slice(int(self.starts[first]), int(self.starts[last]))

    def groups_of(self, place: int) -> tuple[int, int]:
        """The first group of the feature at a place, and the first one after it."""
        return self._spans[place]

    def counts(self, owners: NDArray[np.int64], codes: Codes, among: int) -> Float64:
        """float64[among, c]: how many of each owner's rows fall in each cell.

        Args:
            owners: int64[n], whose row each is.
            codes: int16[n, g], the cell within each group, -1 for none.
            among: how many owners.
        """
        told = codes >= 0
        flat = (codes + self.starts[:-1] + owners[:, None] * self.width)[told]
        return np.bincount(flat, minlength=among * self.width).reshape(among, self.width).astype(np.float64)

    def known(self, counts: Numbers) -> Float64:
        """[..., f]: how many rows of counts [..., c] say something of each feature."""
        spans = [self.span(name) for name in self.features]
        return np.stack(
            [self.told(place, counts[..., span]) for place, span in enumerate(spans)],
            axis=-1,
        )

    def distances(self, counts: Numbers, expected: Numbers) -> Float64:
        """[..., f]: how far counts [..., c] lie from the expected shares.

        `index` is the population stability index, the sum of (q - p) ln(q / p), of shares q that are smoothed
        by ten rows of p: an empty cell adds little. `mean` is the mean over directions of the squared shift
        of the mean, `sliced` the mean over random slices of the squared Wasserstein distance of order 1
        (Rabin et al. 2011), both between cells' centres, so that no single row weighs without bound.

        Args:
            counts: [..., c].
            expected: float64[c] or [..., c], the shares in each group add up to 1, none is 0.
        """
        spans = [self.span(name) for name in self.features]
        return np.stack(
            [
                self.distance(place, counts[..., span], expected[..., span])
                for place, span in enumerate(spans)
            ],
            axis=-1,
        )

    def distance(self, place: int, counts: Numbers, expected: Numbers) -> Float64:
        """[...]: the same of the feature at one place, from its own cells alone."""
        kind = self.groups[self._spans[place][0]].kind
        if kind == "index":
            return _index(counts, expected)
        centres = self._centres[place].astype(counts.dtype, copy=False)
        moved = _shares(counts, centres.shape) - expected.reshape(*expected.shape[:-1], *centres.shape)
        if kind == "mean":
            shift: Float64 = np.square((moved * centres).sum(axis=-1)).mean(axis=-1)
            return shift
        widths = np.diff(centres, axis=-1)
        work = (np.abs(np.cumsum(moved[..., :-1], axis=-1)) * widths).sum(axis=-1)
        squared: Float64 = np.square(work).mean(axis=-1)
        return squared

    def told(self, place: int, counts: Numbers) -> Float64:
        """[...]: how many rows of a feature's own cells [..., c'] say something of it."""
        total: Float64 = counts[..., : self.groups[self._spans[place][0]].size].sum(axis=-1)
        return total

    @cached_property
    def _centres(self) -> list[Float64]:
        empty = np.empty((0, 0))
        return [
            empty
            if self.groups[first].centres is None
            else np.stack([_given(group.centres) for group in self.groups[first:last]])
            for first, last in self._spans
        ]

    def smoothed(self, counts: Float64) -> Float64:
        """float64[c]: the shares of counts float64[c], half a row in every cell on top of them."""
        shares = np.empty(self.width)
        for start, stop in zip(self.starts[:-1], self.starts[1:], strict=True):
            own = counts[start:stop] + 0.5
            shares[start:stop] = own / own.sum()
        return shares


def _index(counts: Numbers, expected: Numbers) -> Float64:
    total = counts.sum(axis=-1, keepdims=True)
    shares = (counts + _SMOOTHING * expected) / (total + _SMOOTHING)
    index: Float64 = ((shares - expected) * np.log(shares / expected)).sum(axis=-1)
    return index


def _shares(counts: Numbers, shape: tuple[int, ...]) -> Float64:
    """[..., s, b] of counts [..., s * b]; of a window that says nothing, 0 everywhere."""
    apart = counts.reshape(*counts.shape[:-1], *shape)
    total = apart.sum(axis=-1, keepdims=True)
    shares: Float64 = apart / np.where(total > 0, total, 1)
    return shares


def _given(centres: Float64 | None) -> Float64:
    if centres is None:
        raise ValueError("a mean and a sliced distance need the centres of their cells")
    return centres
