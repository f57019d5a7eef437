"""How often undrifted traffic alarms: months of it, of sellers that the reference does not know."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.drift.halves import halves
from bench.drift.ring import stays
from bench.drift.rows import World
from bench.drift.simulation import Tally, Traffic, simulate
from bench.drift.traffic import DAY, uploads
from model.drift.making import OF_ONE, PAIRS_OF_ONE
from model.drift.monitor import ROWS

MONTH = 30
_RATE = 2.0
_MONTHS = 3  # of one dealing of the sellers


@dataclass
class Count:
    """What so many days of one kind of traffic gave."""

    days: int
    windows: int
    raised: dict[str, int]
    beyond: dict[str, int]
    beyond_whole: dict[str, int]
    by_month: list[int]


def false_alarms(
    worlds: list[World], *, days: int, bursty: bool, seed: int, windows: int, say: Callable[[str], None]
) -> Count:
    """Months of marketplaces, three to a dealing of the sellers.

    Args:
        worlds: taken in turns.
        days: in all, in months of thirty.
        bursty: what kind of traffic.
        seed: of all chance.
        windows: how many each reference's thresholds are drawn from.
        say: told of each month.
    """
    count = Count(0, 0, {}, {}, {}, [])
    months, began = -(-days // MONTH), time.monotonic()
    for month in range(months):
        rng = np.random.default_rng([seed, month, int(bursty)])
        if month % _MONTHS == 0:
            dealt = halves(worlds[month // _MONTHS % len(worlds)], rng, windows)
        reference, before = dealt.reference, sum(count.raised.values())
        told = uploads(dealt.listings, MONTH, rng, bursty=bursty, rate=_RATE)
        again = uploads(dealt.pairs, MONTH, rng, bursty=bursty, rate=_RATE)
        parts = (
            (dealt.listings, told, reference.reader.cells, reference.listing_chance, OF_ONE),
            (dealt.pairs, again, reference.pair_reader.cells, reference.pair_chance, PAIRS_OF_ONE),
        )
        for blocks, ups, cells, chance, of_one in parts:
            traffic = Traffic(cells, blocks, stays(ups, blocks, size=ROWS, of_one=of_one), of_one)
            _add(count, simulate(traffic, chance, MONTH))
        count.days += MONTH
        count.windows += MONTH * DAY
        count.by_month.append(sum(count.raised.values()) - before)
        say(f"{count.days} days, {sum(count.raised.values())} alarms, {time.monotonic() - began:.0f} s")
    return count


def _add(count: Count, tally: Tally) -> None:
    for total, own in (
        (count.raised, tally.raised),
        (count.beyond, tally.beyond),
        (count.beyond_whole, tally.beyond_whole),
    ):
        for name, number in own.items():
            total[name] = total.get(name, 0) + number


def poisson_interval(events: int, level: float = 0.95) -> tuple[float, float]:
    """Garwood's exact interval of a Poisson mean, by bisection."""
    tail = (1 - level) / 2
    low = 0.0 if not events else _solved(lambda mean: 1 - _at_most(events - 1, mean), tail, rising=True)
    return low, _solved(lambda mean: _at_most(events, mean), tail, rising=False)


def _at_most(events: int, mean: float) -> float:
    return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(events + 1))


def _solved(chance: Callable[[float], float], wanted: float, *, rising: bool) -> float:
    low, high = 1e-9, 1e5
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if (chance(middle) > wanted) == rising else (middle, high)
    return (low + high) / 2


def as_json(count: Count) -> str:
    """For a figure that can be read again."""
    return json.dumps(count.__dict__, indent=1, sort_keys=True)
