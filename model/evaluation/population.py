"""The listings that are scored: what is true of them, and whom training has met before."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.features.frozen import FrozenFeatures
from model.trained_on import TrainedOn

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Scope(StrEnum):
    """Which pairs a figure is of."""

    ALL = "all"
    KNOWN = "known_sellers"
    UNSEEN = "unseen_sellers"


@dataclass(frozen=True)
class Leaks:
    """Listings that training has seen, left out of every figure.

    Attributes:
        known_products: listings of products that were trained on.
        known_pictures: further listings with a picture that was trained on.
    """

    known_products: int = 0
    known_pictures: int = 0


@dataclass(frozen=True)
class Population:
    """The scored listings.

    Attributes:
        features: of n listings.
        seller_known: bool[n], whether training saw listings of its seller.
        leaks: what was left out.
    """

    features: FrozenFeatures
    seller_known: Mask
    leaks: Leaks = field(default_factory=Leaks)

    @classmethod
    def of(cls, features: FrozenFeatures, known: TrainedOn | None) -> Population:
        """All listings but those whose product or picture training knows; None knows nothing."""
        if known is None:
            return cls(features, np.zeros(len(features), np.bool_))
        product = np.array(
            [known.knows_product(row.store, row.product_id) for row in features.rows], np.bool_
        )
        picture = np.array(
            [any(known.knows_picture(one) for one in hashes) for hashes in features.hashes], np.bool_
        )
        kept = features.take(np.flatnonzero(~(product | picture)))
        seller = np.array(
            [known.knows_seller(row.store, row.listing.seller_id) for row in kept.rows], np.bool_
        )
        return cls(kept, seller, Leaks(int(product.sum()), int((picture & ~product).sum())))

    def __len__(self) -> int:
        """How many listings."""
        return len(self.features)

    @cached_property
    def products(self) -> Places:
        """int64[n]; equal numbers are the same product, the largest is `product_count - 1`."""
        return self.features.products

    @cached_property
    def product_count(self) -> int:
        """How many products."""
        return int(self.products.max(initial=-1)) + 1

    @cached_property
    def true_pairs(self) -> Places:
        """int64[t, 2] of places, the smaller first: all pairs of one product that anybody can judge."""
        order = np.argsort(self.products, kind="stable")
        ranked = self.products[order]
        starts = np.searchsorted(ranked, ranked, side="left")
        partners = np.arange(len(ranked)) - starts  # each one pairs with those of its product before it
        second = np.repeat(np.arange(len(ranked)), partners)
        begun = np.cumsum(partners) - partners
        first = np.repeat(starts, partners) + np.arange(len(second)) - np.repeat(begun, partners)
        pairs = np.sort(np.stack([order[first], order[second]], axis=1), axis=1).astype(np.int64)
        return pairs[self.judged(pairs)]

    def judged(self, places: Places) -> Mask:
        """bool[p]: the pairs that are scored, which is all but those of two ambiguous listings."""
        ambiguous = self.features.ambiguous
        return ~(ambiguous[places[:, 0]] & ambiguous[places[:, 1]])

    def same(self, places: Places) -> Mask:
        """bool[p]: the pairs of one product."""
        mask: Mask = self.products[places[:, 0]] == self.products[places[:, 1]]
        return mask

    def variants(self, places: Places) -> Mask:
        """bool[p]: the pairs of one variant group, same product or not."""
        groups = self.features.groups
        mask: Mask = groups[places[:, 0]] == groups[places[:, 1]]
        return mask

    def within(self, scope: Scope, places: Places) -> Mask:
        """bool[p]: the pairs of this scope. A pair is of known sellers if both are."""
        if scope is Scope.ALL:
            return np.ones(len(places), np.bool_)
        both = self.seller_known[places[:, 0]] & self.seller_known[places[:, 1]]
        return both if scope is Scope.KNOWN else ~both

    def true_by_product(self, scope: Scope) -> Places:
        """int64[products]: how many true pairs of the scope each product has."""
        pairs = self.true_pairs[self.within(scope, self.true_pairs)]
        return np.bincount(self.products[pairs[:, 0]], minlength=self.product_count).astype(np.int64)

    def queries(self, scope: Scope) -> Places:
        """int64[q]: the listings that have a twin within the scope."""
        pairs = self.true_pairs[self.within(scope, self.true_pairs)]
        return np.unique(pairs).astype(np.int64)
