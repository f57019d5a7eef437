"""Undrifted windows, drawn again from a reference by sellers and blocks; their tails make the thresholds.

A window is that of the monitor: so many sellers, of each a run of neighbouring rows up to the cap. Both it
and the reference that it is held against are drawn, since the reference too is a sample of sellers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.drift.blocks import BLOCK, Blocks
from model.drift.cells import Cells
from model.drift.chance import LEAST_BY_CHANCE, UNLIKE, Chance, inverse_sellers
from model.drift.tails import BEYOND, FEWEST_IN_TAIL, tail_quantile

Float64 = NDArray[np.float64]
Places = NDArray[np.int64]

_MOST_SELLERS = 64
_FEWEST_SELLERS = 8
_ALONE = 5_000
_AT_ONCE = 250  # windows that share a drawn reference


@dataclass(frozen=True, eq=False)
class _Drawn:
    """w windows.

    Attributes:
        blocks: int64[w, k, b], of each of k sellers the blocks; the empty one where there are fewer.
        references: float64[w // 250, c], expected shares; window i is held against number i // 250.
    """

    blocks: Places
    references: Float64


def thresholds(
    cells: Cells, blocks: Blocks, *, of_one: int, chance: float, windows: int, rng: np.random.Generator
) -> Chance:
    """What to expect of a feature's distance, and from where on it is too far.

    Args:
        cells: the blocks' cells.
        blocks: of the reference.
        of_one: how many rows of one seller a window holds at most.
        chance: that one window of undrifted traffic exceeds one feature's threshold.
        windows: how many to draw, 2,500 at least.
        rng: where chance comes from.
    """
    held = [_capped(blocks, own, of_one) for own in blocks.of]
    sizes = np.array([size for _, size in held])
    expected = cells.smoothed(np.sum([own for own, _ in held], axis=0))
    sellers = float(sizes.sum() ** 2 / np.square(sizes).sum())
    features = len(cells.features)
    nothing = Chance(expected, sellers, np.ones((features, 2)), np.zeros(features), np.zeros(features))
    if sellers < _FEWEST_SELLERS:
        return nothing
    drawn = _draw(cells, blocks, held, of_one=of_one, windows=windows, rng=rng)
    measured = _measure(cells, blocks, drawn)
    noise = _noise(measured, sellers)
    limits = np.zeros(features)
    judged = cells.known(expected * 0 + sum(own for own, _ in held)) > 0
    for place in np.flatnonzero(judged).tolist():
        values = _without_one(
            cells, blocks, drawn, measured, place=place, noise=noise[place], sellers=sellers
        )
        limits[place] = tail_quantile(values, chance)
    found = Chance(expected, sellers, noise, limits, np.where(judged, np.inf, 0.0))
    return replace(found, alone=_alone(cells, blocks, held, found, most=of_one // BLOCK, rng=rng))


@dataclass(frozen=True, eq=False)
class _Measured:
    """Distances float64[w, f] of windows, and what they are divided by."""

    distances: Float64
    known: Float64
    rows: Float64
    squares: Float64


def _capped(blocks: Blocks, own: Places, of_one: int) -> tuple[Float64, float]:
    """A seller's counts, scaled to as many rows as a window holds of it, and how many these are."""
    half = own[: len(own) // 2]  # the first half is each row once
    counts, rows = blocks.counts[half].sum(axis=0, dtype=np.float64), float(blocks.sizes[half].sum())
    weight = min(1.0, of_one / max(rows, 1.0))
    return counts * weight, rows * weight


def _draw(
    cells: Cells,
    blocks: Blocks,
    held: list[tuple[Float64, float]],
    *,
    of_one: int,
    windows: int,
    rng: np.random.Generator,
) -> _Drawn:
    most = of_one // BLOCK
    counts = np.stack([own for own, _ in held])
    references = np.stack(
        [
            cells.smoothed(rng.multinomial(len(held), np.full(len(held), 1 / len(held))) @ counts)
            for _ in range(-(-windows // _AT_ONCE))
        ]
    )
    wanted = (
        np.exp(rng.uniform(math.log(_FEWEST_SELLERS), math.log(_MOST_SELLERS), size=windows))
        .round()
        .astype(np.int64)
    )
    sellers = rng.integers(len(held), size=(windows, _MOST_SELLERS))
    firsts = np.array([own[0] for own in blocks.of])[sellers]
    own = np.array([len(own) for own in blocks.of])[sellers]
    # How busy a window is, from one block of most sellers to all that fit of each.
    busy = rng.uniform(0.2, 1, size=(windows, 1))
    runs = 1 + rng.binomial(most - 1, busy, size=(windows, _MOST_SELLERS))
    runs = np.minimum(runs, np.maximum(own // 2, 1)) * (np.arange(_MOST_SELLERS) < wanted[:, None])
    start = (rng.random((windows, _MOST_SELLERS)) * own).astype(np.int64)
    step = np.arange(most)
    places = firsts[..., None] + (start[..., None] + step) % own[..., None]
    return _Drawn(np.where(step < runs[..., None], places, blocks.empty), references)


def _measure(cells: Cells, blocks: Blocks, drawn: _Drawn) -> _Measured:
    windows = len(drawn.blocks)
    distances, known = np.empty((2, windows, len(cells.features)))
    sizes = blocks.sizes[drawn.blocks].sum(axis=2).astype(np.float64)
    for number, expected in enumerate(drawn.references):
        part = slice(number * _AT_ONCE, (number + 1) * _AT_ONCE)
        chosen = drawn.blocks[part].reshape(len(drawn.blocks[part]), -1)
        flat = (chosen + np.arange(len(chosen))[:, None] * len(blocks.sizes)).ravel()
        times = np.bincount(flat, minlength=len(chosen) * len(blocks.sizes)).astype(np.float32)
        counts = (times.reshape(len(chosen), -1) @ blocks.counts).astype(np.float64)
        distances[part], known[part] = cells.distances(counts, expected), cells.known(counts)
    return _Measured(distances, known, sizes.sum(axis=1), np.square(sizes).sum(axis=1))


def _noise(measured: _Measured, sellers: float) -> Float64:
    """float64[f, 2]: least squares of the distances, each in units of what few sellers make of it."""
    told = np.maximum(measured.known, 1)
    inverse = inverse_sellers(told, measured.rows, measured.squares) + 1 / sellers
    noise = np.zeros((measured.distances.shape[1], 2))
    for place in range(len(noise)):
        share, rest = inverse[:, place], 1 / told[:, place] / inverse[:, place]
        distances = measured.distances[:, place] / share
        both = np.linalg.lstsq(np.stack([np.ones_like(rest), rest], axis=1), distances, rcond=None)[0]
        noise[place] = both if (both >= 0).all() else (distances.mean(), 0)
    return noise


def _without_one(
    cells: Cells,
    blocks: Blocks,
    drawn: _Drawn,
    measured: _Measured,
    *,
    place: int,
    noise: Float64,
    sellers: float,
) -> Float64:
    """float64[w]: a feature's values, where they are high without the seller that drives them most."""

    def values(distances: Float64, known: Float64, rows: Float64, squares: Float64) -> Float64:
        told = np.maximum(known, 1)
        inverse = np.minimum(squares / np.maximum(rows, 1) / told, 1.0)
        by_chance = noise[0] * (inverse + 1 / sellers) + noise[1] / told
        scaled: Float64 = np.sqrt(distances / np.maximum(by_chance, LEAST_BY_CHANCE))
        return scaled

    span = cells.span(cells.features[place])
    counts, expected = blocks.counts[:, span].astype(np.float64), drawn.references[:, span]
    whole = values(measured.distances[:, place], measured.known[:, place], measured.rows, measured.squares)
    order, tail = np.argsort(-whole), int(len(whole) * BEYOND) + 1
    robust = whole.copy()
    for start in range(0, len(order), _AT_ONCE):
        # What is not scored again is no higher than this, so the tail is known once so many lie over it.
        if start and (robust[order[:start]] >= whole[order[start]]).sum() > tail:
            break
        part = order[start : start + _AT_ONCE]
        sizes = blocks.sizes[drawn.blocks[part]].sum(axis=2).astype(np.float64)
        most = int((sizes > 0).sum(axis=1).max())
        sizes, by_seller = sizes[:, :most], counts[drawn.blocks[part, :most]].sum(axis=2)
        rest = by_seller.sum(axis=1, keepdims=True) - by_seller
        distances = cells.distance(place, rest, expected[part // _AT_ONCE][:, None])
        without = values(
            distances,
            cells.told(place, rest),
            measured.rows[part, None] - sizes,
            measured.squares[part, None] - np.square(sizes),
        )
        robust[part] = np.minimum(whole[part], np.where(sizes > 0, without, np.inf).min(axis=1))
    return robust


def _alone(
    cells: Cells,
    blocks: Blocks,
    held: list[tuple[Float64, float]],
    chance: Chance,
    *,
    most: int,
    rng: np.random.Generator,
) -> Float64:
    """float64[f]: how far from all others one seller in a hundred lies, all features together."""
    total = np.sum([own for own, _ in held], axis=0)
    others = np.stack([cells.smoothed(total - own) for own, _ in held])
    seller = rng.integers(len(held), size=_ALONE)
    first = np.array([own[0] for own in blocks.of])[seller]
    length = np.array([len(own) for own in blocks.of])[seller]
    runs = rng.integers(min(2, most), most + 1, size=_ALONE)
    step = np.arange(most)
    places = (
        first[:, None] + ((rng.random(_ALONE) * length).astype(np.int64)[:, None] + step) % length[:, None]
    )
    chosen = np.where(step < runs[:, None], places, blocks.empty)
    counts = blocks.counts[chosen].sum(axis=1, dtype=np.float64)
    values = chance.values_alone(cells, cells.distances(counts, others[seller]), cells.known(counts))
    limits = np.zeros(len(cells.features))
    for place in range(len(limits)):
        known = values[~np.isnan(values[:, place]), place]
        if len(known) * BEYOND >= FEWEST_IN_TAIL:
            limits[place] = tail_quantile(known, UNLIKE / len(cells.features))
    return limits
