"""What is compared of two listings."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.decision.features import GTINS, LEVELS, NUMERIC, GtinRelation, pair_features
from model.decision.rarity import Rarity
from model.embedded import EmbeddedListing, Embedding, Pictures
from model.money import Rates
from tests.fast.model.rows import row, rows, vector

RATES = Rates.snapshot()
RARITY = Rarity({"linen": 0.5, "slim": 0.05, "everywhere": 1.0})
GLOBAL, OTHER, IN_STORE = "4006381333931", "96385074", "2000000000008"


def level(name: str, a: EmbeddedListing, b: EmbeddedListing) -> str:
    code = int(pair_features([(a, b)], RATES, RARITY).levels[0, list(LEVELS).index(name)])
    return LEVELS[name][code]


def number(name: str, a: EmbeddedListing, b: EmbeddedListing) -> float:
    return float(pair_features([(a, b)], RATES, RARITY).numbers[0, NUMERIC.index(name)])


@given(rows(), rows())
@settings(max_examples=25)
def test_the_order_of_a_pair_changes_no_bit(a: EmbeddedListing, b: EmbeddedListing) -> None:
    """Features are symmetric in the two listings."""
    one, other = pair_features([(a, b)], RATES, RARITY), pair_features([(b, a)], RATES, RARITY)
    assert one.numbers.tobytes() == other.numbers.tobytes()
    assert one.levels.tobytes() == other.levels.tobytes()
    assert one.gtins.tolist() == other.gtins.tolist()


@pytest.mark.thorough
@given(st.lists(st.tuples(rows(), rows()), min_size=2, max_size=5))
@settings(max_examples=25)
def test_what_else_is_compared_changes_no_bit(pairs: list[tuple[EmbeddedListing, EmbeddedListing]]) -> None:
    """A pair's row is the same alone and in any company."""
    together = pair_features(pairs, RATES, RARITY)
    for place, pair in enumerate(pairs):
        alone = pair_features([pair], RATES, RARITY)
        assert alone.numbers[0].tobytes() == together.numbers[place].tobytes()
        assert alone.levels[0].tolist() == together.levels[place].tolist()


