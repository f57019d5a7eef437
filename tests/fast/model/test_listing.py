"""The Listing contract: what is let in, in which form, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from model.listing import INT64_MAX, Listing
from model.strict_json import parse

LEAST = {"listing_id": "l1", "seller_id": "s1", "revision": 1, "title": "Shirt"}


def listing(**fields: Any) -> Listing:
    return Listing.model_validate(LEAST | fields)


def test_four_fields_are_enough() -> None:
    """Only ids, revision and a title (or one picture) are required."""
    assert listing().price is None
    assert listing(title=None, image_urls=["https://example.com/a.jpg"]).title is None


def test_unknown_fields_are_ignored() -> None:
    """A producer may send more than we read."""
    assert not hasattr(listing(stock=7), "stock")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": None}, "title or image_urls"),
        ({"title": " \t "}, "title or image_urls"),
        ({"listing_id": ""}, "listing_id"),
        ({"listing_id": "a\nb"}, "listing_id"),
        ({"listing_id": "é" * 65}, "130 bytes"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"title": "x" * 2001}, "2001 bytes"),
        ({"revision": -1}, "revision"),
        ({"revision": INT64_MAX + 1}, "revision"),
        ({"revision": "3"}, "revision"),
        ({"revision": True}, "revision"),
        ({"price": "9.99"}, "price and currency"),
        ({"currency": "EUR"}, "price and currency"),
        ({"price": 9.99, "currency": "EUR"}, "binary float"),
        ({"price": "-1", "currency": "EUR"}, "price"),
        ({"price": "1e3", "currency": "EUR"}, "price"),
        ({"price": "1_000", "currency": "EUR"}, "price"),
        ({"price": "١٢", "currency": "EUR"}, "price"),
        ({"price": "NaN", "currency": "EUR"}, "price"),
        ({"price": "1.1234567", "currency": "EUR"}, "price"),
        ({"price": Decimal("1e999999"), "currency": "EUR"}, "price"),
        ({"price": "9.99", "currency": "eur"}, "currency"),
        ({"gtin": "4006381333932"}, "check digit should be 1"),
        ({"gtin": 4006381333931.0}, "gtin"),
        ({"image_urls": ["ftp://example.com/a.jpg"]}, "image_urls"),
        ({"image_urls": ["https://example.com/a b.jpg"]}, "image_urls"),
        ({"image_urls": ["https://example.com/a.jpg"] * 13}, "image_urls"),
        ({"image_urls": ["https://example.com/" + "a" * 2048]}, "over 2048 bytes"),
        ({"image_urls": ["data:image/png;base64," + "a" * 65_536]}, "over 65536 bytes"),
        ({"sizes": ["M"] * 65}, "sizes"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"updated_at": "2026-01-01T00:00:00"}, "updated_at"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], named: str) -> None:
    """What is refused is refused with the field's name and why."""
    with pytest.raises(ValidationError, match=named):
        listing(**fields)


@pytest.mark.parametrize(
    ("given_price", "written"),
    [
        ("12.50", "12.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0"), "0"),
        (Decimal("0E-5"), "0.00000"),
        (7, "7"),
    ],
)
def test_a_price_has_one_plain_spelling(given_price: Any, written: str) -> None:
    """Prices are written without an exponent or a sign, however they came."""
    assert listing(price=given_price, currency="EUR").model_dump(mode="json")["price"] == written


def test_a_price_read_from_json_is_exact() -> None:
    """A JSON number becomes a decimal without passing through a float."""
    value = parse(b'{"listing_id":"l","seller_id":"s","revision":1,"title":"t","price":0.1,"currency":"EUR"}')
    assert Listing.model_validate(value).price == Decimal("0.1")


def test_running_text_keeps_no_line_breaks() -> None:
    """Line breaks and tabs in a title are blanks."""
    assert listing(title="  Red\n\tShirt ").title == "Red Shirt"


@given(st.text(max_size=40))
def test_a_title_is_read_alike_the_second_time(title: str) -> None:
    """What was let in is let in again, unchanged."""
    try:
        once = listing(title=title, image_urls=["https://example.com/a"])
    except ValidationError:
        assert any(ord(c) < 0xA0 or 0xD800 <= ord(c) <= 0xDFFF for c in title)
        return
    assert Listing.model_validate(once.model_dump()) == once
