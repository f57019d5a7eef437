"""What is compared of two listings: numbers and levels, symmetric in the two, pure, one row a pair.

A pair's row depends on that pair alone, bit for bit, whatever stands beside it in a batch: sums run over
contiguous rows in float64 or over whole numbers, and similarities are rounded to six decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.decision import relations, title_words
from model.decision.distinct import Distinct, Pair, bags
from model.decision.profile import Profile, Said, profile_of
from model.decision.rarity import Rarity
from model.decision.relations import LEVELS, GtinRelation
from model.decision.telling import Telling
from model.decision.title_words import TitleWords
from model.money import Rates

__all__ = [
    "FEATURES_VERSION",
    "GTINS",
    "LEVELS",
    "NUMERIC",
    "GtinRelation",
    "Pair",
    "PairFeatures",
    "joined",
    "pair_features",
]

FEATURES_VERSION = 5  # raise it with every change of what a feature means: a decider fits one version only

NUMERIC = (
    "similarity_fused",
    "similarity_image",
    "similarity_text",
    "palette",
    "image_where_colour_is_unsaid",
    "palette_where_colour_is_unsaid",
    "picture_distance",
    "title_trigrams",
    *title_words.NAMES,
    "size_overlap",
    "price_gap",
)
GTINS = tuple(GtinRelation)

_NOTHING_TOLD = Telling()
_COLOUR = list(LEVELS).index("colour")
_BRAND = list(LEVELS).index("brand")


@dataclass(frozen=True, slots=True)
class PairFeatures:
    """The features of n pairs.

    Attributes:
        numbers: float64[n, len(NUMERIC)]; NaN where a side lacks what is compared.
        levels: int8[n, len(LEVELS)]; places in the tuples of `LEVELS`, 0 where there is nothing to compare.
        gtins: int8[n], places in `GTINS`; a rule decides on them, no weight is learned for them.
    """

    numbers: NDArray[np.float64]
    levels: NDArray[np.int8]
    gtins: NDArray[np.int8]

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.gtins)

    def take(self, places: NDArray[np.intp] | slice) -> PairFeatures:
        """The pairs at these places, in this order."""
        return PairFeatures(self.numbers[places], self.levels[places], self.gtins[places])


def joined(parts: Sequence[PairFeatures]) -> PairFeatures:
    """One after the other; at least one."""
    return PairFeatures(
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.gtins for part in parts]),
    )


def pair_features(
    pairs: Sequence[Pair],
    rates: Rates,
    rarity: Rarity,
    overshared_gtins: frozenset[str] = frozenset(),
    telling: Telling = _NOTHING_TOLD,
) -> PairFeatures:
    """Compare n pairs. Every listing object is read once, however many pairs it stands in.

    Raises:
        ValueError: vectors of different lengths.
    """
    if not pairs:
        return PairFeatures(
            np.empty((0, len(NUMERIC))), np.empty((0, len(LEVELS)), np.int8), np.empty(0, np.int8)
        )
    distinct = Distinct(pairs)
    profiles = [profile_of(listing, rates, overshared_gtins) for listing in distinct.listings]
    said = [profile.said for profile in profiles]
    levels = _levels(distinct, profiles)
    return PairFeatures(
        _numbers(
            distinct, profiles, TitleWords(said, rarity, telling), colour_unsaid=levels[:, _COLOUR] == 0
        ),
        levels,
        _gtins(distinct, profiles),
    )


def _levels(pairs: Distinct, profiles: Sequence[Profile]) -> NDArray[np.int8]:
    said = [profile.said for profile in profiles]
    same_seller = pairs.equal(listing.seller_id for listing in pairs.listings)
    by_name = {
        "brand": pairs.by_value([each.brand for each in said], relations.brands),
        "colour": pairs.by_value([each.colours for each in said], relations.colours),
        "pattern": pairs.by_value([each.patterns for each in said], relations.patterns),
        "motif": pairs.by_value([each.motifs for each in said], relations.patterns),
        "material": pairs.by_value([each.materials for each in said], relations.sets),
        "audience": pairs.by_value([each.audiences for each in said], relations.sets),
        "measures": pairs.by_value(
            [(each.reading.measures, each.brand_reading.measures) for each in said],
            relations.beside_brands(relations.measures),
        ),
        "pack": pairs.by_value([each.reading.pack for each in said], relations.packs),
        "year": pairs.by_value([each.reading.years for each in said], relations.sets),
        "codes": pairs.by_value(
            [(each.reading.codes, each.brand_reading.codes) for each in said],
            relations.beside_brands(relations.codes),
        ),
        "numbers": pairs.by_value(
            [(each.reading.numbers, each.brand_reading.numbers) for each in said],
            relations.beside_brands(relations.numbers),
        ),
        "kind": pairs.by_value([each.kinds for each in said], relations.sets),
        "category": pairs.by_value([each.category for each in said], relations.sets),
        "seller": same_seller,
        "picture": _shared_picture(pairs),
        "in_store_number": same_seller & _same_in_store_number(pairs, profiles),
    }
    levels = np.column_stack([by_name[name].astype(np.int8) for name in LEVELS])
    _brand_in_title(levels[:, _BRAND], pairs, said)
    return levels


def _brand_in_title(levels: NDArray[np.int8], pairs: Distinct, said: Sequence[Said]) -> None:
    """Where one side names a brand, look for it in the other's title."""
    named = np.array([bool(each.brand) for each in said])
    for at in np.flatnonzero(named[pairs.first] != named[pairs.second]).tolist():
        a, b = said[pairs.first[at]], said[pairs.second[at]]
        brand, other = (a.brand, b) if a.brand else (b.brand, a)
        if other.title_words.issuperset(brand.split()):
            levels[at] = 2


