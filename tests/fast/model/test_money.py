"""Prices of many currencies on one scale."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from model.money import Rates


def test_a_price_is_brought_to_the_reference() -> None:
    """Units of a currency are divided by what one unit of the reference buys."""
    rates = Rates({"EUR": 1, "USD": 1.25})
    assert rates.to_reference(Decimal("12.50"), "USD") == 10.0
    assert rates.to_reference(Decimal("12.50"), "EUR") == 12.5


def test_an_unknown_currency_gives_none() -> None:
    """A price that cannot be compared is no price."""
    assert Rates.snapshot().to_reference(Decimal(1), "XTS") is None


def test_the_snapshot_knows_the_currencies_of_big_marketplaces() -> None:
    """Twenty-five and more, each within a plausible range."""
    table = Rates.snapshot().table
    assert len(table) >= 25
    assert {"EUR", "USD", "GBP", "INR", "IDR", "PLN", "JPY", "CNY", "BRL"} <= set(table)
    assert all(0.5 < units < 40_000 for units in table.values())


def test_rates_survive_json() -> None:
    """What was written is read back, through text."""
    rates = Rates.snapshot()
    assert Rates.from_json(json.loads(json.dumps(rates.to_json()))) == rates


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"USD": 1.2}, "EUR"),
        ({"EUR": 1, "USD": 0}, "USD"),
        ({"EUR": 1, "USD": float("nan")}, "USD"),
        ({"EUR": 2}, "EUR"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(table: dict[str, float], why: str) -> None:
    """Rates are positive and finite, and the reference's own is 1."""
    with pytest.raises(ValueError, match=why):
        Rates(table)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"reference": "EUR", "table": {"EUR": "1"}},
        {"reference": 1, "table": {}},
        {"reference": "EUR", "table": []},
    ],
)
def test_json_of_another_form_is_refused(data: Any) -> None:
    """A file that is no table of rates says so."""
    with pytest.raises(ValueError, match="rate"):
        Rates.from_json(data)


def test_the_table_cannot_change() -> None:
    """Neither through the mapping that was given nor through the one that is shown."""
    given = {"EUR": 1.0}
    rates = Rates(given)
    given["EUR"] = 2.0
    with pytest.raises(TypeError):
        rates.table["EUR"] = 3.0  # type: ignore[index]
    assert rates.table["EUR"] == 1.0
