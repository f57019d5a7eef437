"""Pairs whose words name nothing in particular."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from model.decision.features import pair_features
from model.decision.nameless import nameless
from model.decision.rarity import Rarity
from model.embedded import EmbeddedListing, Pictures
from model.money import Rates
from tests.fast.model.rows import row, rows

COMMON = Rarity({"basic": 0.2, "relaxed": 0.04, "monza": 0.02})
SHOWN = Pictures(hashes=("00000000000000aa",))


def named(first: EmbeddedListing, second: EmbeddedListing) -> bool:
    return not nameless(pair_features([(first, second)], Rates.snapshot(), COMMON))[0]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"title": "Acme Jeans", "brand": "Acme"}, False),
        ({"title": "Jeans blue", "colour": "blue"}, False),
        ({"title": "Basic Jeans"}, False),
        ({"title": "Relaxed Jeans"}, False),
        ({"title": "Monza Jeans"}, True),
        ({"title": "Kurolin Jeans"}, True),
        ({"title": "Headphones WH-1000XM4"}, True),
        ({"title": "Jeans", "pictures": SHOWN}, True),
        ({"title": None}, False),
    ],
)
def test_a_rare_word_a_code_or_a_picture_in_common_names_a_pair(fields: dict[str, Any], names: bool) -> None:  # noqa: FBT001 (a table)
    """Brand, kind, colour and what one in thirty says do not."""
    assert named(row("a", **fields), row("b", **fields)) is names


def test_a_rare_word_that_one_side_says_alone_names_nothing() -> None:
    """It may be why the two are different; nothing says that they are the same."""
    assert not named(row("a", title="Kurolin Jeans"), row("b", title="Jeans"))


@given(rows(), rows())
@settings(max_examples=20)
def test_both_sides_say_alike_whether_they_are_named(a: EmbeddedListing, b: EmbeddedListing) -> None:
    """The order of a pair changes nothing."""
    assert named(a, b) == named(b, a)
