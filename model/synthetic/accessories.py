"""How shoes, bags, hats, scarves and socks are drawn."""

from __future__ import annotations

from math import pi

from model.synthetic.canvas import Ink, Part, Point, both, curve, ellipse, mirrored
from model.synthetic.design import Design


def draw_shoe(design: Design) -> list[Part]:
    """A sneaker or boot from its side, the toe to the right."""
    boot = design.category == "boot"
    shaft = -0.75 + 0.2 * design.length if boot else -0.3 - 0.14 * design.length
    thick = 0.12 + 0.1 * design.fit
    upper: list[Point] = [(-0.82, 0.3), (-0.8, shaft + 0.1), (-0.76, shaft), (-0.28, shaft), (-0.18, -0.18)]
    upper += [*curve([(-0.18, -0.18), (0.2, 0.02), (0.62, 0.1), (0.84, 0.22), (0.86, 0.32)], 4)]
    parts = [Part(Ink.FABRIC, tuple(upper))]
    if design.pocket in {1, 2}:
        cap = curve(
            [(0.5, 0.08), (0.66, 0.11), (0.84, 0.22), (0.86, 0.34), (0.5, 0.34), (0.44, 0.22), (0.5, 0.08)], 3
        )
        parts.append(Part(Ink.SECOND if design.pocket == 1 else Ink.SOLE, cap))
    if design.collar in {1, 2}:
        heel: list[Point] = [(-0.82, 0.3), (-0.8, shaft + 0.1), (-0.66, shaft + 0.14), (-0.58, 0.3)]
        parts.append(Part(Ink.SECOND if design.collar == 1 else Ink.INSIDE, tuple(heel)))
    parts.append(
        Part(Ink.TRIM if design.trim else Ink.SEAM, ((-0.77, shaft + 0.03), (-0.28, shaft + 0.03)), 0.07)
    )
    if not boot and design.motif < 6:
        for step in range(1 + design.motif % 3):  # the maker's stripes
            x = -0.42 + 0.14 * step
            stripe = (
                (x, 0.28),
                (x + 0.06, 0.28),
                (x + 0.2, -0.06 + 0.05 * step),
                (x + 0.14, -0.08 + 0.05 * step),
            )
            parts.append(Part(Ink.SECOND, stripe))
    if boot and design.closure == 2:
        parts.append(Part(Ink.METAL, ((-0.5, shaft + 0.08), (-0.5, 0.2)), 0.03))
    elif boot and design.closure == 3:
        gore = ((-0.6, shaft + 0.05), (-0.44, 0.12), (-0.34, shaft + 0.05))
        parts.append(Part(Ink.INSIDE, gore))
    else:
        for step in range(4 if not boot else 6):
            x, y = -0.2 + 0.13 * step - (0.1 if boot else 0), (-0.2 + 0.065 * step) - (0.15 if boot else 0)
            parts.append(Part(Ink.SOLE, ((x - 0.07, y + 0.02), (x + 0.05, y + 0.12)), 0.035))
    sole: list[Point] = [(-0.86, 0.28), (0.86, 0.3), (0.9, 0.32 + thick * 0.5), (0.82, 0.3 + thick)]
    sole += [(-0.2, 0.3 + thick), (-0.25, 0.26 + thick), (-0.84, 0.28 + thick * 1.1)]
    parts.append(Part(Ink.INSIDE if design.closure == 1 else Ink.SOLE, tuple(sole)))
    parts.append(Part(Ink.SEAM, ((-0.85, 0.3), (0.88, 0.32)), 0.016))
    return parts


