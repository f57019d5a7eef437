"""The distinct listings of a call: read once, compared by array operations, however many pairs they make."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from model.embedded import EmbeddedListing

Pair = tuple[EmbeddedListing, EmbeddedListing]
Value = TypeVar("Value", bound=Hashable)

_ROWS_AT_ONCE = 512  # what is gathered for them stays in a core's second cache
_DENSE = 4  # a table of all combinations is made where it has at most so many cells a pair


class Distinct:
    """n pairs of m distinct listing objects.

    Attributes:
        listings: m of them.
        first, second: int[n], each pair's places in `listings`.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        place: dict[int, int] = {}
        listings: list[EmbeddedListing] = []
        sides = np.empty(2 * len(pairs), dtype=np.intp)
        at = 0
        for pair in pairs:
            for listing in pair:
                held = place.get(id(listing))
                if held is None:
                    held = place[id(listing)] = len(listings)
                    listings.append(listing)
                sides[at] = held
                at += 1
        self.listings = listings
        self.first, self.second = sides[::2].copy(), sides[1::2].copy()

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.first)

    def equal(self, values: Iterable[Hashable]) -> NDArray[np.bool_]:
        """bool[n]: whether both listings have the same of m values."""
        ids, _ = numbered(values)
        return np.asarray(ids[self.first] == ids[self.second])

    def by_value(
        self, values: Iterable[Value], relate: Callable[[Value, Value], float]
    ) -> NDArray[np.float64]:
        """float64[n] of m values, one a listing; `relate`, symmetric, is asked once of each two that meet."""
        ids, distinct = numbered(values)
        first, second = ids[self.first], ids[self.second]
        keys = np.minimum(first, second) * len(distinct) + np.maximum(first, second)
        cells = len(distinct) ** 2
        if cells <= _DENSE * len(keys):
            seen = np.zeros(cells, dtype=np.bool_)
            seen[keys] = True
            met = np.flatnonzero(seen)
            table = np.zeros(cells)
            table[met] = _related(met, distinct, relate)
            return np.asarray(table[keys])
        met, inverse = np.unique(keys, return_inverse=True)
        return np.asarray(_related(met, distinct, relate)[inverse])

    def cosines(self, vectors: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float64]:
        """float64[n] of m vectors, rounded to six decimals; NaN where a side has none.

        Raises:
            ValueError: vectors of different lengths.
        """
        shape = next((v.shape for v in vectors if v is not None), None)
        if shape is None:
            return np.full(len(self), np.nan)
        absent = np.full(shape, np.nan)
        unit = np.stack([absent if v is None else v for v in vectors]).astype(np.float64, copy=False)
        norms = np.sqrt((unit * unit).sum(axis=1))
        np.divide(unit, norms[:, None], out=unit, where=norms[:, None] != 0)
        out = np.empty(len(self))
        for cut in chunks(len(out), _ROWS_AT_ONCE):
            left = unit[self.first[cut]]
            left *= unit[self.second[cut]]
            out[cut] = left.sum(axis=1)
        return np.round(out, 6)


def numbered(values: Iterable[Value]) -> tuple[NDArray[np.int64], list[Value]]:
    """Numbers from 0 for equal values, and the distinct values by number."""
    places: dict[Value, int] = {}
    ids = np.array([places.setdefault(value, len(places)) for value in values], dtype=np.int64)
    return ids, list(places)


def chunks(length: int, size: int) -> Iterator[slice]:
    """Slices that cover `length`."""
    return (slice(start, start + size) for start in range(0, length, size))


def _related(
    keys: NDArray[np.int64], distinct: list[Value], relate: Callable[[Value, Value], float]
) -> NDArray[np.float64]:
    width = len(distinct)
    return np.array(
        [relate(distinct[key // width], distinct[key % width]) for key in keys.tolist()], np.float64
    )


class Bags:
    """What each of m listings has several of: words, pictures; numbered, in one flat array.

    Attributes:
        starts: int64[m + 1].
        items: flat; listing i has `items[starts[i] : starts[i + 1]]`.
    """

    def __init__(self, starts: NDArray[np.int64], items: NDArray[np.uint64]) -> None:
        self.starts, self.items = starts, items
        self.counts = np.diff(starts)

    def of(self, owners: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
        """The items of n owners one after another: whose they are, where they lie, and n + 1 starts."""
        counts = self.counts[owners]
        ends = np.concatenate([[0], np.cumsum(counts)])
        row = np.repeat(np.arange(len(owners)), counts)
        place = np.arange(ends[-1]) - np.repeat(ends[:-1] - self.starts[owners], counts)
        return row, place, ends

    def nearest(
        self,
        first: NDArray[np.intp],
        second: NDArray[np.intp],
        distance: Callable[[NDArray[np.uint64], NDArray[np.uint64]], NDArray[np.uint8]],
    ) -> NDArray[np.float64]:
        """float64[n]: the least distance of an item of one side to one of the other; NaN without items."""
        out = np.full(len(first), np.nan)
        both = np.flatnonzero((self.counts[first] > 0) & (self.counts[second] > 0))
        for cut in chunks(len(both), 8 * _ROWS_AT_ONCE):
            at = both[cut]
            row, left, _ = self.of(first[at])
            again, right, ends = self.of(second[at][row])
            found = distance(self.items[left][again], self.items[right])
            starts = ends[:-1][np.flatnonzero(np.diff(row, prepend=-1))]
            out[at] = np.minimum.reduceat(found, starts)
        return out


def bags(values: Sequence[Sequence[int]]) -> Bags:
    """Of m sequences of 64-bit numbers."""
    starts = np.concatenate([[0], np.cumsum([len(each) for each in values])]).astype(np.int64)
    return Bags(starts, np.array([item for each in values for item in each], dtype=np.uint64))