def test_no_pairs_give_no_rows() -> None:
    """An empty batch is a batch."""
    assert len(pair_features([], RATES, RARITY)) == 0


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
        ("colour", {"colour": "red/white"}, {"colour": "red"}, "agree"),
        ("colour", {"colour": "navy blue"}, {"colour": "bleu marine"}, "agree"),
        ("colour", {"colour": "red/white"}, {"colour": "white"}, "overlap"),
        ("colour", {"colour": "red/white"}, {"colour": "red/blue"}, "second_apart"),
        ("colour", {"colour": "red/white"}, {"colour": "blue/white"}, "conflict"),
        ("colour", {"title": "Hemd rot"}, {"title": "chemise bleue"}, "conflict"),
        ("colour", {"colour": "red"}, {}, "absent"),
        ("pattern", {"title": "Hemd gestreift"}, {"title": "striped shirt"}, "agree"),
        ("pattern", {"title": "Hemd kariert"}, {"title": "striped shirt"}, "conflict"),
        ("pattern", {"title": "Hemd gestreift"}, {"title": "diagonal stripes"}, "overlap"),
        ("pattern", {"title": "Hemd"}, {"title": "striped shirt"}, "one_sided"),
        ("pattern", {"title": "Hemd"}, {"title": "shirt"}, "absent"),
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
        ("codes", {"title": "LG LDS4821"}, {"title": "LG LDS4821WW"}, "part"),
        ("codes", {"title": "LG LDS4821"}, {"title": "LG"}, "one_sided"),
        ("codes", {"title": "LG A123 B456"}, {"title": "LG A123 C789"}, "apart"),
        ("numbers", {"title": "Phone 15"}, {"title": "Phone 14"}, "conflict"),
        ("numbers", {"title": "Typing 3.0"}, {"title": "Typing v3"}, "agree"),
        ("numbers", {"title": "Typing 3.5"}, {"title": "Typing 35"}, "conflict"),
        ("numbers", {"title": "Phone 15 8"}, {"title": "Phone 15"}, "within"),
        ("numbers", {"title": "Phone 15 8"}, {"title": "Phone 15 6"}, "apart"),
        ("pack", {"title": "PACK DE 5 calcetines"}, {"title": "Socken 5er-Set"}, "agree"),
        ("pack", {"title": "Multipack 3 socks"}, {"title": "pack of three socks"}, "agree"),
        ("pack", {"title": "kaos polos isi 3"}, {"title": "kaos polos"}, "conflict"),
        ("pattern", {"title": "Colour block shirt"}, {"title": "Colorblocking-Shirt"}, "agree"),
        ("pattern", {"title": "Nadelstreifen"}, {"title": "pinstriped shirt"}, "agree"),
        ("pattern", {"title": "Argyle socks"}, {"title": "calze a rombi"}, "agree"),
        ("pattern", {"title": "chaqueta raya diplomática"}, {"title": "Veste fines rayures"}, "agree"),
        ("pattern", {"title": "camisa cuadro estampado"}, {"title": "printed shirt"}, "agree"),
        ("motif", {"title": "Hemd Blitz mit Print"}, {"title": "camisa rayo estampado"}, "agree"),
        ("motif", {"title": "Hemd Blitz mit Print"}, {"title": "box printed shirt"}, "conflict"),
        ("motif", {"title": "Hemd Blitz mit Print"}, {"title": "printed shirt"}, "one_sided"),
        ("motif", {"title": "Hemd Blitz"}, {"title": "box shirt"}, "absent"),
        ("colour", {"title": "Kalor Royal cap, brown"}, {"title": "brown cap"}, "agree"),
        ("colour", {"title": "Kalor royal cap"}, {"title": "blue cap"}, "agree"),
        ("colour", {"title": "Türkis"}, {"title": "tuerkis"}, "agree"),
        ("category", {"category": "Sac à dos"}, {"category": "Rucksack"}, "agree"),
        ("category", {"category": "Toys"}, {"category": "Games"}, "conflict"),
        ("kind", {"title": "T-Shirt Kalor"}, {"category": "Camiseta"}, "agree"),
        ("kind", {"title": "Chemise Kalor"}, {"title": "Hose Kalor"}, "conflict"),
        ("kind", {"title": "Kalor Sac-à-dos"}, {"title": "Kalor handbag"}, "conflict"),
        ("kind", {"title": "Camiseta de manga larga"}, {"title": "Langarmshirt"}, "agree"),
        ("kind", {"title": "Kalor"}, {"title": "Hose Kalor"}, "absent"),
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


def test_title_words_leave_out_what_has_a_feature_of_its_own() -> None:
    """Brand (of either side), colour, kind and the like are not counted again as words."""
    a = row("a", title="Acme cotton shirt Kalor red", brand="Acme")
    b = row("b", title="Acme Kalor Hemd blau")
    assert number("title_overlap", a, b) == 1.0
    assert number("rarest_word_apart", a, b) == 0.0


def test_a_colour_word_beside_another_colour_names_a_model() -> None:
    """The royal of a brown cap is told from the max; that of a blue one is its colour."""
    brown, other = row("a", title="Kalor Royal cap", colour="brown"), row("b", title="Kalor Max cap")
    assert number("rarest_word_apart", brown, other) == 1.0
    assert number("rarest_word_apart", row("a", title="Kalor royal cap", colour="blue"), other) == 0.0


def test_rare_words_weigh_more_than_common_ones() -> None:
    """A shared word that every listing has says nothing, one that no listing had before says most."""
    common, rare = row("a", title="everywhere slim Kalor"), row("b", title="everywhere Moras")
    assert number("rarest_shared_word", common, rare) == 0.0
    assert number("rarest_shared_word", row("a", title="slim Kalor"), row("b", title="Kalor")) == 1.0
    assert 0 < number("rarest_shared_word", row("a", title="slim cut"), row("b", title="slim")) < 1
    assert number("rarest_word_apart", common, rare) == 1.0
    assert number("rarest_word_apart", row("a", title="slim Kalor"), row("b", title="Kalor")) == 0.0


def test_a_misspelt_word_is_no_other_word() -> None:
    """The rarest words apart are compared letter by letter."""
    a, b = row("a", title="Kalorvik slim"), row("b", title="slim Kalrovik")
    assert number("title_overlap", a, b) == 1.0
    assert number("rarest_word_apart", a, b) == 0.0


