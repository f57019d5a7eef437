"""The labelled pairs that a decider is fitted and calibrated on: those that retrieval offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.data.labelled import LabelledPair
from model.data.perturb import VERSION_MARK
from model.decision.features import Pair
from model.evaluation.search import offered
from model.features.embed import embedded, vectors_of
from model.features.frozen import FrozenFeatures
from model.projection import Projection
from model.training.material import Material


@dataclass(frozen=True)
class LabelledPairs:
    """n pairs, for `fit_decider`.

    Attributes:
        pairs: n of them.
        labels: bool[n], whether both are one product.
        groups: int64[n], of variants.
        say: float64[n], how much each counts in calibration: pairs of a copy that stands beside its own
            original are easier than those of two sellers, and have no more say together than those have.
    """

    pairs: tuple[Pair, ...]
    labels: NDArray[np.bool_]
    groups: NDArray[np.int64]
    say: NDArray[np.float64]


def labelled_pairs(material: Material, projection: Projection, neighbours: int) -> LabelledPairs:
    """The pairs that retrieval offers among the calibration listings, and published ones."""
    parts: list[LabelledPairs] = []
    if material.calibrate is not None:
        parts.append(_retrieved(material.calibrate, projection, neighbours))
    if material.pair_features is not None:
        after = 1 + max((int(part.groups.max(initial=-1)) for part in parts), default=-1)
        parts.append(_published(material.pairs, material.pair_features, projection, after))
    return LabelledPairs(
        tuple(pair for part in parts for pair in part.pairs),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.groups for part in parts]),
        np.concatenate([part.say for part in parts]),
    )


def _retrieved(features: FrozenFeatures, projection: Projection, neighbours: int) -> LabelledPairs:
    listings = embedded(features, projection)
    places = judged(features, offered(vectors_of(features, projection), neighbours).places)
    first, second = places[:, 0], places[:, 1]
    same = features.products[first] == features.products[second]
    copy = np.array([row.listing.seller_id.endswith(VERSION_MARK) for row in features.rows], np.bool_)
    easy = copy[first] | copy[second]
    hard_matches, easy_matches = int((same & ~easy).sum()), int((same & easy).sum())
    share = min(1.0, hard_matches / easy_matches) if hard_matches and easy_matches else 1.0
    return LabelledPairs(
        tuple((listings[a], listings[b]) for a, b in places.tolist()),
        same,
        np.minimum(features.groups[first], features.groups[second]),
        np.where(easy, share, 1.0),
    )


def _published(
    pairs: Sequence[LabelledPair], features: FrozenFeatures, projection: Projection, first_group: int
) -> LabelledPairs:
    known = {(side.seller_id, side.listing_id): side for side in embedded(features, projection)}
    told = tuple(
        (
            known[pair.a.listing.seller_id, pair.a.listing.listing_id],
            known[pair.b.listing.seller_id, pair.b.listing.listing_id],
        )
        for pair in pairs
    )
    anchors = np.unique([a.listing_id for a, _ in told], return_inverse=True)[1].astype(np.int64)
    same = np.array([pair.same for pair in pairs], np.bool_)
    return LabelledPairs(told, same, first_group + anchors, np.ones(len(told)))


def judged(features: FrozenFeatures, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pairs int64[p, 2] of which somebody knows whether they are true."""
    unknown = features.ambiguous[places[:, 0]] & features.ambiguous[places[:, 1]]
    return places[~unknown]
