"""A row of a data set with known identities, as JSON; and how a row from outside is validated."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.listing import MAX_PRICE

_STEP = Decimal("0.000001")  # the contract's finest step

Contract = TypeVar("Contract", bound=BaseModel)


class DataSetRow(BaseModel):
    """One offer of a data set with known identities; null is unknown.

    Attributes:
        product_id: offers with the same one are the same product.
        variant_group: offers with the same one are that product or a variant of it.
        ambiguous_identity: pairs among such rows are not scored.
        identity_verified: False likewise.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    listing_id: Annotated[str, Field(min_length=1)]
    product_id: Annotated[str, Field(min_length=1)]
    seller_id: Annotated[str, Field(min_length=1)]
    variant_group: str | None = None
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

    @property
    def ambiguous(self) -> bool:
        """Whether pairs among such rows are left out of a score."""
        return self.ambiguous_identity or not self.identity_verified


def is_data_set_row(line: dict[str, Any]) -> bool:
    """Whether a line is a row of a data set and no Listing."""
    return "product_id" in line and "image_urls" not in line


def exact_price(price: Decimal | None, currency: str | None) -> dict[str, Any]:
    """A Listing's price and currency as exact decimals; nothing where either is unknown."""
    if price is None or currency is None:
        return {}
    fine = price.quantize(_STEP) if price % _STEP else price
    return {"price": format(fine, "f"), "currency": currency}


def validated(contract: type[Contract], line: dict[str, Any]) -> Contract:
    """`line` as `contract`.

    Raises:
        ValueError: it is refused; the message names the first field at fault.
    """
    try:
        return contract.model_validate(line)
    except ValidationError as err:
        first = err.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from None
