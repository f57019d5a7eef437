"""How garments for the upper body are drawn."""

from __future__ import annotations

from math import cos, pi, sin

from model.synthetic.canvas import Ink, Part, Point, both, curve, ellipse, mirrored
from model.synthetic.design import Design

_SLEEVES = {"tshirt": 0.36, "polo": 0.38, "gilet": 0.0, "dress": 0.3}
_SHOULDER: Point = (0.40, -0.64)


def _sleeve(design: Design) -> list[Part]:
    length = _SLEEVES.get(design.category, 1.02)
    if design.category == "shirt" and design.motif == 0:
        length = 0.42
    if design.category == "dress":
        length = (0.0, 0.24, 0.24, 0.85)[design.closure]
    if not length:
        return []
    angle = pi * (0.36 if length > 0.6 else 0.24)
    wide = 0.235 + 0.05 * design.fit
    taper = wide * (0.62 if length > 0.6 else 0.9)
    x, y = _SHOULDER
    across: Point = (-sin(angle), cos(angle))
    end: Point = (x + cos(angle) * length, y + sin(angle) * length)
    inner: Point = (end[0] + across[0] * taper, end[1] + across[1] * taper)
    armpit: Point = (x + across[0] * wide * 1.1 + 0.03, y + across[1] * wide * 1.1 + 0.1)
    elbow: Point = (x + 0.08 + cos(angle) * length * 0.3, y - 0.015 + sin(angle) * length * 0.3)
    parts = [*both(Ink.FABRIC, [*curve([(x - 0.06, y - 0.01), (x, y), elbow, end], 3), inner, armpit])]
    back: Point = (-cos(angle) * 0.07, -sin(angle) * 0.07)
    cuff = [end, inner, (inner[0] + back[0], inner[1] + back[1]), (end[0] + back[0], end[1] + back[1])]
    if design.trim or design.category in {"sweater", "hoodie"}:
        parts += both(Ink.TRIM, cuff)
    else:
        parts += both(Ink.SEAM, cuff[2:], 0.01)
    return [*parts, *both(Ink.SEAM, [(x - 0.03, y), (x - 0.035, y + 0.15), armpit], 0.012)]


def _bottom(design: Design) -> float:
    return {"dress": 0.9, "jacket": 0.66, "gilet": 0.64}.get(design.category, 0.72) + 0.1 * design.length


def _body(design: Design) -> list[Part]:
    chest, bottom = 0.40 + 0.07 * design.fit, _bottom(design)
    x, y = _SHOULDER
    if design.category == "dress":
        waist = 0.28 + 0.05 * design.fit
        hem = 0.45 + 0.3 * design.fit
        right = [(0.15, -0.7), (x, y), (chest - 0.04, -0.3), (waist, 0.02), (hem * 0.85, 0.5), (hem, bottom)]
    else:
        right = [(0.15, -0.7), (x, y), (chest, -0.3), (chest - 0.03, 0.2), (chest + 0.02, bottom)]
    outline = mirrored((*right[:2], *curve(right[1:], 4)))
    parts = [Part(Ink.FABRIC, outline)]
    width = right[-1][0]
    if design.category == "dress":
        waist = right[3][0]
        if design.pocket % 2:  # belt
            parts.append(Part(Ink.TRIM, mirrored(((waist + 0.005, -0.01), (waist + 0.01, 0.05)))))
        shares = (-0.5, 0.0, 0.5) if design.collar % 2 else ()
        parts += [Part(Ink.SEAM, ((x * 0.4, 0.06), (x * width, bottom - 0.02)), 0.01) for x in shares]
    band = 0.08 if design.category in {"hoodie", "sweater"} or design.trim else 0.0
    if band:
        parts.append(Part(Ink.TRIM, mirrored(((width - 0.005, bottom - band), (width, bottom)))))
    else:
        parts.append(Part(Ink.SEAM, ((-width, bottom - 0.05), (width, bottom - 0.05)), 0.01))
    return parts


def _round_neck(design: Design, depth: float) -> list[Part]:
    hole = ellipse((0, -0.7), 0.16, depth, 0, pi)
    ring = Ink.TRIM if design.trim else Ink.MAIN
    return [Part(Ink.INSIDE, ellipse((0, -0.7), 0.16, 0.05)), Part(Ink.INSIDE, hole), Part(ring, hole, 0.045)]


def _v_neck(design: Design) -> list[Part]:
    hole = ((-0.16, -0.71), (0.0, -0.38), (0.16, -0.71))
    return [Part(Ink.INSIDE, hole), Part(Ink.TRIM if design.trim else Ink.MAIN, hole, 0.045)]


def _roll_neck() -> list[Part]:
    tube = mirrored(((0.15, -0.9), (0.165, -0.66)))
    return [Part(Ink.FABRIC, tube), Part(Ink.SEAM, ((-0.15, -0.78), (0.15, -0.78)), 0.012)]


def _folded_collar(design: Design) -> list[Part]:
    ink = Ink.SECOND if design.trim else Ink.MAIN
    wing = [(0.0, -0.58), (0.13, -0.8), (0.2, -0.7), (0.14, -0.46)]
    lines = both(Ink.SEAM, [*wing, wing[0]], 0.012)
    return [Part(Ink.INSIDE, ellipse((0, -0.71), 0.14, 0.06)), *both(ink, wing), *lines]


