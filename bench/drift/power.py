"""How many listings it takes until a break is noticed, by the monitor itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.drift.breaks import Breaks, Change, in_cents, in_pounds, in_yen, other_words
from bench.drift.halves import Halves, halves
from bench.drift.rows import World
from model.artifact import load_artifact
from model.drift import DriftMonitor
from model.drift.monitor import ROWS
from model.embedded import EmbeddedListing

_STEP = 16  # listings between two windows: a window a minute at sixteen listings a minute
_MOST = 1_024
EVERYBODY = "all sellers"


@dataclass(frozen=True)
class Break:
    """One line of the table.

    Attributes:
        name: what happens.
        share: of the sellers it happens to; 0 for one seller that is new.
        change: of each of their listings.
    """

    name: str
    share: float
    change: Change


@dataclass(frozen=True)
class Noticed:
    """One line's figures, in changed listings; None where it was not noticed within 1,024 listings of all.

    Attributes:
        features: what said so first, the most frequent first.
    """

    name: str
    who: str
    alarms: tuple[int | None, ...]
    information: tuple[int | None, ...]
    features: tuple[str, ...]


def breaks(world: World, seed: int) -> list[Break]:
    """All lines."""
    by_seller: dict[str, list[np.ndarray[tuple[int], np.dtype[np.float32]]]] = {}
    for row in world.rows:
        if row.embedding.image is not None:
            by_seller.setdefault(row.seller_id, []).append(row.embedding.image)
    means = np.stack([np.mean(images, axis=0) for images in by_seller.values()])
    spread = float(np.sqrt(np.square(means - means.mean(axis=0)).sum(axis=1).mean()))
    make = Breaks(load_artifact().projection.bias, spread)
    lines = [
        Break("a new seller like all others", 0, lambda row: row),
        Break(
            "a new seller with another photo style, twice as far as sellers differ", 0, make.style(2, seed)
        ),
        Break("the same, four times as far", 0, make.style(4, seed)),
        Break("a new seller without pictures", 0, make.no_pictures),
        Break("a new seller in another language", 0, other_words),
        Break("a new seller whose prices are in another currency", 0, in_yen),
    ]
    for share in (0.2, 1.0):
        lines += [
            Break("currency named wrongly, worth far less (EUR as JPY)", share, in_yen),
            Break("currency named wrongly, worth nearly the same (EUR as GBP)", share, in_pounds),
            Break("prices in cents", share, in_cents),
            Break("broken picture server", share, make.no_pictures),
            Break("new language, same script", share, other_words),
            Break(
                "changed encoder revision, pictures at cosine 0.8 with the old",
                share,
                make.revision(0.8, seed),
            ),
            Break("changed encoder revision, pictures at cosine 0.95", share, make.revision(0.95, seed)),
        ]
    return lines


def power(
    world: World, *, repeats: int, windows: int, seed: int, say: Callable[[str], None]
) -> list[Noticed]:
    """Break undrifted traffic, in several dealings of its sellers.

    Args:
        world: all listings; half of the sellers make the reference, the other half the traffic.
        repeats: dealings.
        windows: how many each reference's thresholds are drawn from.
        seed: of all chance.
        say: told of each dealing.
    """
    lines = breaks(world, seed)
    found: list[list[tuple[int | None, int | None, str]]] = [[] for _ in lines]
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        dealt = halves(world, rng, windows)
        places = np.array(dealt.live)[rng.permutation(len(dealt.live))]
        newcomer = world.rows[places[0]].seller_id
        usual = [place for place in places.tolist() if world.rows[place].seller_id != newcomer]
        for line, own in zip(lines, found, strict=True):
            own.append(
                _until(
                    world, _warm(world, dealt, usual[:ROWS]), line, usual[ROWS:], newcomer=newcomer, rng=rng
                )
            )
        say(f"{repeat + 1} of {repeats}")
    return [_line(line, own) for line, own in zip(lines, found, strict=True)]


def _warm(world: World, dealt: Halves, places: Sequence[int]) -> DriftMonitor:
    monitor = DriftMonitor(dealt.reference, world.rates)
    for start in range(0, len(places), 64):
        part = list(places[start : start + 64])
        monitor.rows([world.rows[place] for place in part], world.nearest[part])
    monitor.close(0, 0)  # what stands already is no news of the break
    return monitor


def _until(
    world: World,
    monitor: DriftMonitor,
    line: Break,
    usual: Sequence[int],
    *,
    newcomer: str,
    rng: np.random.Generator,
) -> tuple[int | None, int | None, str]:
    """Changed listings until the alarm, and until the information on a changed seller; what said so."""
    rows = [world.rows[place] for place in usual]
    sellers = sorted({row.seller_id for row in rows})
    struck = set(rng.permutation(sellers)[: round(line.share * len(sellers))].tolist()) or {newcomer}
    own = [row for row in world.rows if row.seller_id == newcomer]
    alarm, information, first, changed = None, None, "", 0
    for start in range(0, min(len(rows), _MOST), _STEP):
        batch: list[EmbeddedListing] = []
        for number, row in enumerate(rows[start : start + _STEP]):
            # A new seller brings every fourth listing.
            listed = own[(changed) % len(own)] if not line.share and number % 4 == 0 else row
            hit = listed.seller_id in struck
            changed += hit
            batch.append(line.change(listed) if hit else listed)
        monitor.rows(batch, np.full(len(batch), np.nan))
        for one in monitor.close(0, 0).alarms:
            if one.state != "raised":
                continue
            if one.level == "alarm" and alarm is None:
                alarm, first = changed, one.feature
            if one.seller in struck and information is None:
                information, first = changed, first or one.feature
        if alarm is not None and information is not None:
            break
    return alarm, information, first


def _line(line: Break, own: list[tuple[int | None, int | None, str]]) -> Noticed:
    who = {0: "one new seller", 1.0: EVERYBODY}.get(line.share, f"{line.share:.0%} of the sellers")
    names = [name for _, _, name in own if name]
    return Noticed(
        line.name,
        who,
        tuple(alarm for alarm, _, _ in own),
        tuple(told for _, told, _ in own),
        tuple(sorted(set(names), key=lambda name: (-names.count(name), name))),
    )
