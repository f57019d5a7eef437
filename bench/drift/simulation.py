"""Months of windows, from running sums of blocks: the monitor's arithmetic for a whole day at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.drift.ring import Stays
from bench.drift.traffic import DAY
from model.drift.adaptive import Adwin
from model.drift.blocks import Blocks
from model.drift.cells import Cells
from model.drift.chance import CALM, CLEARED, WINDOWS_PER_ALARM, Chance
from model.drift.features import FEATURES, SCORES
from model.drift.past import Past

Float64 = NDArray[np.float64]


@dataclass
class Tally:
    """What was counted.

    Attributes:
        windows: that were scored.
        raised: alarms by feature.
        beyond: windows over the threshold by feature, without the seller that drives them.
        beyond_whole: likewise with all sellers.
    """

    windows: int
    raised: dict[str, int]
    beyond: dict[str, int]
    beyond_whole: dict[str, int]


@dataclass(frozen=True)
class Traffic:
    """One marketplace's listings or pairs.

    Attributes:
        cells: of the blocks.
        blocks: what is listed.
        stays: from when to when each upload's block is in the window.
        of_one: rows that a window holds of one seller.
    """

    cells: Cells
    blocks: Blocks
    stays: Stays
    of_one: int


def simulate(traffic: Traffic, chance: Chance, days: int) -> Tally:
    """Score every minute of so many days against a reference's expectations."""
    cells = traffic.cells
    tally = Tally(0, dict.fromkeys(cells.features, 0), dict.fromkeys(cells.features, 0), {})
    tally.beyond_whole = dict.fromkeys(cells.features, 0)
    standing = [_Standing() for _ in cells.features]
    past = _PastOf(cells, chance, traffic.of_one)
    for day in _days(traffic.blocks, traffic.stays, days):
        expectations, changes = past.follow(day)
        values = _values(cells, chance, day, expectations)
        robust = _without_one(traffic, chance, day, values, expectations)
        for place, adwin in changes:
            robust[:, place] = np.fmax(robust[:, place], adwin * chance.thresholds[place])
            values[:, place] = np.fmax(values[:, place], robust[:, place])
        tally.windows += len(robust)
        over = np.nan_to_num(robust) > chance.thresholds
        for place in np.flatnonzero(chance.thresholds > 0).tolist():
            name = cells.features[place]
            tally.beyond[name] += int(over[:, place].sum())
            whole = np.nan_to_num(values[:, place]) > chance.thresholds[place]
            tally.beyond_whole[name] += int(whole.sum())
            tally.raised[name] += standing[place].raised(
                np.nan_to_num(robust[:, place]), float(chance.thresholds[place])
            )
    return tally


@dataclass(frozen=True)
class _Day:
    """One day's windows.

    Attributes:
        first: its first minute.
        counts: float32[1440, c], of each window.
        rows, squares: float64[1440], of each window; squares are summed over sellers.
        came: int64[u, 3], minute, seller and rows of each upload of the day.
    """

    first: int
    counts: NDArray[np.float32]
    rows: Float64
    squares: Float64
    came: NDArray[np.int64]


def _days(blocks: Blocks, stays: Stays, days: int) -> Iterator[_Day]:
    told = stays.uploads
    entering, leaving = told.minute, np.argsort(stays.left, kind="stable")
    left = stays.left[leaving]
    total = np.zeros(blocks.counts.shape[1], np.float32)  # counts are whole numbers: exact
    of_seller = np.zeros(int(told.seller.max()) + 1)
    for first in range(0, days * DAY, DAY):
        come = slice(*np.searchsorted(entering, [first, first + DAY]))
        stayed = np.arange(come.start, come.stop)[stays.left[come] > told.minute[come]]
        gone = leaving[slice(*np.searchsorted(left, [first, first + DAY]))]
        gone = gone[stays.left[gone] > told.minute[gone]]  # what goes in the minute it comes is in no window
        minutes = np.concatenate([told.minute[stayed], stays.left[gone]]) - first
        uploads = np.concatenate([stayed, gone])
        signs = np.repeat([1.0, -1.0], [len(stayed), len(gone)])
        order = np.argsort(minutes, kind="stable")
        minutes, uploads, signs = minutes[order], uploads[order], signs[order]
        moved = np.zeros((DAY, len(total)), np.float32)
        if len(minutes):
            each = blocks.counts[told.block[uploads]]
            each *= signs[:, None].astype(np.float32)
            there, starts = np.unique(minutes, return_index=True)
            moved[there] = np.add.reduceat(each, starts, axis=0)
        sizes = blocks.sizes[told.block[uploads]] * signs
        places = minutes * len(of_seller) + told.seller[uploads]
        of_sellers = np.bincount(places, sizes, DAY * len(of_seller)).reshape(DAY, -1)
        counts, held = (
            np.cumsum(moved, axis=0) + total,
            np.cumsum(of_sellers, axis=0) + of_seller,
        )
        total, of_seller = counts[-1], held[-1]
        came = np.stack(
            [told.minute[come] - first, told.seller[come], blocks.sizes[told.block[come]]], axis=1
        )
        yield _Day(first, np.maximum(counts, 0), held.sum(axis=1), np.square(held).sum(axis=1), came)


