"""The synthetic marketplace: what it says, and what it must not give away."""

from __future__ import annotations

from itertools import combinations

import pytest

from model.gtin import GtinKind, gtin_kind
from model.synthetic import Catalogue, make_catalogue, truth_pairs
from model.synthetic.design import CATEGORIES
from model.synthetic.words import CATEGORY_WORDS, COLOUR_WORDS, EDITIONS, LANGUAGES, PATTERN_WORDS, TITLES


@pytest.fixture(scope="module")
def market() -> Catalogue:
    return make_catalogue(seed=5, products=200, split="train")


def test_equal_arguments_give_equal_offers(market: Catalogue) -> None:
    """A catalogue follows from its seed alone."""
    assert make_catalogue(seed=5, products=200, split="train") == market
    assert make_catalogue(seed=6, products=200, split="train").offers != market.offers


def test_it_has_the_products_asked_for(market: Catalogue) -> None:
    """Products are counted with their variants, and their ids are unique."""
    assert len(market.products) == 200
    assert len({product.product_id for product in market.products}) == 200


def test_the_two_splits_share_no_names_and_no_sellers(market: Catalogue) -> None:
    """Nothing but words of the languages is learnt by heart from the training split."""
    demo = make_catalogue(seed=5, products=200, split="demo")

    def names(catalogue: Catalogue) -> set[str]:
        brands_and_models = {
            name for product in catalogue.products for name in (product.brand, product.model)
        }
        return brands_and_models | {seller.seller_id for seller in catalogue.sellers}

    assert not names(market) & names(demo)
    assert set(CATEGORIES["train"]) - set(CATEGORIES["demo"])
    assert set(CATEGORIES["demo"]) - set(CATEGORIES["train"])
    assert not set(EDITIONS["train"]) & set(EDITIONS["demo"])
    assert not set(TITLES["train"]) & set(TITLES["demo"])
    late = [seller for catalogue in (market, demo) for seller in catalogue.sellers if seller.opens]
    assert len({seller.currency for seller in late}) == len({seller.style.backdrop for seller in late}) == 2


def test_catalogues_of_two_seeds_share_no_product_ids(market: Catalogue) -> None:
    """They can be trained on side by side."""
    other = make_catalogue(seed=6, products=20, split="train")
    for name in ("product_id", "variant_group"):
        ids = {getattr(product, name) for product in market.products}
        assert not ids & {getattr(product, name) for product in other.products}


def test_ids_and_urls_say_nothing_of_the_product(market: Catalogue) -> None:
    """No two listings share an id or picture URL, and listings of one product have no stem in common."""
    ids = [offer.listing.listing_id for offer in market.offers]
    urls = [url for offer in market.offers for url in offer.listing.image_urls]
    assert len(set(ids)) == len(ids)
    assert len(set(urls)) == len(urls)
    stems = {listing_id[:6] for listing_id in ids}
    assert len(stems) > 0.99 * len(ids)
    assert not any(offer.product_id in offer.listing.model_dump_json() for offer in market.offers)


def test_sellers_write_in_five_languages_and_rephrase(market: Catalogue) -> None:
    """Few offers of one product have the same title."""
    assert {offer.seller.language for offer in market.offers} == set(range(len(LANGUAGES)))
    titles: dict[str, list[str | None]] = {}
    for offer in market.offers:
        titles.setdefault(offer.product_id, []).append(offer.listing.title)
    pairs = [pair for group in titles.values() for pair in combinations(group, 2)]
    assert sum(a == b for a, b in pairs) < 0.35 * len(pairs)


def test_some_listings_have_a_gtin_and_nearly_all_of_them_the_right_one(market: Catalogue) -> None:
    """Between a twentieth and a quarter have one; in-store numbers and errors are the exception."""
    given = [offer for offer in market.offers if offer.listing.gtin]
    assert 0.05 < len(given) / len(market.offers) < 0.25
    right = [offer for offer in given if offer.listing.gtin == offer.product.gtin]
    assert 0.8 < len(right) / len(given) < 1
    assert all(gtin_kind(offer.product.gtin) is GtinKind.GLOBAL for offer in right)


def test_words_are_there_in_every_language() -> None:
    """Each category, colour and pattern has a word in each of the five languages."""
    for words in (*CATEGORY_WORDS.values(), *COLOUR_WORDS.values(), *PATTERN_WORDS.values()):
        assert len(words) == len(LANGUAGES)


def test_truth_pairs_are_sorted_and_within_a_product() -> None:
    """Three offers of one product are three pairs; an offer alone is none."""
    pairs = truth_pairs([("c", "p"), ("a", "p"), ("x", "q"), ("b", "p")])
    assert pairs == {("a", "b"), ("a", "c"), ("b", "c")}


def test_a_catalogue_of_nothing_is_refused() -> None:
    """The message says what is wanted."""
    with pytest.raises(ValueError, match="a product and two sellers"):
        make_catalogue(seed=1, products=0)
