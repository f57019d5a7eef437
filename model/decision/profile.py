"""What one listing contributes to every pair it stands in, worked out once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from model.embedded import EmbeddedListing
from model.gtin import GtinKind, gtin_kind
from model.lexicon import AUDIENCES, COLOURS, KINDS, MATERIALS, PATTERNS
from model.money import Rates
from model.text import Reading, fold, fold_brand, read, stem

_WORD = re.compile(r"[^\W\d_]+")
_TSHIRT = re.compile(r"\bt(?:ee)?[ -]?shirt(?=s?\b)", re.IGNORECASE)
_LEXICONS = (AUDIENCES, COLOURS, KINDS, MATERIALS, PATTERNS)


@dataclass(frozen=True, slots=True)
class Profile:
    """A listing as the pair features see it.

    Attributes:
        brand: folded, "" if none.
        title_words: the folded words of the title, brand and colours among them.
        words: stemmed words of the title that no lexicon knows, without the brand.
        brand_words: stemmed words of the brand.
        kinds: canonical kinds of garment, of category and title.
        colours: canonical, of the field, else of the title, the main one first; a name that no lexicon knows
            stands for itself.
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
    brand_words: frozenset[str]
    kinds: frozenset[str]
    colours: tuple[str, ...]
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


def _named_in_order(text: str) -> tuple[str, ...]:
    named = dict.fromkeys(COLOURS[word] for word in _WORD.findall(text) if word in COLOURS)
    if "navy" in named:  # "navy blue" and "bleu marine" are one colour
        named.pop("blue", None)
    return tuple(named)


def _colours(field: str | None, title: str | None) -> tuple[str, ...]:
    # Shoppers' colours first; "Night Fjord" is still worth comparing with "night fjord".
    if field is None:
        return _named_in_order(fold(title)) if title else ()
    text = fold(field)
    return _named_in_order(text) or ((" ".join(sorted(_WORD.findall(text))),) if _WORD.search(text) else ())


def profile_of(listing: EmbeddedListing, rates: Rates, overshared_gtins: frozenset[str]) -> Profile:
    """The profile of one listing; a GTIN in `overshared_gtins`, or a placeholder, counts as none."""
    reading = read(listing.title or "")
    brand = fold_brand(listing.brand or "")
    title_words = reading.raw_words
    audiences = _named(title_words | _field_words(listing.category), AUDIENCES)
    brand_words = frozenset(map(stem, brand.split()))
    category = _field_words(_TSHIRT.sub("tshirt", listing.category)) if listing.category else frozenset()
    unnamed = (word for word in title_words if not any(word in lexicon for lexicon in _LEXICONS))
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
        words=frozenset(map(stem, unnamed)) - brand_words,
        brand=brand,
        brand_words=brand_words,
        kinds=_named(title_words | category, KINDS),
        colours=_colours(listing.colour, listing.title),
        patterns=_named(title_words, PATTERNS),
        materials=_named(title_words, MATERIALS),
        audiences=audiences,
        category=category,
        sizes=frozenset(fold(size) for size in listing.sizes),
        log_price=math.log(price) if price else None,
        gtin=listing.gtin if known else None,
        gtin_is_global=kind is GtinKind.GLOBAL,
        pictures=frozenset(listing.pictures.hashes),
    )
