"""Sellers: how each of them writes, prices and photographs."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import Final

from model.synthetic.style import PhotoStyle, make_style
from model.synthetic.words import LANGUAGES, TITLES

RATES: Final = {"EUR": 1.0, "GBP": 0.86, "USD": 1.08, "CHF": 0.95, "SEK": 11.3, "NOK": 11.7, "CZK": 24.4}
"""Units of each currency for one euro, about."""

_LATE_CURRENCY: Final = {"train": "NOK", "demo": "CZK"}
"""What the seller who comes late trades in, and no other."""

_CURRENCIES: Final = {
    "en": ("GBP", "USD", "EUR", "SEK"),
    "de": ("EUR", "EUR", "CHF"),
    "fr": ("EUR", "EUR", "CHF"),
    "es": ("EUR",),
    "it": ("EUR",),
}


@dataclass(frozen=True, slots=True)
class Seller:
    """One seller; every rate is the share of its listings.

    Attributes:
        language: index into `LANGUAGES`.
        title: word order, a member of `TITLES`; `separator` stands between its sections.
        case: upper, lower or plain.
        says_brand: brand in the title; likewise model name, colour, pattern; `noise` what nobody needs.
        copies_title: takes the maker's English title.
        synonyms: how often another word than the usual one.
        gives_brand: the brand in its field; likewise colour, price, picture.
        markup: what its prices are multiplied by; `rounds` is the ending such as 0.99.
        drift: by what share of themselves its prices move between the market's first listing and its last.
        opens: when its first listings come, as a share of the market's time: 0 for all but one.
        category_path: whether the category field is a path in the seller's language.
    """

    seller_id: str
    language: int
    title: str
    separator: str
    case: str
    says_brand: float
    says_model: float
    says_colour: float
    says_pattern: float
    noise: float
    copies_title: float
    synonyms: float
    gives_brand: float
    gives_colour: float
    gives_category: float
    gives_price: float
    gives_gtin: float
    pictures: float
    stock_pictures: float
    currency: str
    markup: float
    rounds: float
    drift: float
    opens: float
    style: PhotoStyle

    def price_level(self, moment: float) -> float:
        """What it multiplies a product's price by at `moment`, 0 at the market's start and 1 at its end."""
        return self.markup * (1 + self.drift * moment)


def make_seller(seed: int, split: str, number: int, *, late: bool = False) -> Seller:
    """The seller of this number; languages take turns, all else is drawn.

    One who comes `late` trades in a currency and photographs on a ground that no other of the split has.
    """
    rng = Random(f"{seed}:{split}:seller:{number}")
    name = blake2b(f"{seed}:{split}:{number}".encode(), digest_size=3).hexdigest()
    language = number % len(LANGUAGES)
    return Seller(
        seller_id=f"shop-{name}",
        language=language,
        title=rng.choice(TITLES["common"] + TITLES[split] * 2),
        separator=rng.choice((" ", " - ", ", ", " | ", " / ")),
        case=rng.choice(("plain", "plain", "plain", "upper", "lower")),
        says_brand=rng.choice((0.6, 0.85, 0.97)),
        says_model=rng.choice((0.9, 0.97, 1.0)),
        says_colour=rng.choice((0.6, 0.85, 0.97)),
        says_pattern=rng.choice((0.6, 0.85, 0.97)),
        noise=rng.choice((0.05, 0.2, 0.5)),
        copies_title=rng.choice((0.0, 0.1, 0.6)),
        synonyms=rng.choice((0.1, 0.4)),
        gives_brand=rng.choice((0.7, 0.9, 0.98)),
        gives_colour=rng.choice((0.6, 0.85, 0.97)),
        gives_category=rng.choice((0.5, 0.9)),
        gives_price=0.97,
        gives_gtin=rng.choice((0.0, 0.05, 0.3)),
        pictures=rng.choice((1.0, 1.2, 1.8)),
        stock_pictures=rng.choice((0.0, 0.15, 0.5)),
        currency=_LATE_CURRENCY[split] if late else rng.choice(_CURRENCIES[LANGUAGES[language]]),
        markup=rng.uniform(0.85, 1.25),
        rounds=rng.choice((0.99, 0.95, 0.0, 0.5)),
        drift=rng.choice((0.0, 0.0, -0.2, -0.1, 0.1, 0.25)),
        opens=0.6 if late else 0.0,
        style=make_style(rng, name.upper(), split, late=late),
    )