def test_what_lacks_three_letters_is_no_misspelling() -> None:
    """Slips drop or double a letter or two; a name within a name is another name."""
    whole, slip, part = (row(name, title=f"{name} shoe") for name in ("thiquolin", "thiqolin", "quolin"))
    assert number("rarest_word_apart", whole, slip) == 0
    assert number("rarest_word_apart", whole, part) > 0


@pytest.mark.parametrize(
    ("name", "brand", "first", "second"),
    [
        ("numbers", "Vantage 9", "Vantage 9 Nelrem 584", "Nelrem 576 Vantage 9"),
        ("codes", "B4x", "B4x lamp K100", "lamp B4X Q200"),
        ("measures", "3M", "3M tape 5 cm", "tape 7 cm, 3M"),
    ],
)
def test_a_number_in_the_brand_is_no_models_number(name: str, brand: str, first: str, second: str) -> None:
    """Two models of one maker have it in common; it is enough that one side gives the brand apart."""
    a = row("a", title=first, brand=brand)
    for b in (row("b", title=second, brand=brand), row("b", title=second, brand=None)):
        assert level(name, a, b) == level(name, b, a) == "conflict"
    assert level(name, a, row("c", title=first, brand=None)) == "agree"


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
    found = pair_features([(row("a", gtin=first), row("b", gtin=second))], RATES, RARITY).gtins
    assert [GTINS[place] for place in found] == [relation]


def test_an_overshared_gtin_counts_as_none() -> None:
    """A number that many products bear is no number."""
    a, b = row("a", gtin=GLOBAL), row("b", gtin=OTHER)
    found = pair_features([(a, b)], RATES, RARITY, frozenset({GLOBAL.zfill(14)})).gtins
    assert GTINS[found[0]] is GtinRelation.ABSENT


def test_rarity_counts_listings_and_forgets_rare_words() -> None:
    """A word's share is of listings; what at most one in a thousand has is as rare as what is new."""
    rarity = Rarity.of(
        [frozenset({"slim", "all"})] * 100 + [frozenset({"all"})] * 899 + [frozenset({"all", "once"})]
    )
    assert dict(rarity.shares) == {"all": 1.0, "slim": 0.1}
    assert rarity("all") == 0.0
    assert rarity("once") == rarity("never seen") == 1.0
    assert rarity("slim") == pytest.approx(math.log(0.1) / math.log(0.001))


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, math.nan])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """Shares are above 0 and at most 1."""
    with pytest.raises(ValueError, match="share of 'slim'"):
        Rarity({"slim": share})


def test_a_palette_is_compared_by_itself_and_again_where_no_colour_is_said() -> None:
    """The palette's cosine counts twice over only where words say nothing of colour."""
    same = Embedding(vector=vector(1), numbers=vector(2), palette=vector(3))
    plain, red = row("a").model_copy(update={"embedding": same}), row("b", colour="red")
    red = red.model_copy(update={"embedding": same})
    assert number("palette", plain, red) == 1.0
    assert number("palette_where_colour_is_unsaid", plain, red) == 1.0
    assert math.isnan(number("palette_where_colour_is_unsaid", red, red))
    assert math.isnan(number("palette", plain, row("c")))


def test_the_two_most_alike_pictures_count() -> None:
    """The distance of perceptual hashes is the smallest of all picture pairs, in bits."""
    a = row("a", pictures=Pictures(perceptual_hashes=("f" * 16, "0" * 16)))
    b = row("b", pictures=Pictures(perceptual_hashes=("7" + "0" * 15, "8" + "f" * 15)))
    assert number("picture_distance", a, b) == 3.0
    assert math.isnan(number("picture_distance", a, row("c")))


def test_letters_in_a_row_bridge_what_words_do_not() -> None:
    """Titles that share no word but most letters are alike; others are not."""
    assert number("title_trigrams", row("a", title="guitarpro"), row("b", title="guitar pro")) > 0.6
    assert number("title_trigrams", row("a", title="guitarpro"), row("b", title="beach towel")) < 0.2
    assert number("title_trigrams", row("a"), row("b")) == 1.0
