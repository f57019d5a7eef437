"""What one listing contributes to every pair it stands in, worked out once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from model.embedded import EmbeddedListing
from model.gtin import GtinKind, gtin_kind
from model.lexicon import AUDIENCES, COLOURS, MATERIALS, PATTERNS
from model.money import Rates
from model.text import Reading, fold, fold_brand, read

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Profile:
    """A listing as the pair features see it.

    Attributes:
        brand: folded, "" if none.
        title_words: the folded words of the title, brand and colours among them.
        words: what is left of the title when brand, colours and audience are taken out.
        colours: canonical, of the field, else of the title; a name that no lexicon knows stands for itself.
        log_price: natural logarithm of the price in the reference currency; None if unknown or zero.
        gtin: 14 digits; None if missing, a placeholder or over-shared.
        gtin_is_global: whether it identifies a product beyond one shop.
    """

    listing_id: str
    seller_id: str
    reading: Reading
    title_words: frozenset[str]
    words: frozenset[str]
    brand: str
    colours: frozenset[str]
    patterns: frozenset[str]
    materials: frozenset[str]
    audiences: frozenset[str]
    category: frozenset[str]
    sizes: frozenset[str]
    log_price: float | None
    gtin: str | None
    gtin_is_global: bool
    pictures: frozenset[str]


def _named(words: frozenset[str], lexicon: Mapping[str, str]) -> frozenset[str]:
    return frozenset(lexicon[word] for word in words if word in lexicon)


def _field_words(text: str | None) -> frozenset[str]:
    return frozenset(_WORD.findall(fold(text))) if text else frozenset()


def _colours(field: str | None, title_words: frozenset[str]) -> frozenset[str]:
    named = _field_words(field)
    # Shoppers' colours first; "Night Fjord" is still worth comparing with "night fjord".
    return _named(named, COLOURS) or (
        frozenset({" ".join(sorted(named))}) if named else _named(title_words, COLOURS)
    )


def profile_of(listing: EmbeddedListing, rates: Rates, overshared_gtins: frozenset[str]) -> Profile:
    """The profile of one listing; a GTIN in `overshared_gtins`, or a placeholder, counts as none."""
    reading = read(listing.title or "")
    brand = fold_brand(listing.brand or "")
    title_words = reading.raw_words
    audiences = _named(title_words | _field_words(listing.category), AUDIENCES)
    taken = {word for word in title_words if word in COLOURS or word in AUDIENCES} | set(brand.split())
    price = (
        None
        if listing.price is None or listing.currency is None
        else rates.to_reference(listing.price, listing.currency)
    )
    kind = None if listing.gtin is None or listing.gtin in overshared_gtins else gtin_kind(listing.gtin)
    known = kind in {GtinKind.GLOBAL, GtinKind.RESTRICTED}
    return Profile(
        listing_id=listing.listing_id,
        seller_id=listing.seller_id,
        reading=reading,
        title_words=title_words,
        words=reading.words - taken - {word[:-1] for word in taken},
        brand=brand,
        colours=_colours(listing.colour, title_words),
        patterns=_named(title_words, PATTERNS),
        materials=_named(title_words, MATERIALS),
        audiences=audiences,
        category=_field_words(listing.category),
        sizes=frozenset(fold(size) for size in listing.sizes),
        log_price=math.log(price) if price else None,
        gtin=listing.gtin if known else None,
        gtin_is_global=kind is GtinKind.GLOBAL,
        pictures=frozenset(listing.pictures.hashes),
    )
