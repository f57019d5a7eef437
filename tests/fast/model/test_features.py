"""What is compared of two listings."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.decision.features import LEVELS, NUMERIC, GtinRelation, pair_features
from model.embedded import EmbeddedListing, Pictures
from model.money import Rates
from tests.fast.model.rows import row, rows

RATES = Rates.snapshot()
GLOBAL, OTHER, IN_STORE = "4006381333931", "96385074", "2000000000008"


def level(name: str, a: EmbeddedListing, b: EmbeddedListing) -> str:
    code = int(pair_features([(a, b)], RATES).levels[0, list(LEVELS).index(name)])
    return LEVELS[name][code]


def number(name: str, a: EmbeddedListing, b: EmbeddedListing) -> float:
    return float(pair_features([(a, b)], RATES).numbers[0, NUMERIC.index(name)])


@given(rows(), rows())
@settings(max_examples=25)
def test_the_order_of_a_pair_changes_no_bit(a: EmbeddedListing, b: EmbeddedListing) -> None:
    """Features are symmetric in the two listings."""
    one, other = pair_features([(a, b)], RATES), pair_features([(b, a)], RATES)
    assert one.numbers.tobytes() == other.numbers.tobytes()
    assert one.levels.tobytes() == other.levels.tobytes()
    assert one.gtins == other.gtins


@given(st.lists(st.tuples(rows(), rows()), min_size=2, max_size=5))
@settings(max_examples=25)
def test_what_else_is_compared_changes_no_bit(pairs: list[tuple[EmbeddedListing, EmbeddedListing]]) -> None:
    """A pair's row is the same alone and in any company."""
    together = pair_features(pairs, RATES)
    for place, pair in enumerate(pairs):
        alone = pair_features([pair], RATES)
        assert alone.numbers[0].tobytes() == together.numbers[place].tobytes()
        assert alone.levels[0].tolist() == together.levels[place].tolist()


def test_no_pairs_give_no_rows() -> None:
    """An empty batch is a batch."""
    assert len(pair_features([], RATES)) == 0


@pytest.mark.parametrize(
    ("name", "a", "b", "wanted"),
    [
        ("brand", {"brand": "Acme"}, {"brand": "ACME GmbH"}, "agree"),
        ("brand", {"brand": "Birkenstock"}, {"brand": "Birkenstok"}, "agree"),
        ("brand", {"brand": "Acme"}, {"title": "Shirt by Acme"}, "in_title"),
        ("brand", {"brand": "Acme"}, {"brand": "Zeta"}, "conflict"),
        ("brand", {"brand": "Acme"}, {}, "absent"),
        ("colour", {"colour": "Schwarz"}, {"title": "black shirt"}, "agree"),
        ("colour", {"colour": "Night Fjord"}, {"colour": "fjord night"}, "agree"),
        ("colour", {"colour": "red/white"}, {"colour": "red"}, "overlap"),
        ("colour", {"title": "Hemd rot"}, {"title": "chemise bleue"}, "conflict"),
        ("colour", {"colour": "red"}, {}, "absent"),
        ("pattern", {"title": "Hemd gestreift"}, {"title": "striped shirt"}, "agree"),
        ("pattern", {"title": "Hemd kariert"}, {"title": "striped shirt"}, "conflict"),
        ("material", {"title": "leather belt"}, {"title": "ceinture en cuir"}, "agree"),
        ("audience", {"category": "Men > Shirts"}, {"title": "Damen Hemd"}, "conflict"),
        ("measures", {"title": "Soap 500 ml"}, {"title": "Soap 0,5 l"}, "agree"),
        ("measures", {"title": "Phone 128 GB"}, {"title": "Phone 256 GB"}, "conflict"),
        ("measures", {"title": "Phone 128 GB"}, {"title": "Phone 7 inch"}, "absent"),
        ("pack", {"title": "Socks 2er Pack"}, {"title": "Socks"}, "conflict"),
        ("pack", {"title": "Socks 2er Pack"}, {"title": "pack of 2 socks"}, "agree"),
        ("pack", {"title": "Socks"}, {"title": "Socks"}, "absent"),
        ("year", {"title": "Bike 2024"}, {"title": "Bike 2025"}, "conflict"),
        ("codes", {"title": "Sony WH-1000XM4"}, {"title": "WH1000XM4 Sony"}, "agree"),
        ("codes", {"title": "Sony WH-1000XM4"}, {"title": "Sony WH-1000XM5"}, "conflict"),
        ("numbers", {"title": "Phone 15"}, {"title": "Phone 14"}, "conflict"),
        ("category", {"category": "Shirts"}, {"category": "Shoes"}, "conflict"),
        ("seller", {"seller_id": "s"}, {"seller_id": "s"}, "same"),
        (
            "picture",
            {"pictures": Pictures(hashes=("0" * 16,))},
            {"pictures": Pictures(hashes=("0" * 16, "1" * 16))},
            "shared",
        ),
        (
            "in_store_number",
            {"seller_id": "s", "gtin": IN_STORE},
            {"seller_id": "s", "gtin": IN_STORE},
            "agree",
        ),
        ("in_store_number", {"gtin": IN_STORE}, {"gtin": IN_STORE}, "absent"),
    ],
)
def test_fields_are_compared_by_what_they_mean(
    name: str, a: dict[str, Any], b: dict[str, Any], wanted: str
) -> None:
    """Agreement, conflict and silence are told apart, across languages and ways of writing."""
    assert level(name, row("a", **a), row("b", **b)) == wanted


