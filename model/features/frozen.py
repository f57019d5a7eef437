"""Frozen features of labelled listings: what all training and measuring reads, with no encoder in sight."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.data.labelled import LabelledListing
from model.encoders.perceptual_hash import hash_text
from model.encoders.picture_features import rooted, split_features
from model.listing import MAX_PICTURES

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
        texture: how many of a picture's features are the statistics of the encoder's early layers.
    """

    rows: tuple[LabelledListing, ...]
    hashes: tuple[tuple[str, ...], ...]
    pictures: Float32
    starts: NDArray[np.int64]
    text: Float32
    numbers: Float32
    texture: int = 0

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
    def image(self) -> Float32:
        """float32[n, d + texture + PALETTE]: what a layer takes of each listing's pictures; NaN without any.

        `model.encoders.picture_features.image_inputs` of all listings at once.
        """
        parts = split_features(self.pictures, self.texture)
        blocks = (unit_rows(rooted(parts.encoder)), unit_rows(rooted(parts.texture)), parts.palette)
        return np.concatenate([self._means(block) for block in blocks], axis=1)

    @cached_property
    def plain(self) -> Float32:
        """float32[n, d]: the mean of the encoder's unit-length features; NaN rows without pictures."""
        return self._means(unit_rows(split_features(self.pictures, self.texture).encoder))

    @cached_property
    def palette(self) -> Float32:
        """float32[n, PALETTE] of unit length: its pictures' palette; NaN rows without pictures."""
        return unit_rows(self._means(split_features(self.pictures, self.texture).palette))

    @cached_property
    def perceptual_hashes(self) -> tuple[tuple[str, ...], ...]:
        """Of each listing 16 hex digits of each picture that has such a hash, or those given in its row."""
        bits = split_features(self.pictures, self.texture).bits
        written = [hash_text(one) for one in bits]
        return tuple(
            tuple(text for text in written[start:stop] if text is not None)
            if stop > start
            else tuple(f"{given:016x}" for given in row.perceptual_hashes[:MAX_PICTURES])
            for row, start, stop in zip(self.rows, self.starts[:-1], self.starts[1:], strict=True)
        )

    @cached_property
    def ambiguous(self) -> NDArray[np.bool_]:
        """bool[n]; a pair of two such listings is not scored."""
        return np.array([row.ambiguous for row in self.rows], dtype=np.bool_)

    def _means(self, of_pictures: Float32) -> Float32:
        """float32[n, w]: each listing's mean of its pictures' float32[m, w]; NaN without pictures."""
        means = np.full((len(self), of_pictures.shape[1]), np.nan, np.float32)
        if self.has_picture.any():
            totals = np.add.reduceat(of_pictures, self.starts[:-1][self.has_picture], axis=0)
            means[self.has_picture] = totals / np.diff(self.starts)[self.has_picture, None]
        return means

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
            texture=self.texture,
        )


def unit_rows(rows: Float32) -> Float32:
    """float32[n, w]: each row at unit length; a row of zeros stays one."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))[:, None]
    unit: Float32 = rows / np.maximum(lengths, 1e-12).astype(np.float32)
    return unit


def _numbered(names: list[tuple[str, str]]) -> NDArray[np.int64]:
    numbers: dict[tuple[str, str], int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)
