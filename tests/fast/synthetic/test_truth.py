"""No two products of the synthetic marketplace are the same to a person who sees both listings whole."""

from __future__ import annotations

from itertools import combinations
from re import findall

import pytest

from model.synthetic import Catalogue, SyntheticOffer, make_catalogue
from model.synthetic.product import CAPACITIES, Product
from model.synthetic.titles import pattern_words
from model.synthetic.words import COLOUR_WORDS, COLOURS
from model.text import read

BASE_UNITS = {
    "backpack": ("volume", 1000.0),
    "watch": ("length", 1.0),
    "bottle": ("volume", 1.0),
    "suitcase": ("length", 10.0),
}


@pytest.fixture(scope="module", params=["train", "demo"])
def market(request: pytest.FixtureRequest) -> Catalogue:
    return make_catalogue(seed=5, products=400, split=request.param)


def _variants(market: Catalogue) -> list[tuple[Product, Product]]:
    groups: dict[str, list[Product]] = {}
    for product in market.products:
        groups.setdefault(product.variant_group, []).append(product)
    return [pair for group in groups.values() for pair in combinations(group, 2)]


def _motif(product: Product) -> int | None:
    return product.design.motif if product.design.pattern == "print" else None


def _seen_apart(one: Product, other: Product) -> bool:
    """By what every first picture shows."""
    seen = [(product.design.colour, product.design.pattern, _motif(product)) for product in (one, other)]
    return seen[0] != seen[1]


def _said_apart(one: Product, other: Product) -> bool:
    """By what every title of both says."""
    duties = one.must_say & other.must_say - {"pattern"}
    return one.pack != other.pack or any(getattr(one, slot) != getattr(other, slot) for slot in duties)


def _title(offer: SyntheticOffer) -> str:
    return (offer.listing.title or "").casefold()


def test_variants_differ_in_what_every_offer_shows_or_says(market: Catalogue) -> None:
    """Colour, pattern, print: seen; pack, number, year, capacity, edition: said. There is some of each."""
    pairs = _variants(market)
    assert len(pairs) > 200
    assert all(_seen_apart(one, other) or _said_apart(one, other) for one, other in pairs)
    for slot in ("number", "year", "capacity", "edition", "pack"):
        assert any(getattr(one, slot) != getattr(other, slot) for one, other in pairs), slot
    assert sum(_said_apart(*pair) and not _seen_apart(*pair) for pair in pairs) > 0.15 * len(pairs)
    assert sum(_seen_apart(*pair) and not _said_apart(*pair) for pair in pairs) > 0.4 * len(pairs)


def test_colourways_are_clearly_different_colours(market: Catalogue) -> None:
    """Navy is no colourway of black, nor burgundy one of brown: in some sellers' light they look alike."""
    for one, other in _variants(market):
        colours = one.design.colour, other.design.colour
        if colours[0] != colours[1]:
            apart = sum(abs(a - b) for a, b in zip(*(COLOURS[name] for name in colours), strict=True))
            assert apart >= 140, colours


def test_what_must_be_said_is_in_every_title(market: Catalogue) -> None:
    """Model, edition, number, year and how many pieces: words of their own."""
    for offer in market.offers:
        product, words = offer.product, findall(r"\w+", _title(offer))
        if product.pack > 1:
            assert any(word.rstrip("xer") == str(product.pack) for word in words), offer.listing.title
        for slot in product.must_say - {"capacity", "pattern"}:
            assert str(getattr(product, slot)).casefold() in words, (slot, offer.listing.title)


def test_variants_of_another_pattern_or_print_say_theirs(market: Catalogue) -> None:
    """Striped, or a heart print and not a star; a plain one says that it is plain."""
    checked = [offer for offer in market.offers if "pattern" in offer.product.must_say]
    assert len(checked) > 20
    for offer in checked:
        spoken = {
            pattern_words(language, offer.product).casefold() for language in (offer.seller.language, 0)
        }
        assert any(words in _title(offer) for words in spoken), offer.listing.title
    for one, other in _variants(market):
        if (one.design.pattern, _motif(one)) != (other.design.pattern, _motif(other)):
            for product in (one, other):
                assert "pattern" in product.must_say


def test_a_capacity_that_matters_is_read_alike_however_it_is_written(market: Catalogue) -> None:
    """20 l, 20L, 20 Liter; 500 ml, 50 cl, 0.5 l, 0,5 l: one measure each."""
    checked = [offer for offer in market.offers if "capacity" in offer.product.must_say]
    assert len({offer.listing.title for offer in checked}) > 10
    for offer in checked:
        category = offer.product.design.category
        assert offer.product.capacity in CAPACITIES[category]
        kind, factor = BASE_UNITS[category]
        wanted = kind, float(offer.product.capacity * factor)
        assert wanted in read(offer.listing.title or "").measures, offer.listing.title


def test_lookalikes_have_other_model_names_and_say_them(market: Catalogue) -> None:
    """Products of two groups that look the same are told by the model, which all their titles name."""
    looks: dict[object, list[Product]] = {}
    for product in market.products:
        looks.setdefault(product.design, []).append(product)
    alike = [
        pair
        for products in looks.values()
        for pair in combinations(products, 2)
        if pair[0].variant_group != pair[1].variant_group
    ]
    assert len(alike) > 5
    for one, other in alike:
        assert one.model != other.model
        assert "model" in one.must_say & other.must_say


def test_a_listing_without_picture_says_colour_and_pattern(market: Catalogue) -> None:
    """In the seller's language, or in the maker's English."""
    bare = [offer for offer in market.offers if not offer.shots]
    assert bare
    for offer in bare:
        design, language = offer.product.design, offer.seller.language
        assert any(
            word.casefold() in _title(offer) for words in COLOUR_WORDS[design.colour] for word in words
        )
        assert any(
            pattern_words(spoken, offer.product).casefold() in _title(offer) for spoken in (language, 0)
        )


def test_an_untitled_listing_needs_no_title(market: Catalogue) -> None:
    """What must be said is nothing, it is one piece, and there is a picture and a brand."""
    untitled = [offer for offer in market.offers if offer.listing.title is None]
    assert untitled
    for offer in untitled:
        assert not offer.product.must_say
        assert offer.product.pack == 1
        assert offer.shots
        assert offer.listing.brand


def test_every_offer_names_its_model_or_its_brand(market: Catalogue) -> None:
    """A title may leave out the model only where the field gives the brand."""
    nameless = [offer for offer in market.offers if offer.product.model.casefold() not in _title(offer)]
    assert nameless
    assert all(offer.listing.brand == offer.product.brand for offer in nameless)


def test_every_picture_order_starts_with_the_whole_front(market: Catalogue) -> None:
    """Backs, details and angles come after it."""
    assert all(offer.shots[0].view == 0 for offer in market.offers if offer.shots)
