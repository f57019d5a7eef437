"""The Listing contract: one seller's offer of one product, as it arrives.

Every limit here is tighter than every limit behind it (a Milvus VarChar holds 65,535 bytes, a Kafka message
1 MiB), so what passes validation fits everywhere. Limits of text are in bytes of UTF-8.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from model.gtin import normalise_gtin

MAX_ID_BYTES = 128
MAX_TITLE_BYTES = 2_000
MAX_PICTURES = 12
MAX_SIZES = 64
MAX_URL_BYTES = 2_048
MAX_DATA_URL_BYTES = 65_536
MAX_PRICE = Decimal(10) ** 12
INT64_MAX = 2**63 - 1


_C1 = re.compile(r"[\x80-\x9f]")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PLAIN_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")


def _plain(text: str) -> str:
    if bad := _UNWRITABLE.search(text):
        raise ValueError(f"holds the control character or lone surrogate U+{ord(bad[0]):04X}")
    return text


def _bounded(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        size = len(_plain(text).encode("utf-8"))
        if size > limit:
            raise ValueError(f"is {size} bytes of UTF-8; at most {limit} are allowed")
        return text

    return AfterValidator(check)


def _spaces_for_breaks(value: object) -> object:
    """Breaks, tabs and C1 controls (old encodings read wrongly) are blanks; other controls are refused."""
    return " ".join(_C1.sub(" ", value).split()) if isinstance(value, str) else value


def _blank_is_none(value: object) -> object:
    value = _spaces_for_breaks(value)
    return None if value == "" else value


def _exact(value: object) -> object:
    if isinstance(value, float):
        raise ValueError("must be a string or an exact JSON number, never a binary float")  # noqa: TRY004 (pydantic takes ValueError)
    if isinstance(value, str) and not _PLAIN_DECIMAL.fullmatch(value):
        raise ValueError("must be written as plain digits with a point, such as 12.50")
    return value


def _without_exponent(price: Decimal) -> Decimal:
    """One spelling: 1E+3 is 1000 and -0 is 0; the digits behind the point stay as the seller wrote them."""
    return Decimal(format(abs(price), "f"))


def _url(text: str) -> str:
    _plain(text)
    scheme = text.partition(":")[0].lower()
    if scheme not in {"http", "https", "file", "data"}:
        raise ValueError(f"has the scheme {scheme[:20]!r}; http, https, file or data are allowed")
    limit = MAX_DATA_URL_BYTES if scheme == "data" else MAX_URL_BYTES
    if len(text.encode("utf-8")) > limit:
        raise ValueError(f"is over {limit} bytes")
    if any(char in text for char in ' "\\<>'):
        raise ValueError("holds a character that a URL must escape")
    return text


def _page_url(text: str) -> str:
    if not text.lower().startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return _url(text)


def _gtin(value: object) -> object:
    if value is None or value == "":
        return None
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError("must be a string of digits")  # noqa: TRY004 (pydantic takes ValueError)
    return normalise_gtin(str(value))


Id = Annotated[str, Field(min_length=1), _bounded(MAX_ID_BYTES)]
Revision = Annotated[int, Field(ge=0, le=INT64_MAX, strict=True)]
Title = Annotated[Annotated[str, _bounded(MAX_TITLE_BYTES)] | None, BeforeValidator(_blank_is_none)]
Name = Annotated[Annotated[str, _bounded(256)] | None, BeforeValidator(_blank_is_none)]
Description = Annotated[Annotated[str, _bounded(65_536)] | None, BeforeValidator(_blank_is_none)]
Size = Annotated[str, BeforeValidator(_spaces_for_breaks), Field(min_length=1), _bounded(64)]
Price = (
    Annotated[
        Decimal,
        BeforeValidator(_exact),
        Field(ge=0, le=MAX_PRICE, max_digits=18, decimal_places=6, allow_inf_nan=False),
        AfterValidator(_without_exponent),
    ]
    | None
)
Currency = Annotated[str | None, Field(pattern=r"^[A-Z]{3}$")]
Gtin = Annotated[str | None, BeforeValidator(_gtin)]
PictureUrl = Annotated[str, AfterValidator(_url)]
PageUrl = Annotated[Annotated[str, AfterValidator(_page_url)] | None, BeforeValidator(_blank_is_none)]


class Offer(BaseModel):
    """What a listing and its embedded row have in common.

    Attributes:
        listing_id: unique over all sellers; at most 128 bytes.
        seller_id: who lists it.
        revision: int64, grows with every change of the listing.
        price: exact decimal in units of `currency`; both or neither.
        gtin: 14 digits, checksum verified.
        market: what decides the shard, where there are several; never changes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64")

    listing_id: Id
    seller_id: Id
    revision: Revision
    title: Title = None
    brand: Name = None
    category: Name = None
    colour: Name = None
    sizes: Annotated[tuple[Size, ...], Field(max_length=MAX_SIZES)] = ()
    price: Price = None
    currency: Currency = None
    gtin: Gtin = None
    image_urls: Annotated[tuple[PictureUrl, ...], Field(max_length=MAX_PICTURES)] = ()
    url: PageUrl = None
    updated_at: AwareDatetime | None = None
    market: Annotated[Annotated[str, _bounded(32)] | None, BeforeValidator(_blank_is_none)] = None

    @model_validator(mode="after")
    def _price_has_a_currency(self) -> Self:
        if (self.price is None) != (self.currency is None):
            raise ValueError("price and currency: give both or neither")
        return self


class Listing(Offer):
    """One seller's offer of one product, as the `listings` topic carries it."""

    description: Description = None

    @model_validator(mode="after")
    def _something_to_embed(self) -> Self:
        if self.title is None and not self.image_urls:
            raise ValueError("title or image_urls: one of the two is required")
        return self