def draw_handbag(design: Design) -> list[Part]:
    """A handbag with handle, flap, clasp."""
    top, low = 0.5 + 0.15 * design.fit, 0.58 + 0.2 * (1 - design.fit)
    rise = 0.35 + 0.3 * design.length
    parts = [
        Part(Ink.TRIM if design.trim else Ink.MAIN, ellipse((0, -0.2), top * 0.62, rise, pi, 2 * pi), 0.07)
    ]
    body: list[Point] = [(top, -0.22), (low, 0.55), (low - 0.08, 0.64)]
    parts.append(Part(Ink.FABRIC, mirrored(body)))
    if design.collar == 1:
        flap = mirrored(((top, -0.22), (top - 0.02, 0.05), (top * 0.5, 0.2)))
        parts += [
            Part(Ink.MAIN, flap),
            Part(Ink.SEAM, (*flap, flap[0]), 0.014),
            Part(Ink.METAL, ((0.0, 0.18),), 0.1),
        ]
    elif design.collar == 2:
        parts += [
            Part(Ink.SEAM, ((-top, -0.12), (top, -0.12)), 0.02),
            Part(Ink.METAL, ((-top, -0.15), (top, -0.15)), 0.02),
        ]
    elif design.collar == 3:
        parts += both(Ink.SECOND, [(0.24, -0.22), (0.34, -0.22), (0.36, 0.63), (0.26, 0.63)])
    if design.pocket == 1:
        box: tuple[Point, ...] = ((-0.28, 0.26), (0.28, 0.26), (0.28, 0.56), (-0.28, 0.56), (-0.28, 0.26))
        parts.append(Part(Ink.SEAM, box, 0.016))
    elif design.pocket == 2:
        parts += [
            Part(Ink.METAL, ((0.4, -0.1),), 0.06),
            Part(Ink.SECOND, ((0.4, -0.08), (0.34, 0.2), (0.46, 0.2))),
        ]
    return [*parts, *both(Ink.METAL, [(top * 0.62, -0.2)], 0.08)]


def draw_backpack(design: Design) -> list[Part]:
    """A backpack from its front."""
    wide = 0.46 + 0.1 * design.fit
    shape = curve(
        [
            (0.0, -0.8),
            (wide * 0.75, -0.72),
            (wide, -0.35),
            (wide + 0.02, 0.5),
            (wide - 0.1, 0.78),
            (0.0, 0.8),
        ],
        4,
    )
    parts = [Part(Ink.MAIN, ellipse((0, -0.78), 0.14, 0.16, pi, 2 * pi), 0.06)]
    parts += both(Ink.INSIDE, curve([(wide * 0.8, -0.6), (wide + 0.16, -0.2), (wide + 0.06, 0.5)], 4), 0.07)
    parts.append(Part(Ink.FABRIC, mirrored(shape)))
    front = Ink.SECOND if design.trim else Ink.FABRIC
    if design.pocket != 0:
        high = (0, 0.5, 0.36, 0.62)[design.pocket]
        box = mirrored(((wide - 0.14, 0.72 - high), (wide - 0.1, 0.66), (wide - 0.16, 0.72)))
        parts += [Part(front, box), Part(Ink.SEAM, (*box, box[0]), 0.014)]
        parts.append(Part(Ink.METAL, ((-wide + 0.2, 0.78 - high), (wide - 0.2, 0.78 - high)), 0.022))
    if design.collar == 1:
        parts.append(Part(Ink.METAL, ellipse((0, -0.3), wide - 0.08, 0.4, pi, 2 * pi), 0.022))
    elif design.collar == 2:
        flap = mirrored(((wide * 0.72, -0.72), (wide, -0.35), (wide * 0.9, -0.1)))
        parts += [Part(Ink.SECOND, flap), Part(Ink.METAL, ((0.0, -0.12),), 0.1)]
    elif design.collar == 3:
        parts += both(Ink.SECOND, [(0.2, -0.7), (0.28, -0.7), (0.28, 0.78), (0.2, 0.78)])
    return parts


def draw_cap(design: Design) -> list[Part]:
    """A baseball cap, the brim to the right."""
    high = 0.62 + 0.16 * design.length
    dome = (*ellipse((-0.15, 0.2), 0.6, high, pi, 2 * pi), (0.45, 0.24), (-0.75, 0.24))
    brim = curve([(0.36, 0.1), (0.8, 0.14), (0.96, 0.3), (0.7, 0.34), (0.3, 0.24)], 4)
    parts = [Part(Ink.FABRIC, dome), Part(Ink.SECOND if design.trim else Ink.MAIN, brim)]
    parts.append(Part(Ink.SEAM, ((-0.15, 0.2 - high), (-0.1, 0.22)), 0.012))
    parts.append(Part(Ink.SEAM, curve([(-0.15, 0.2 - high), (0.16, -0.2), (0.26, 0.22)], 4), 0.012))
    parts.append(Part(Ink.TRIM if design.collar == 1 else Ink.MAIN, ((-0.15, 0.19 - high),), 0.09))
    if design.pocket == 1:
        parts.append(Part(Ink.SECOND, ((0.02, -0.1), (0.24, -0.1), (0.22, 0.1), (0.0, 0.1))))
    if design.closure == 1:
        parts += [Part(Ink.INSIDE, ellipse((-0.6, 0.12), 0.1, 0.12, pi, 2 * pi))]
    return [*parts, Part(Ink.SEAM, ((-0.75, 0.24), (0.42, 0.24)), 0.02)]


