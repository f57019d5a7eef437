"""A world's sellers dealt in two: of the one half a reference is made, the other half is the traffic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.drift.rows import World
from model.drift.blocks import Blocks
from model.drift.making import PAIRS_OF_ONE, make_reference
from model.drift.reference import DriftReference


@dataclass(frozen=True)
class Halves:
    """Undrifted traffic of sellers whom the reference does not know.

    Attributes:
        listings, pairs: the traffic's blocks, in the reference's cells.
        live: places of the traffic's rows.
    """

    reference: DriftReference
    listings: Blocks
    pairs: Blocks
    live: tuple[int, ...]


def halves(world: World, rng: np.random.Generator, windows: int) -> Halves:
    """Deal the sellers, make the reference, read the traffic.

    Args:
        world: all listings.
        rng: deals.
        windows: how many the reference's thresholds are drawn from.
    """
    sellers = world.sellers
    known = {sellers[place] for place in rng.permutation(len(sellers))[: len(sellers) // 2].tolist()}
    owner = [row.seller_id for row in world.rows]
    mine = np.array([seller in known for seller in owner])
    reference = _reference(world, mine, windows)
    # The first of a pair is the listing whose row made it be judged.
    live = np.flatnonzero(~mine)
    rows = [world.rows[place] for place in live.tolist()]
    codes = reference.reader.codes(rows, world.nearest[live], world.rates)
    judged = np.flatnonzero(~mine[world.places[:, 0]])
    first, chances = world.places[judged, 0], world.probabilities[judged]
    matched = chances >= world.match
    pair_codes = reference.pair_reader.codes(chances, matched, ~matched & (chances >= world.review))
    return Halves(
        reference=reference,
        listings=Blocks.cut(
            reference.reader.cells, codes, [row.seller_id for row in rows], [row.category for row in rows]
        ),
        pairs=Blocks.cut(
            reference.pair_reader.cells,
            pair_codes,
            [owner[place] for place in first.tolist()],
            [f"{place:06}" for place in first.tolist()],
            size=PAIRS_OF_ONE,
        ),
        live=tuple(live.tolist()),
    )


def whole(world: World, windows: int) -> DriftReference:
    """The reference of all sellers, as an artifact's is."""
    return _reference(world, np.ones(len(world.rows), np.bool_), windows)


def _reference(
    world: World, mine: np.ndarray[tuple[int], np.dtype[np.bool_]], windows: int
) -> DriftReference:
    kept = np.flatnonzero(mine)
    place_of = np.cumsum(mine) - 1
    both = mine[world.places].all(axis=1)
    return make_reference(
        [world.rows[place] for place in kept.tolist()],
        world.nearest[kept],
        place_of[world.places[both]],
        world.probabilities[both],
        match=world.match,
        review=world.review,
        rates=world.rates,
        windows=windows,
    )
