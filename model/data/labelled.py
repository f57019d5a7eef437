"""Listings, and pairs of them, whose products are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from model.listing import Listing


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture that has not been read yet.

    Attributes:
        name: for people and messages.
        read: gives its bytes, the same at every call; raises OSError if they cannot be had.
    """

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class LabelledListing:
    """A listing and the product behind it.

    Attributes:
        listing: as the stream would carry it; its `image_urls` lead nowhere, `pictures` stand for them.
        product_id: the truth; two listings with the same one are the same product.
        variant_group: near-identical products share it; the product's own id where none is known.
        store: the set that it comes from; sellers and products of two stores are never the same.
        pictures: in the listing's order.
        perceptual_hashes: uint64 each, of pictures that are not there themselves.
        ambiguous: a pair of two such listings is not scored, since nobody knows.
    """

    listing: Listing
    product_id: str
    variant_group: str
    store: str
    pictures: tuple[PictureFile, ...] = ()
    perceptual_hashes: tuple[int, ...] = ()
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two listings and whether they are the same product."""

    a: LabelledListing
    b: LabelledListing
    same: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of a data file that was left out, or went on without a part of it; `line` counts from 1."""

    file: Path
    line: int
    reason: str

    def __str__(self) -> str:
        """As compilers write it."""
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class DataSet:
    """One source of labelled data.

    Attributes:
        name: of its folder or file.
        listings: of a catalogue; empty for a set of published pairs.
        pairs: of a set of published pairs; empty for a catalogue.
        problems: what was left out, and why.
        missing_pictures: how many pictures listings name that cannot be had.
    """

    name: str
    listings: tuple[LabelledListing, ...] = ()
    pairs: tuple[LabelledPair, ...] = ()
    problems: tuple[Problem, ...] = ()
    missing_pictures: int = 0