def draw_beanie(design: Design) -> list[Part]:
    """A knitted hat, with or without a pompom."""
    dome = (*ellipse((0, 0.2), 0.55, 0.8 + 0.1 * design.length, pi, 2 * pi), (0.55, 0.4), (-0.55, 0.4))
    cuff = mirrored(((0.58, 0.2), (0.6, 0.34 + 0.2 * design.fit)))
    parts: list[Part] = []
    if design.collar in {1, 2}:
        parts.append(Part(Ink.SECOND if design.collar == 1 else Ink.MAIN, ((0.0, -0.7),), 0.36))
    parts += [Part(Ink.FABRIC, dome), Part(Ink.TRIM if design.trim else Ink.MAIN, cuff)]
    places = [step / 8 - 0.5 for step in range(9)]
    parts += [Part(Ink.SEAM, ((x, 0.22), (x, 0.32 + 0.2 * design.fit)), 0.012) for x in places]
    if design.pocket == 1:
        parts.append(Part(Ink.SECOND, ((0.1, 0.24), (0.32, 0.24), (0.32, 0.36), (0.1, 0.36))))
    return parts


def draw_scarf(design: Design) -> list[Part]:
    """A scarf, laid in a loop with two ends."""
    wide = 0.13 + 0.05 * design.fit
    end = 0.5 + 0.3 * design.length
    parts: list[Part] = []
    for side, low in ((-1, end), (1, end - 0.18)):
        x = side * 0.2
        parts.append(
            Part(
                Ink.FABRIC,
                ((x - wide, -0.4), (x + wide, -0.4), (x + wide + 0.03, low), (x - wide - 0.02, low)),
            )
        )
        if design.trim:
            parts.append(
                Part(
                    Ink.SECOND,
                    (
                        (x - wide, low - 0.22),
                        (x + wide, low - 0.22),
                        (x + wide, low - 0.1),
                        (x - wide, low - 0.1),
                    ),
                )
            )
        if design.collar != 0:
            places = [x - wide + wide * step / 3 for step in range(7)]
            fringe = Ink.MAIN if design.collar != 2 else Ink.SECOND
            parts += [Part(fringe, ((place, low), (place, low + 0.12)), 0.025) for place in places]
    loop = curve(
        [
            (-0.5, -0.55),
            (0.0, -0.2),
            (0.5, -0.55),
            (0.42, -0.82),
            (0.0, -0.66),
            (-0.42, -0.82),
            (-0.5, -0.55),
        ],
        5,
    )
    return [
        *parts,
        Part(Ink.FABRIC, loop),
        Part(Ink.SEAM, curve([(-0.44, -0.6), (0.0, -0.38), (0.44, -0.6)], 5), 0.014),
    ]


def draw_socks(design: Design) -> list[Part]:
    """A pair of socks."""
    parts: list[Part] = []
    top = -0.85 + 0.6 * (1 - design.length)
    for shift in (-0.42, 0.22):
        outline: list[Point] = [(shift - 0.2, top), (shift + 0.16, top), (shift + 0.17, 0.25)]
        toe = curve(
            [(shift + 0.17, 0.25), (shift + 0.5, 0.45), (shift + 0.56, 0.66), (shift + 0.36, 0.76)], 4
        )
        heel = curve(
            [(shift + 0.36, 0.76), (shift - 0.05, 0.66), (shift - 0.23, 0.42), (shift - 0.2, top)], 4
        )
        parts.append(Part(Ink.FABRIC, (*outline, *toe, *heel)))
        if design.collar in {1, 2}:
            tip: tuple[Point, ...] = (
                (shift + 0.4, 0.39),
                (shift + 0.56, 0.55),
                (shift + 0.55, 0.68),
                (shift + 0.36, 0.76),
            )
            parts.append(Part(Ink.SECOND, tip))
        if design.collar in {2, 3}:
            parts.append(Part(Ink.SECOND, ellipse((shift - 0.1, 0.52), 0.13, 0.13)))
        cuff: tuple[Point, ...] = (
            (shift - 0.2, top),
            (shift + 0.16, top),
            (shift + 0.16, top + 0.14),
            (shift - 0.2, top + 0.14),
        )
        parts.append(Part(Ink.TRIM, cuff))
        lines = [shift - 0.2 + 0.06 * step for step in range(1, 6)]
        parts += [Part(Ink.SEAM, ((x, top + 0.01), (x, top + 0.13)), 0.01) for x in lines]
    return parts
