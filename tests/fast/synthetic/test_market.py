"""What time does to the synthetic marketplace: prices that drift, and a seller who comes late."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from model.money import Rates
from model.synthetic import Catalogue, SyntheticOffer, make_catalogue, make_offer
from model.synthetic.catalogue import START
from model.synthetic.sellers import RATES


@pytest.fixture(scope="module")
def market() -> Catalogue:
    return make_catalogue(seed=5, products=200, split="demo")


def _price(offer: SyntheticOffer, drift: float, moment: float) -> Decimal:
    seller = replace(offer.seller, drift=drift, gives_price=1.0, rounds=0.0)
    priced = make_offer(
        offer.product,
        seller,
        listing_id="a",
        revision=1,
        entropy="a",
        base_url="http://a.example",
        at=START,
        moment=moment,
        wrong_gtin="",
    )
    assert priced.listing.price is not None
    return priced.listing.price


def test_a_sellers_prices_drift_through_the_markets_time(market: Catalogue) -> None:
    """At the start there is none of it, at the end all; a seller without drift asks the same all along."""
    offer = max(market.offers, key=lambda offer: offer.product.price)
    assert _price(offer, 0.25, 0.0) == _price(offer, 0.0, 0.0) == _price(offer, 0.0, 1.0)
    assert float(_price(offer, 0.25, 1.0) / _price(offer, 0.0, 1.0)) == pytest.approx(1.25, rel=0.02)
    assert len({seller.drift for seller in market.sellers}) > 1


def test_one_seller_comes_late_and_is_new_in_every_way(market: Catalogue) -> None:
    """Nothing of it in the first half; its currency and its backdrop are nobody else's."""
    (late,) = (seller for seller in market.sellers if seller.opens)
    others = [seller for seller in market.sellers if seller is not late]
    places = [place for place, offer in enumerate(market.offers) if offer.seller is late]
    assert len(places) > 10
    assert places[0] > len(market.offers) / 2
    assert late.currency not in {seller.currency for seller in others}
    assert late.style.backdrop not in {seller.style.backdrop for seller in others}


def test_every_price_can_be_compared() -> None:
    """The rates that artifacts hold know each currency of the market, at about the market's rate."""
    for currency, units in RATES.items():
        price = Rates.snapshot().to_reference(Decimal(100), currency)
        assert price == pytest.approx(100 / units, rel=0.1)