def test_cosines_are_of_the_stored_vectors() -> None:
    """Fused and by modality, and not a number where a side lacks the modality."""
    a, b = row("a", like=1), row("b", like=2, image=False)
    x, y = (each.embedding.vector.astype(np.float64) for each in (a, b))
    expected = x @ y / np.linalg.norm(x) / np.linalg.norm(y)
    assert number("similarity_fused", a, b) == pytest.approx(expected, abs=1e-6)
    assert math.isnan(number("similarity_image", a, b))
    assert number("similarity_text", a, a) == 1.0


def test_prices_are_compared_across_currencies() -> None:
    """The gap is the logarithm of the ratio, after conversion; unknown where it cannot be."""
    euros = row("a", price=Decimal(100), currency="EUR")
    dollars = row("b", price=Decimal(200) * Decimal(str(RATES.table["USD"])), currency="USD")
    assert number("price_gap", euros, dollars) == pytest.approx(math.log(2))
    silents: list[dict[str, Any]] = [
        {},
        {"price": Decimal(0), "currency": "EUR"},
        {"price": Decimal(5), "currency": "XTS"},
    ]
    for silent in silents:
        assert math.isnan(number("price_gap", euros, row("c", **silent)))


def test_title_words_leave_out_brand_and_colour() -> None:
    """What has a feature of its own is not counted again as a word."""
    a = row("a", title="Acme linen shirt red", brand="Acme")
    b = row("b", title="shirt linen blue")
    assert number("title_overlap", a, b) == 1.0


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        (GLOBAL, GLOBAL, GtinRelation.EQUAL),
        (GLOBAL, OTHER, GtinRelation.DIFFERENT),
        (GLOBAL, IN_STORE, GtinRelation.RESTRICTED),
        (IN_STORE, IN_STORE, GtinRelation.RESTRICTED),
        (GLOBAL, None, GtinRelation.ABSENT),
        (GLOBAL, "0" * 14, GtinRelation.ABSENT),
    ],
)
def test_gtins_are_compared_by_what_they_are_worth(
    first: str, second: str | None, relation: GtinRelation
) -> None:
    """Only numbers that name one product world-wide say something for sure."""
    assert pair_features([(row("a", gtin=first), row("b", gtin=second))], RATES).gtins == (relation,)


def test_an_overshared_gtin_counts_as_none() -> None:
    """A number that many products bear is no number."""
    a, b = row("a", gtin=GLOBAL), row("b", gtin=OTHER)
    assert pair_features([(a, b)], RATES, frozenset({GLOBAL.zfill(14)})).gtins == (GtinRelation.ABSENT,)
