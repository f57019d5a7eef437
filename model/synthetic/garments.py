"""Which drawing belongs to which category, with the print on top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import cos, pi, sin
from typing import Final

from model.synthetic.accessories import (
    draw_backpack,
    draw_beanie,
    draw_cap,
    draw_handbag,
    draw_scarf,
    draw_shoe,
    draw_socks,
)
from model.synthetic.bottoms import draw_skirt, draw_trousers
from model.synthetic.canvas import Ink, Part, Point, ellipse
from model.synthetic.design import Design
from model.synthetic.hard_goods import draw_bottle, draw_suitcase, draw_watch
from model.synthetic.tops import draw_top, draw_top_back

_DRAW: Final[dict[str, Callable[[Design], list[Part]]]] = {
    **dict.fromkeys(
        ("tshirt", "longsleeve", "shirt", "polo", "hoodie", "sweater", "jacket", "gilet", "dress"), draw_top
    ),
    "trousers": draw_trousers,
    "shorts": draw_trousers,
    "skirt": draw_skirt,
    "sneaker": draw_shoe,
    "boot": draw_shoe,
    "handbag": draw_handbag,
    "backpack": draw_backpack,
    "cap": draw_cap,
    "beanie": draw_beanie,
    "scarf": draw_scarf,
    "socks": draw_socks,
    "watch": draw_watch,
    "bottle": draw_bottle,
    "suitcase": draw_suitcase,
}

WORN: Final = frozenset(
    {"tshirt", "longsleeve", "shirt", "polo", "hoodie", "sweater", "jacket", "gilet", "dress"}
)
"""Categories that a seller may show on a figure."""

_PRINT_PLACE: Final[dict[str, tuple[Point, float]]] = {
    "trousers": ((0.2, -0.02), 0.15),
    "shorts": ((0.24, -0.15), 0.14),
    "skirt": ((0.0, -0.25), 0.24),
    "sneaker": ((-0.5, 0.02), 0.14),
    "boot": ((-0.5, -0.05), 0.17),
    "handbag": ((0.0, 0.36), 0.2),
    "backpack": ((0.0, -0.1), 0.24),
    "cap": ((-0.28, -0.1), 0.22),
    "beanie": ((0.0, -0.15), 0.24),
    "scarf": ((-0.2, 0.12), 0.12),
    "socks": ((-0.44, 0.0), 0.13),
    "watch": ((0.0, 0.12), 0.15),
    "bottle": ((0.0, 0.25), 0.2),
    "suitcase": ((0.0, 0.2), 0.26),
}


def _star(centre: Point, radius: float, spikes: int, inner: float) -> tuple[Point, ...]:
    x, y = centre
    radii = (radius, radius * inner)
    angles = [pi * step / spikes - pi / 2 for step in range(2 * spikes)]
    return tuple((x + radii[i % 2] * cos(a), y + radii[i % 2] * sin(a)) for i, a in enumerate(angles))


def _motif(design: Design) -> list[Part]:
    """One of eight prints in the second colour."""
    (x, y), r = _PRINT_PLACE.get(design.category, ((0.0, -0.12), 0.22))

    def at(*points: Point) -> tuple[Point, ...]:
        return tuple((x + r * px, y + r * py) for px, py in points)

    fills: dict[int, list[Part]] = {
        0: [Part(Ink.SECOND, _star((x, y), r * 1.1, 5, 0.42))],
        1: [Part(Ink.SECOND, ((x, y),), 1.9 * r), Part(Ink.MAIN, ((x, y),), 1.1 * r)],
        2: [Part(Ink.SECOND, at((-1.1, 0.8), (-0.35, -0.7), (0.05, 0.1), (0.4, -0.35), (1.1, 0.8)))],
        3: [
            Part(
                Ink.SECOND,
                at((0.2, -1.1), (-0.7, 0.2), (-0.05, 0.2), (-0.25, 1.1), (0.7, -0.25), (0.05, -0.25)),
            )
        ],
        4: [
            Part(Ink.SECOND, at((-1, -0.75), (1, -0.75), (1, 0.75), (-1, 0.75))),
            Part(Ink.MAIN, at((-0.7, -0.45), (0.7, -0.45), (0.7, -0.15), (-0.7, -0.15))),
            Part(Ink.MAIN, at((-0.7, 0.15), (0.3, 0.15), (0.3, 0.45), (-0.7, 0.45))),
        ],
        5: [
            Part(Ink.SECOND, at((-0.48, -0.3)), 1.08 * r),
            Part(Ink.SECOND, at((0.48, -0.3)), 1.08 * r),
            Part(Ink.SECOND, at((-0.98, -0.1), (0.98, -0.1), (0.0, 1.1))),
        ],
        6: [Part(Ink.SECOND, _star((x, y), r, 12, 0.7)), Part(Ink.MAIN, _star((x, y), r * 0.5, 3, 0.5))],
        7: [Part(Ink.SECOND, ellipse((x, y + shift * r), r, r * 0.16)) for shift in (-0.6, 0.0, 0.6)],
    }
    return fills[design.motif]


def draw_garment(design: Design) -> list[Part]:
    """All parts of a garment from back to front."""
    parts = _DRAW[design.category](design)
    return [*parts, *_motif(design)] if design.pattern == "print" else parts


def draw_back(design: Design) -> list[Part]:
    """What is seen from behind: no print, no pockets, no closure; shoes and hats from their other side."""
    if design.category in WORN:
        return draw_top_back(design)
    bare = design.category in {"trousers", "shorts", "skirt", "handbag", "backpack"}
    return _DRAW[design.category](replace(design, pocket=0, closure=0, collar=0) if bare else design)
