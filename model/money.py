"""Prices of many currencies on one scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Self

REFERENCE = "EUR"


@dataclass(frozen=True)
class Rates:
    """Exchange rates, frozen into an artifact: a decision must not change because a rate did.

    Attributes:
        table: units of each currency (ISO 4217) that one unit of the reference buys.
        reference: the currency that all prices are brought to.

    Raises:
        ValueError: a rate that is not a positive, finite number, or a reference whose own rate is not 1.
    """

    table: Mapping[str, float]
    reference: str = REFERENCE

    def __post_init__(self) -> None:
        table = {code: float(units) for code, units in sorted(self.table.items())}
        for code, units in table.items():
            if not (math.isfinite(units) and units > 0):
                raise ValueError(f"rate of {code}: {units} is not a positive number")
        if table.get(self.reference) != 1.0:
            raise ValueError(f"rate of the reference {self.reference}: must be given as 1")
        object.__setattr__(self, "table", MappingProxyType(table))

    def to_reference(self, price: Decimal, currency: str) -> float | None:
        """`price` in units of the reference currency; None for a currency that the table lacks."""
        units = self.table.get(currency)
        return None if units is None else float(price) / units

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file; `from_json` reads it back."""
        return {"reference": self.reference, "table": dict(self.table)}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The inverse of `to_json`.

        Raises:
            ValueError: data of another form, or a rate that is none.
        """
        if not isinstance(data, dict) or set(data) != {"reference", "table"}:
            raise ValueError("rates: an object with `reference` and `table` is wanted")
        reference, table = data["reference"], data["table"]
        if not isinstance(reference, str) or not isinstance(table, dict):
            raise ValueError("rates: `reference` is a text and `table` an object")  # noqa: TRY004 (one kind of error for callers)
        if any(
            isinstance(units, bool) or not isinstance(units, int | float | Decimal)
            for units in table.values()
        ):
            raise ValueError("rates: each rate is a number")
        return cls({str(code): float(units) for code, units in table.items()}, reference)

    @classmethod
    def snapshot(cls) -> Self:
        """A hard-coded table of round figures of late 2026, good to a few per cent; never refreshed.

        A price is weak evidence, read on a logarithmic scale: a rate that is off by 5 % moves no decision
        much. Give a training run a fresher table where currencies moved.
        """
        return cls(_SNAPSHOT)


_SNAPSHOT = {
    "EUR": 1.0,
    "AED": 4.27,
    "AUD": 1.77,
    "BGN": 1.956,
    "BRL": 6.25,
    "CAD": 1.62,
    "CHF": 0.93,
    "CNY": 8.25,
    "CZK": 24.4,
    "DKK": 7.46,
    "GBP": 0.87,
    "HKD": 9.05,
    "HUF": 388.0,
    "IDR": 19_350.0,
    "ILS": 3.85,
    "INR": 103.0,
    "JPY": 177.0,
    "KRW": 1_690.0,
    "MXN": 21.4,
    "MYR": 4.85,
    "NOK": 11.7,
    "NZD": 2.03,
    "PHP": 68.0,
    "PLN": 4.25,
    "RON": 5.09,
    "RUB": 94.0,
    "SAR": 4.36,
    "SEK": 11.0,
    "SGD": 1.51,
    "THB": 37.6,
    "TRY": 49.0,
    "TWD": 36.0,
    "UAH": 49.0,
    "USD": 1.163,
    "VND": 30_600.0,
    "ZAR": 20.1,
}