def _values(cells: Cells, chance: Chance, day: _Day, expectations: list[tuple[int, int, Chance]]) -> Float64:
    known = cells.known(day.counts)
    distances = cells.distances(day.counts, chance.expected.astype(np.float32)).astype(np.float64)
    values = chance.values(cells, distances, known, day.rows, day.squares)
    own = [place for place, name in enumerate(cells.features) if name in SCORES]
    for start, stop, expected in expectations:
        for place in own:
            span = cells.span(cells.features[place])
            distances[start:stop, place] = cells.distance(
                place, day.counts[start:stop, span], expected.expected[span]
            )
        values[start:stop, own] = expected.values(
            cells, distances[start:stop], known[start:stop], day.rows[start:stop], day.squares[start:stop]
        )[:, own]
    values[:, chance.thresholds == 0] = np.nan
    return values


def _without_one(
    traffic: Traffic, chance: Chance, day: _Day, values: Float64, expectations: list[tuple[int, int, Chance]]
) -> Float64:
    """The values, where they come near a threshold without the seller that drives them most."""
    cells, blocks, stays, robust = traffic.cells, traffic.blocks, traffic.stays, values.copy()
    near = np.nan_to_num(values) > CLEARED * np.where(chance.thresholds > 0, chance.thresholds, np.inf)
    told = stays.uploads
    here = np.flatnonzero((told.minute < day.first + DAY) & (stays.left > day.first))
    entered, left = told.minute[here], stays.left[here]
    single = {place: Cells(cells.groups[slice(*cells.groups_of(place))]) for place in range(near.shape[1])}
    for minute in np.flatnonzero(near.any(axis=1)).tolist():
        at = day.first + minute
        members = here[(entered <= at) & (left > at)]
        sellers, owner = np.unique(told.seller[members], return_inverse=True)
        block = told.block[members]
        sizes = np.bincount(owner, weights=blocks.sizes[block])
        rest_rows, rest_squares = day.rows[minute] - sizes, day.squares[minute] - np.square(sizes)
        of = np.zeros((len(sellers), len(members)))
        of[owner, np.arange(len(members))] = 1
        now = next(one for start, stop, one in expectations if start <= minute < stop)
        for place in np.flatnonzero(near[minute]).tolist():
            span, alone = cells.span(cells.features[place]), single[place]
            rest = np.maximum(day.counts[minute, span] - of @ blocks.counts[block, span], 0)
            one = replace(
                now,
                expected=now.expected[span],
                noise=now.noise[place : place + 1],
                thresholds=now.thresholds[place : place + 1],
            )
            distances, known = alone.distances(rest, one.expected), alone.known(rest)
            without = one.values(alone, distances, known, rest_rows, rest_squares)
            robust[minute, place] = min(robust[minute, place], np.nanmin(without, initial=np.inf))
    return robust


class _Standing:
    """One alarm through the days, by the rules of `model.drift.standing`."""

    def __init__(self) -> None:
        self._stands, self._calm = False, 0

    def raised(self, values: Float64, threshold: float) -> int:
        """How often it is raised in these windows."""
        up, down = values > threshold, values < CLEARED * threshold
        raised, at = 0, 0
        while at < len(values):
            if not self._stands:
                ahead = np.flatnonzero(up[at:])
                if not len(ahead):
                    break
                raised, at = raised + 1, at + int(ahead[0]) + 1
                self._stands, self._calm = True, 0
                continue
            self._calm = self._calm + 1 if down[at] else 0
            self._stands = self._calm < CALM
            at += 1
        return raised


class _PastOf:
    """The stream's own past, and ADWIN over its turns, as the monitor keeps them."""

    def __init__(self, cells: Cells, chance: Chance, of_one: int) -> None:
        self._cells, self._chance, self._of_one = cells, chance, of_one
        self._past = Past(cells.width)
        self._places = [place for place, name in enumerate(cells.features) if name in SCORES]
        delta = 1 / WINDOWS_PER_ALARM / len(FEATURES)
        rates = [place for place in self._places if cells.features[place].endswith("_rate")]
        self._adwins = {place: Adwin(delta) for place in rates}

    def follow(self, day: _Day) -> tuple[list[tuple[int, int, Chance]], list[tuple[int, Float64]]]:
        """What is expected from which minute to which, and what ADWIN says in each."""
        changes = {place: np.zeros(DAY) for place in self._adwins}
        spans, since = [], 0
        arrivals = day.came.tolist()
        for at, (minute, seller, rows) in enumerate(arrivals):
            self._past.added(str(seller), rows)
            last = at + 1 == len(arrivals) or arrivals[at + 1][0] != minute
            if not (last and self._past.turned(int(day.rows[minute]), self._of_one)):
                continue
            spans.append((since, minute, self._expected(day, since)))
            since = minute
            self._past.turn(day.counts[minute].copy())
            for place, adwin in self._adwins.items():
                no, yes = day.counts[minute, self._cells.span(self._cells.features[place])].tolist()
                changes[place][minute] = max(changes[place][minute], adwin.update(yes / max(no + yes, 1)))
        spans.append((since, DAY, self._expected(day, since)))
        return spans, list(changes.items())

    def _expected(self, day: _Day, minute: int) -> Chance:
        sellers = day.rows[minute] ** 2 / max(day.squares[minute], 1)
        return self._past.expected(self._cells, self._chance, self._places, sellers)
