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
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.listing import MAX_PRICE, Listing

_HAS_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
_STEP = Decimal("0.000001")  # the contract's finest step

Contract = TypeVar("Contract", bound=BaseModel)
PictureUrl = Callable[[str], str]  # from a file's name; raises PictureFault


class PictureFault(ValueError):
    """A picture that a line names cannot be given; the listing goes on without it."""


class DataSetRow(BaseModel):
    """One offer of a data set with known identities; null is unknown.

    Attributes:
        product_id: offers with the same one are the same product.
        ambiguous_identity: pairs among such rows are not scored.
        identity_verified: False likewise.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    listing_id: Annotated[str, Field(min_length=1)]
    product_id: Annotated[str, Field(min_length=1)]
    seller_id: Annotated[str, Field(min_length=1)]
    title: str | None = None
    brand: str | None = None
    category: str | None = None
    colour: str | None = None
    price: Annotated[Decimal, Field(ge=0, le=MAX_PRICE, allow_inf_nan=False)] | None = None
    currency: str | None = None
    images: tuple[str, ...] = ()
    gtin: str | None = None
    ambiguous_identity: bool = False
    identity_verified: bool = True


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


def is_data_set_row(line: dict[str, Any]) -> bool:
    """Whether a line is a row of a data set and no Listing."""
    return "product_id" in line and "image_urls" not in line


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


def _price(row: DataSetRow) -> dict[str, Any]:
    """Exact decimals, and nothing where the currency (or the price) is unknown."""
    if row.price is None or row.currency is None:
        return {}
    price = row.price.quantize(_STEP) if row.price % _STEP else row.price
    return {"price": format(price, "f"), "currency": row.currency}


def read_data_set_row(line: dict[str, Any], url_of: PictureUrl, opaque: Opaque, revision: int) -> ReplayLine:
    """A row of a data set as a Listing with opaque ids, and what is known of it.

    Raises:
        ValueError: the row, or the Listing it becomes, is refused; the message names the field.
    """
    row = _validated(DataSetRow, line)
    urls, left_out = _urls(row.images, url_of)
    listing = _validated(
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
            **_price(row),
        },
    )
    ambiguous = row.ambiguous_identity or not row.identity_verified
    return ReplayLine(listing, Truth(listing.listing_id, row.product_id, ambiguous), tuple(left_out))


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
    return ReplayLine(_validated(Listing, line), None, tuple(left_out))


def _validated(contract: type[Contract], line: dict[str, Any]) -> Contract:
    try:
        return contract.model_validate(line)
    except ValidationError as err:
        first = err.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from None
