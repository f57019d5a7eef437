"""What is compared of two listings: numbers and levels, symmetric in the two, pure, one row a pair.

A pair's row depends on that pair alone, bit for bit, whatever stands beside it in a batch: sums run over
contiguous rows in float64 and similarities are rounded to six decimals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from model.decision.profile import Profile, profile_of
from model.decision.rarity import Rarity
from model.embedded import EmbeddedListing
from model.money import Rates
from model.text import likeness

Pair = tuple[EmbeddedListing, EmbeddedListing]

FEATURES_VERSION = 2  # raise it with every change of what a feature means: a decider fits one version only

NUMERIC = (
    "similarity_fused",
    "similarity_image",
    "similarity_text",
    "image_where_colour_is_unsaid",
    "title_overlap",
    "rarest_shared_word",
    "rarest_word_apart",
    "size_overlap",
    "price_gap",
)
LEVELS: dict[str, tuple[str, ...]] = {
    "brand": ("absent", "agree", "in_title", "conflict"),
    "colour": ("absent", "agree", "overlap", "second_apart", "conflict"),
    "pattern": ("absent", "agree", "overlap", "one_sided", "conflict"),
    "material": ("absent", "agree", "conflict"),
    "audience": ("absent", "agree", "conflict"),
    "measures": ("absent", "agree", "conflict"),
    "pack": ("absent", "agree", "conflict"),
    "year": ("absent", "agree", "conflict"),
    "codes": ("absent", "agree", "conflict"),
    "numbers": ("absent", "agree", "conflict"),
    "kind": ("absent", "agree", "conflict"),
    "category": ("absent", "agree", "conflict"),
    "seller": ("different", "same"),
    "picture": ("different", "shared"),
    "in_store_number": ("absent", "agree"),
}
_CHUNK = 4096
_BRAND_LIKENESS = 0.85
_SPELLING = 0.8
_COLOUR = list(LEVELS).index("colour")
_PARTS = ("vector", "image", "text")


class GtinRelation(StrEnum):
    """What the two GTINs say; only GLOBAL ones that are not over-shared decide."""

    ABSENT = "absent"
    EQUAL = "equal"
    DIFFERENT = "different"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class PairFeatures:
    """The features of n pairs.

    Attributes:
        numbers: float64[n, len(NUMERIC)]; NaN where a side lacks what is compared.
        levels: int8[n, len(LEVELS)]; places in the tuples of `LEVELS`, 0 where there is nothing to compare.
        gtins: the relation of each pair's GTINs; a rule decides on it, no weight is learned for it.
    """

    numbers: NDArray[np.float64]
    levels: NDArray[np.int8]
    gtins: tuple[GtinRelation, ...]

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.gtins)


def _sets(first: frozenset[str], second: frozenset[str]) -> int:
    """0 nothing to compare, 1 something in common, 2 conflict."""
    if not first or not second:
        return 0
    return 2 if first.isdisjoint(second) else 1


def _brand(a: Profile, b: Profile) -> int:
    if a.brand and b.brand:
        return 1 if a.brand == b.brand or likeness(a.brand, b.brand) >= _BRAND_LIKENESS else 3
    if not a.brand and not b.brand:
        return 0
    named, other = (a, b) if a.brand else (b, a)
    return 2 if other.title_words.issuperset(named.brand.split()) else 0


def _colour(a: Profile, b: Profile) -> int:
    """By the main colour, which sellers name first; they often leave out the second."""
    if not a.colours or not b.colours:
        return 0
    if a.colours[0] == b.colours[0]:
        said = min(len(a.colours), len(b.colours))
        return 1 if a.colours[:said] == b.colours[:said] else 3
    return 2 if a.colours[0] in b.colours or b.colours[0] in a.colours else 4


def _pattern(a: Profile, b: Profile) -> int:
    if a.patterns == b.patterns:
        return 1 if a.patterns else 0
    if not a.patterns or not b.patterns:
        return 3
    return 4 if a.patterns.isdisjoint(b.patterns) else 2


def _measures(a: Profile, b: Profile) -> int:
    first, second = a.reading.measures, b.reading.measures
    if not first or not second:
        return 0
    kinds = {kind for kind, _ in first} & {kind for kind, _ in second}
    if not kinds:
        return 0
    common = {kind for kind, _ in first & second}
    return 1 if kinds <= common else 2


def _pack(a: Profile, b: Profile) -> int:
    first, second = a.reading.pack, b.reading.pack
    if first is None and second is None:
        return 0
    return 1 if (first or 1) == (second or 1) else 2


def _levels(a: Profile, b: Profile) -> tuple[int, ...]:
    same_seller = a.seller_id == b.seller_id
    in_store = same_seller and a.gtin is not None and a.gtin == b.gtin and not a.gtin_is_global
    return (
        _brand(a, b),
        _colour(a, b),
        _pattern(a, b),
        _sets(a.materials, b.materials),
        _sets(a.audiences, b.audiences),
        _measures(a, b),
        _pack(a, b),
        _sets(a.reading.years, b.reading.years),
        _sets(a.reading.codes, b.reading.codes),
        _sets(a.reading.numbers, b.reading.numbers),
        _sets(a.kinds, b.kinds),
        _sets(a.category, b.category),
        int(same_seller),
        int(not a.pictures.isdisjoint(b.pictures)),
        int(in_store),
    )


def _contained(first: frozenset[str], second: frozenset[str]) -> float:
    """The share of the smaller set that the larger one has: sellers run out of sizes."""
    if not first or not second:
        return math.nan
    return len(first & second) / min(len(first), len(second))


def _rarest(words: frozenset[str], rarity: Rarity) -> tuple[float, str]:
    return max(((rarity(word), word) for word in words), default=(0.0, ""))


def _words(a: Profile, b: Profile, rarity: Rarity) -> tuple[float, float, float]:
    """Weighted overlap; rarity of the rarest common word, and of the rarest that each side has alone."""
    first, second = a.words - b.brand_words, b.words - a.brand_words
    if not first or not second:
        return math.nan, math.nan, math.nan
    shared = first & second
    (left, word), (right, other) = _rarest(first - shared, rarity), _rarest(second - shared, rarity)
    if word and other and likeness(word, other) >= _SPELLING:  # one of them is misspelt
        shared |= {max(word, other)}
        first, second = first - {word} | shared, second - {other} | shared
        (left, _), (right, _) = _rarest(first - shared, rarity), _rarest(second - shared, rarity)
    whole = math.fsum(rarity(word) for word in first | second)
    overlap = math.fsum(rarity(word) for word in shared) / whole if whole else math.nan
    return overlap, _rarest(shared, rarity)[0], min(left, right)


def _numbers(a: Profile, b: Profile, rarity: Rarity) -> tuple[float, ...]:
    gap = math.nan if a.log_price is None or b.log_price is None else abs(a.log_price - b.log_price)
    return (*_words(a, b, rarity), _contained(a.sizes, b.sizes), gap)


def _gtins(a: Profile, b: Profile) -> GtinRelation:
    if a.gtin is None or b.gtin is None:
        return GtinRelation.ABSENT
    if not (a.gtin_is_global and b.gtin_is_global):
        return GtinRelation.RESTRICTED
    return GtinRelation.EQUAL if a.gtin == b.gtin else GtinRelation.DIFFERENT


class _Distinct:
    """The distinct listing objects of a call: their profiles, and their vectors stacked once."""

    def __init__(self, pairs: Sequence[Pair], rates: Rates, overshared_gtins: frozenset[str]) -> None:
        place: dict[int, int] = {}
        listings: list[EmbeddedListing] = []
        for pair in pairs:
            for listing in pair:
                if id(listing) not in place:
                    place[id(listing)] = len(listings)
                    listings.append(listing)
        self.listings = listings
        self.profiles = [profile_of(listing, rates, overshared_gtins) for listing in listings]
        ordered = [(a, b) if a.listing_id <= b.listing_id else (b, a) for a, b in pairs]
        self.first = np.array([place[id(a)] for a, _ in ordered], dtype=np.intp)
        self.second = np.array([place[id(b)] for _, b in ordered], dtype=np.intp)

    def cosines(self, part: str) -> NDArray[np.float64]:
        """float64[n], rounded to six decimals; NaN where a side lacks the part."""
        vectors = [getattr(listing.embedding, part) for listing in self.listings]
        shape = next((v.shape for v in vectors if v is not None), (1,))
        stacked = np.stack([np.full(shape, np.nan) if v is None else v.astype(np.float64) for v in vectors])
        norms = np.sqrt((stacked * stacked).sum(axis=1))
        unit = np.divide(stacked, norms[:, None], out=np.zeros_like(stacked), where=norms[:, None] != 0)
        out = np.empty(len(self.first))
        for start in range(0, len(out), _CHUNK):
            cut = slice(start, start + _CHUNK)
            out[cut] = (unit[self.first[cut]] * unit[self.second[cut]]).sum(axis=1)
        return np.round(out, 6)


def pair_features(
    pairs: Sequence[Pair], rates: Rates, rarity: Rarity, overshared_gtins: frozenset[str] = frozenset()
) -> PairFeatures:
    """Compare n pairs. Every listing object is read once, however many pairs it stands in.

    Raises:
        ValueError: vectors of different lengths.
    """
    if not pairs:
        return PairFeatures(np.empty((0, len(NUMERIC))), np.empty((0, len(LEVELS)), np.int8), ())
    distinct = _Distinct(pairs, rates, overshared_gtins)
    sides = [
        (distinct.profiles[i], distinct.profiles[j])
        for i, j in zip(distinct.first.tolist(), distinct.second.tolist(), strict=True)
    ]
    levels = np.array([_levels(a, b) for a, b in sides], dtype=np.int8)
    fused, image, text = map(distinct.cosines, _PARTS)
    unsaid = np.where(levels[:, _COLOUR] == 0, image, np.nan)
    others = np.array([_numbers(a, b, rarity) for a, b in sides])
    return PairFeatures(
        np.column_stack([fused, image, text, unsaid, others]),
        levels,
        tuple(_gtins(a, b) for a, b in sides),
    )
