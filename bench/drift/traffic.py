"""When which seller lists how much: smooth, or with a daily rhythm and bulk uploads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.drift.blocks import Blocks

DAY = 1440  # minutes, each with a window

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Uploads:
    """Blocks in the order that they come.

    Attributes:
        minute: int64[e], ascending.
        seller: int64[e], which of the marketplace's sellers.
        block: int64[e], which of its blocks.
    """

    minute: Places
    seller: Places
    block: Places


def uploads(blocks: Blocks, days: int, rng: np.random.Generator, *, bursty: bool, rate: float) -> Uploads:
    """A marketplace of all sellers of `blocks`, busy to different degrees.

    Where traffic is bursty it swings by nine tenths over the day, and
    eight times a day a seller uploads for half an hour to two hours, ten blocks a minute, in runs of one
    kind.

    Args:
        blocks: what there is to list.
        days: how long.
        rng: draws all.
        bursty: else smooth.
        rate: blocks a minute, bulk uploads apart.
    """
    drawn = rng.permutation(len(blocks.of))
    busy = rng.lognormal(0, 1, size=len(drawn))
    at = np.arange(days * DAY)
    swing = 1 + 0.9 * np.sin(2 * np.pi * at / DAY) if bursty else np.ones(len(at))
    minute = np.repeat(at, rng.poisson(rate * swing))
    seller = rng.choice(len(drawn), p=busy / busy.sum(), size=len(minute))
    if bursty:
        starts = np.sort(rng.integers(len(at), size=8 * days))
        lengths = rng.integers(30, 120, size=len(starts))
        bulk = np.concatenate(
            [np.repeat(np.arange(a, min(a + n, len(at))), 10) for a, n in zip(starts, lengths, strict=True)]
        )
        who = np.repeat(
            rng.integers(len(drawn), size=len(starts)),
            [10 * (min(a + n, len(at)) - a) for a, n in zip(starts, lengths, strict=True)],
        )
        order = np.argsort(np.concatenate([minute, bulk]), kind="stable")
        minute, seller = np.concatenate([minute, bulk])[order], np.concatenate([seller, who])[order]
    return Uploads(minute, seller, _runs(blocks, drawn[seller], seller, rng))


def _runs(blocks: Blocks, source: Places, seller: Places, rng: np.random.Generator) -> Places:
    """Each seller goes through its blocks in their order, and now and then begins elsewhere."""
    first = np.array([own[0] for own in blocks.of])[source]
    length = np.array([len(own) for own in blocks.of])[source]
    chosen = np.empty(len(seller), np.int64)
    for one in np.unique(seller).tolist():
        places = np.flatnonzero(seller == one)
        jumps = np.where(rng.random(len(places)) < 1 / 16, rng.integers(1 << 20, size=len(places)), 1)
        chosen[places] = np.cumsum(jumps) % length[places]
    return first + chosen