def _hood(design: Design) -> list[Part]:
    ink = Ink.SECOND if design.trim else Ink.MAIN
    hood = curve([(-0.24, -0.62), (-0.27, -0.82), (0.0, -0.98), (0.27, -0.82), (0.24, -0.62), (0.0, -0.5)], 4)
    cords = both(Ink.SOLE, [(0.07, -0.55), (0.08, -0.28)], 0.022)
    return [Part(ink, hood), Part(Ink.INSIDE, ellipse((0, -0.74), 0.15, 0.13)), *cords]


def _neck(design: Design) -> list[Part]:
    if design.category in {"shirt", "polo"}:
        return _folded_collar(design)
    if design.category == "hoodie":
        return _hood(design)
    kinds = {"jacket": (2, 3, 4, 2), "gilet": (1, 2, 1, 2), "sweater": (0, 1, 2, 0), "dress": (0, 1, 5, 0)}
    kind = kinds.get(design.category, (0, 1, 0, 5))[design.collar]
    if kind in {0, 5}:
        return _round_neck(design, 0.12 if kind == 0 else 0.22)
    if kind == 2:
        return _roll_neck()
    return {1: _v_neck, 3: _folded_collar, 4: _hood}[kind](design)


def _closure(design: Design) -> list[Part]:
    bottom = _bottom(design)
    top, kind = -0.5, design.closure
    if design.category == "shirt":
        kind = 1
    elif design.category == "polo":
        bottom, kind = -0.2, 1
    elif design.category in {"jacket", "gilet"}:
        kind = (1, 2, 2, 3)[kind]
    elif design.category == "hoodie":
        kind = (0, 2, 0, 4)[kind]
    else:
        return []
    if kind == 4:
        bottom = -0.15
    if kind == 0:
        return []
    line = Part(Ink.SEAM, ((0, top), (0, bottom)), 0.014)
    if kind == 1:
        count = 3 if bottom < 0 else 7
        rows = [top + 0.06 + (bottom - top - 0.1) * step / (count - 1) for step in range(count)]
        return [line, *(Part(Ink.METAL, ((0.0, y),), 0.05) for y in rows)]
    if kind == 3:  # double-breasted
        rows = [-0.25, 0.0, 0.25]
        return [line, *(dot for y in rows for dot in both(Ink.METAL, [(0.13, y)], 0.07))]
    zipper = Part(Ink.METAL, ((0, top), (0, bottom)), 0.03)
    return [
        zipper,
        Part(Ink.SEAM, ((0, top), (0, bottom)), 0.008),
        Part(Ink.METAL, ((0, top + 0.05),), 0.055),
    ]


def _box(x: float, y: float, wide: float, high: float) -> list[Point]:
    return [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]


def _pocket(design: Design) -> list[Part]:
    kind = design.pocket
    if design.category == "hoodie":
        if kind == 0:
            return []
        pouch = mirrored(((0.18, 0.2), (0.3, 0.48), (0.3, 0.56)))
        return [Part(Ink.FABRIC, pouch, 0), Part(Ink.SEAM, (*pouch, pouch[0]), 0.014)]
    if kind in {0, 3} and design.category in {"jacket", "gilet"}:
        slanted = [(0.18, 0.42), (0.3, 0.18)]
        return [*both(Ink.SEAM, slanted, 0.03)]
    if kind == 1:
        ink = Ink.SECOND if design.trim else Ink.FABRIC
        box = _box(0.1, -0.32, 0.18, 0.2)
        return [Part(ink, tuple(box)), Part(Ink.SEAM, tuple(box), 0.012)]
    if kind == 2 and design.category in {"jacket", "gilet", "shirt"}:
        box = _box(0.1, -0.32, 0.2, 0.22)
        flap = [(0.1, -0.32), (0.3, -0.32), (0.2, -0.25), (0.1, -0.32)]
        return [*both(Ink.SEAM, box, 0.012), *both(Ink.SEAM, flap, 0.012)]
    return []


def draw_top(design: Design) -> list[Part]:
    """Any garment for the upper body, dresses too, as parts from back to front."""
    return [*_sleeve(design), *_body(design), *_pocket(design), *_closure(design), *_neck(design)]


def draw_top_back(design: Design) -> list[Part]:
    """The same garment from behind: a hood hangs down, a collar goes round, all else is plain."""
    neck = [Part(Ink.TRIM if design.trim else Ink.MAIN, ellipse((0, -0.72), 0.17, 0.05, 0, pi), 0.06)]
    hooded = design.category == "hoodie" or (design.category in {"jacket", "gilet"} and design.collar == 2)
    if hooded:
        neck = [Part(Ink.SECOND if design.trim else Ink.MAIN, ellipse((0, -0.52), 0.24, 0.26))]
    return [*_sleeve(design), *_body(design), *neck, Part(Ink.SEAM, ((-0.38, -0.5), (0.38, -0.5)), 0.01)]