def _shared_picture(pairs: Distinct) -> NDArray[np.bool_]:
    hashes = bags([[int(each, 16) for each in listing.pictures.hashes] for listing in pairs.listings])
    return np.asarray(hashes.nearest(pairs.first, pairs.second, lambda a, b: (a != b).astype(np.uint8)) == 0)


def _picture_distance(pairs: Distinct) -> NDArray[np.float64]:
    """Hamming distance of the two most alike perceptual hashes, 0 to 64."""
    seen = bags(
        [[int(each, 16) for each in listing.pictures.perceptual_hashes] for listing in pairs.listings]
    )
    return seen.nearest(pairs.first, pairs.second, lambda a, b: np.bitwise_count(a ^ b))


def _numbers(
    pairs: Distinct, profiles: Sequence[Profile], words: TitleWords, *, colour_unsaid: NDArray[np.bool_]
) -> NDArray[np.float64]:
    embeddings = [listing.embedding for listing in pairs.listings]
    image = pairs.cosines([each.image for each in embeddings])
    palette = pairs.cosines([each.palette for each in embeddings])
    said = [profile.said for profile in profiles]
    prices = np.array([profile.log_price for profile in profiles])
    return np.column_stack(
        [
            pairs.cosines([each.vector for each in embeddings]),
            image,
            pairs.cosines([each.text for each in embeddings]),
            palette,
            np.where(colour_unsaid, image, np.nan),
            np.where(colour_unsaid, palette, np.nan),
            _picture_distance(pairs),
            _trigrams(pairs, said),
            words.compare(pairs),
            pairs.by_value([profile.sizes for profile in profiles], relations.contained),
            np.abs(prices[pairs.first] - prices[pairs.second]),
        ]
    )


def _trigrams(pairs: Distinct, said: Sequence[Said]) -> NDArray[np.float64]:
    """Cosine of the titles' sets of three letters in a row; NaN without a title."""
    bits = np.stack([each.trigrams for each in said])
    sizes = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    common = np.bitwise_count(bits[pairs.first] & bits[pairs.second]).sum(axis=1, dtype=np.int64)
    whole = np.sqrt((sizes[pairs.first] * sizes[pairs.second]).astype(np.float64))
    cosine = np.divide(common, whole, out=np.full(len(common), np.nan), where=whole > 0)
    return np.asarray(np.round(cosine, 6))


def _same_in_store_number(pairs: Distinct, profiles: Sequence[Profile]) -> NDArray[np.bool_]:
    own = np.array([profile.gtin is not None and not profile.gtin_is_global for profile in profiles])
    return np.asarray(pairs.equal(profile.gtin for profile in profiles) & own[pairs.first])


def _gtins(pairs: Distinct, profiles: Sequence[Profile]) -> NDArray[np.int8]:
    there = np.array([profile.gtin is not None for profile in profiles])
    known = np.array([profile.gtin_is_global for profile in profiles]) & there
    place: Callable[[GtinRelation], int] = GTINS.index
    out = np.where(
        pairs.equal(profile.gtin for profile in profiles),
        place(GtinRelation.EQUAL),
        place(GtinRelation.DIFFERENT),
    )
    out[~(known[pairs.first] & known[pairs.second])] = place(GtinRelation.RESTRICTED)
    out[~(there[pairs.first] & there[pairs.second])] = place(GtinRelation.ABSENT)
    return out.astype(np.int8)
