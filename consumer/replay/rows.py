"""The two kinds of line that a replay reads, and the Listing that each becomes.

A line is a Listing as the contract has it, its pictures named relative to a folder (or URLs); or a row of
a data set for product matching, with a `product_id` and `images`. Rows carry their identity in ids and file
names, so these are replaced by keyed hashes: the system under test must not see them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.data.rows import DataSetRow, exact_price, validated
from model.listing import Listing

_HAS_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")

PictureUrl = Callable[[str], str]  # from a file's name; raises PictureFault


class PictureFault(ValueError):
    """A picture that a line names cannot be given; the listing goes on without it."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a listing's identity.

    Attributes:
        ambiguous: whether pairs among such listings are left out of a score.
    """

    listing_id: str
    product_id: str
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """A line that can be published.

    Attributes:
        truth: None for a line in the Listing contract, whose identity nobody told.
        left_out: why each picture that is missing is missing.
    """

    listing: Listing
    truth: Truth | None
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Names that tell nothing: BLAKE2b of the kind and the name, keyed."""

    key: str

    def name(self, kind: str, name: str) -> str:
        """24 hex digits; the same key, kind and name give the same."""
        mixed = hashlib.blake2b(f"{kind}\x00{name}".encode(), key=self.key.encode()[:64], digest_size=12)
        return mixed.hexdigest()


def _urls(names: tuple[str, ...], url_of: PictureUrl) -> tuple[list[str], list[str]]:
    urls, left_out = [], []
    for name in names:
        if _HAS_SCHEME.match(name):
            urls.append(name)
            continue
        try:
            urls.append(url_of(name))
        except PictureFault as fault:
            left_out.append(str(fault))
    return urls, left_out


def read_data_set_row(line: dict[str, Any], url_of: PictureUrl, opaque: Opaque, revision: int) -> ReplayLine:
    """A row of a data set as a Listing with opaque ids, and what is known of it.

    Raises:
        ValueError: the row, or the Listing it becomes, is refused; the message names the field.
    """
    row = validated(DataSetRow, line)
    urls, left_out = _urls(row.images, url_of)
    listing = validated(
        Listing,
        {
            "listing_id": opaque.name("listing", row.listing_id),
            "seller_id": opaque.name("seller", row.seller_id),
            "revision": revision,
            "title": row.title,
            "brand": row.brand,
            "category": row.category,
            "colour": row.colour,
            "gtin": row.gtin,
            "image_urls": urls,
            **exact_price(row.price, row.currency),
        },
    )
    return ReplayLine(listing, Truth(listing.listing_id, row.product_id, row.ambiguous), tuple(left_out))


def read_listing(line: dict[str, Any], url_of: PictureUrl) -> ReplayLine:
    """A line in the Listing contract, with pictures' file names turned into URLs.

    Raises:
        ValueError: the Listing is refused; the message names the field.
    """
    names = line.get("image_urls", [])
    left_out: list[str] = []
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        urls, left_out = _urls(tuple(names), url_of)
        line = line | {"image_urls": urls}
    return ReplayLine(validated(Listing, line), None, tuple(left_out))
