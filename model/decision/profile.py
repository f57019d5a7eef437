"""What one listing contributes to every pair it stands in, worked out once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from model.embedded import EmbeddedListing
from model.gtin import GtinKind, gtin_kind
from model.lexicon import AUDIENCES, COLOURS, KINDS, MATERIALS, MOTIFS, NAMES_TOO, PATTERNS
from model.money import Rates
from model.text import Reading, fold, fold_brand, join_phrases, read, stem

TRIGRAM_WORDS = 16  # 1,024 bits: a title of 60 letters sets about 58 of them

_WORD = re.compile(r"[^\W\d_]+")
_LEXICONS = (AUDIENCES, COLOURS, KINDS, MATERIALS, PATTERNS)
_CACHED_TEXTS = 8192  # about 4 KB each


@dataclass(frozen=True, slots=True)
class Said:
    """What a listing's texts say.

    Attributes:
        brand: folded, "" if none.
        title_words: the folded words of the title, brand and colours among them.
        words: stemmed words of the title that no lexicon knows, without the brand.
        brand_words: stemmed words of the brand.
        brand_reading: of the brand, for the numbers in its name.
        kinds: canonical kinds of garment, of category and title.
        colours: canonical, of the field, else of the title, the main one first; a name that no lexicon knows
            stands for itself.
        motifs: canonical, of a print.
        trigrams: uint64[TRIGRAM_WORDS], one bit for each (hashed) three letters in a row of the title.
    """

    reading: Reading
    title_words: frozenset[str]
    words: frozenset[str]
    brand: str
    brand_words: frozenset[str]
    brand_reading: Reading
    kinds: frozenset[str]
    colours: tuple[str, ...]
    patterns: frozenset[str]
    motifs: frozenset[str]
    materials: frozenset[str]
    audiences: frozenset[str]
    category: frozenset[str]
    trigrams: NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Profile:
    """A listing as the pair features see it.

    Attributes:
        log_price: natural logarithm of the price in the reference currency; NaN if unknown or zero.
        gtin: 14 digits; None if missing, a placeholder or over-shared.
        gtin_is_global: whether it identifies a product beyond one shop.
    """

    said: Said
    sizes: frozenset[str]
    log_price: float
    gtin: str | None
    gtin_is_global: bool


def _named(words: frozenset[str], lexicon: Mapping[str, str]) -> frozenset[str]:
    return frozenset(lexicon[word] for word in words if word in lexicon)


def _field_words(text: str | None) -> frozenset[str]:
    return frozenset(_WORD.findall(join_phrases(fold(text)))) if text else frozenset()


def _named_in_order(words: list[str]) -> tuple[str, ...]:
    named = dict.fromkeys(COLOURS[word] for word in words if word in COLOURS)
    if "navy" in named:  # "navy blue" and "bleu marine" are one colour
        named.pop("blue", None)
    return tuple(named)


def _colours(field: str | None, title: str | None) -> tuple[str, ...]:
    # Shoppers' colours first; "Night Fjord" is still worth comparing with "night fjord".
    if field is None:
        words = _WORD.findall(fold(title)) if title else []
        sure = [word for word in words if word not in NAMES_TOO]  # in "Royal, brown" it is no blue
        return _named_in_order(sure) or _named_in_order(words)
    words = _WORD.findall(fold(field))
    return _named_in_order(words) or ((" ".join(sorted(words)),) if words else ())


def _motifs(title_words: frozenset[str]) -> frozenset[str]:
    """The words for what a print shows; none where no print is spoken of."""
    if not any(PATTERNS.get(word) == "printed" for word in title_words):
        return frozenset()
    return frozenset(word for word in title_words if word in MOTIFS)


def trigrams_of(text: str) -> NDArray[np.uint64]:
    """uint64[TRIGRAM_WORDS]: one bit for each distinct three characters in a row, blanks at both ends too."""
    letters = np.frombuffer(f"  {text} ".encode("utf-32-le"), dtype="<u4").astype(np.uint32)
    mixed = (
        letters[:-2] * np.uint32(0x9E3779B1)
        ^ letters[1:-1] * np.uint32(0x85EBCA77)
        ^ letters[2:] * np.uint32(0xC2B2AE3D)
    )
    bits = np.zeros(TRIGRAM_WORDS * 64, dtype=np.bool_)
    if text:
        bits[(mixed * np.uint32(0x27D4EB2F)) >> np.uint32(22)] = True
    return np.packbits(bits).view("<u8").astype(np.uint64)


@lru_cache(maxsize=_CACHED_TEXTS)
def _said(title: str | None, brand: str | None, category: str | None, colour: str | None) -> Said:
    reading = read(title or "")
    folded = fold_brand(brand or "")
    title_words = reading.raw_words
    brand_words = frozenset(map(stem, folded.split()))
    field_words = _field_words(category)
    colours = _colours(colour, title)
    motifs = _motifs(title_words)
    # "Royal" of a brown cap is its model.
    models = {word for word in title_words & NAMES_TOO if COLOURS[word] not in colours}
    known = {word for word in title_words if any(word in lexicon for lexicon in _LEXICONS)} - models | motifs
    return Said(
        reading=reading,
        title_words=title_words,
        words=frozenset(map(stem, title_words - known)) - brand_words,
        brand=folded,
        brand_words=brand_words,
        brand_reading=read(brand or ""),
        kinds=_named(title_words | field_words, KINDS),
        colours=colours,
        patterns=_named(title_words - motifs, PATTERNS),
        motifs=_named(motifs, MOTIFS),
        materials=_named(title_words, MATERIALS),
        audiences=_named(title_words | field_words, AUDIENCES),
        category=frozenset(KINDS.get(word, word) for word in field_words),
        trigrams=trigrams_of(fold(title) if title else ""),
    )


def profile_of(listing: EmbeddedListing, rates: Rates, overshared_gtins: frozenset[str]) -> Profile:
    """The profile of one listing; a GTIN in `overshared_gtins`, or a placeholder, counts as none."""
    price = (
        None
        if listing.price is None or listing.currency is None
        else rates.to_reference(listing.price, listing.currency)
    )
    kind = None if listing.gtin is None or listing.gtin in overshared_gtins else gtin_kind(listing.gtin)
    known = kind in {GtinKind.GLOBAL, GtinKind.RESTRICTED}
    return Profile(
        said=_said(listing.title, listing.brand, listing.category, listing.colour),
        sizes=frozenset(fold(size) for size in listing.sizes),
        log_price=math.log(price) if price else math.nan,
        gtin=listing.gtin if known else None,
        gtin_is_global=kind is GtinKind.GLOBAL,
    )
