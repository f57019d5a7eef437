"""What new products do to a reference that knows none of them, however alike their market is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.drift.halves import halves, whole
from bench.drift.rows import World
from model.drift import DriftMonitor, DriftReference
from model.drift.monitor import ROWS
from model.embedded import EmbeddedListing

SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
_STEP, _MOST = 16, 1_024


@dataclass(frozen=True)
class Turned:
    """One line: some of the newest listings are of new products.

    Attributes:
        listings: that the reference is of.
        share: of listings that are of new products, by sellers that the reference does not know.
        after: by dealing, listings until the first alarm; None where there was none within 1,024.
        features: that raised one, the most frequent first.
    """

    listings: int
    share: float
    after: tuple[int | None, ...]
    features: tuple[str, ...]


def turnover(
    old: World, new: World, *, repeats: int, windows: int, seed: int, say: Callable[[str], None]
) -> list[Turned]:
    """Hold a second catalogue against a reference of the first, drawn in the same way.

    Args:
        old: half of its sellers make the reference, and the other half, with the same products, are the
            traffic; then all of them are both, as with an artifact's own reference.
        new: other sellers with other products, of the same shelves.
        repeats: dealings of the old one's sellers.
        windows: how many each reference's thresholds are drawn from.
        seed: of all chance.
        say: told of each dealing.
    """
    lines: list[Turned] = []
    all_of_it = whole(old, windows)
    for half in (True, False):
        found: dict[float, list[tuple[int | None, Sequence[str]]]] = {share: [] for share in SHARES}
        reference = all_of_it
        for repeat in range(repeats):
            rng = np.random.default_rng([seed, repeat])
            live = tuple(range(len(old.rows)))
            if half:
                dealt = halves(old, rng, windows)
                reference, live = dealt.reference, dealt.live
            usual = [old.rows[place] for place in np.array(live)[rng.permutation(len(live))]]
            others = [new.rows[place] for place in rng.permutation(len(new.rows))]
            for share, own in found.items():
                monitor = _warm(reference, old, usual[:ROWS])
                own.append(_raised(monitor, mixed(usual[ROWS:], others, share, rng)))
            say(f"{old.name}: {repeat + 1} of {repeats}")
        lines += [
            Turned(reference.listings, share, tuple(after for after, _ in own), _frequent(own))
            for share, own in found.items()
        ]
    return lines


def _warm(reference: DriftReference, world: World, rows: Sequence[EmbeddedListing]) -> DriftMonitor:
    monitor = DriftMonitor(reference, world.rates)
    for start in range(0, len(rows), _STEP):
        part = rows[start : start + _STEP]
        monitor.rows(part, np.full(len(part), np.nan))
    monitor.close(0, 0)  # what stands already is no news
    return monitor


def mixed(
    usual: Sequence[EmbeddedListing],
    others: Sequence[EmbeddedListing],
    share: float,
    rng: np.random.Generator,
) -> list[EmbeddedListing]:
    """At most 1,024 of the usual, each replaced by the next of the others with the chance `share`."""
    rest = iter(others)
    return [next(rest) if rng.random() < share else one for one in usual[:_MOST]]


def _raised(monitor: DriftMonitor, rows: Sequence[EmbeddedListing]) -> tuple[int | None, list[str]]:
    first: int | None = None
    names: list[str] = []
    for start in range(0, len(rows), _STEP):
        part = rows[start : start + _STEP]
        monitor.rows(part, np.full(len(part), np.nan))
        for one in monitor.close(0, 0).alarms:
            if one.state == "raised" and one.level == "alarm":
                first = start + len(part) if first is None else first
                names.append(one.feature)
    return first, names


def _frequent(own: Sequence[tuple[int | None, Sequence[str]]]) -> tuple[str, ...]:
    return tuple(name for name, _ in Counter(name for _, names in own for name in names).most_common())
