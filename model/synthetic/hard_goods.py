"""How watches, bottles and suitcases are drawn: goods whose size is a product's own."""

from __future__ import annotations

from math import cos, pi, sin

from model.synthetic.canvas import Ink, Part, Point, both, curve, ellipse, mirrored
from model.synthetic.design import Design


def draw_watch(design: Design) -> list[Part]:
    """A wristwatch from above: the strap is the fabric, the dial of the second colour or white."""
    case, wide = 0.34 + 0.08 * design.fit, 0.19 + 0.05 * design.length
    parts: list[Part] = []
    for side in (-1, 1):
        end = 0.92 if side > 0 else 0.86
        strap = mirrored(((wide, side * 0.2), (wide * 0.92, side * (end - 0.1)), (wide * 0.5, side * end)))
        parts.append(Part(Ink.FABRIC, strap))
        holes = range(4) if side > 0 else range(0)
        parts += [Part(Ink.INSIDE, ((0.0, 0.52 + 0.09 * hole),), 0.04) for hole in holes]
    if design.trim:
        parts += both(Ink.SECOND, [(wide * 0.8, -0.84), (wide * 0.85, 0.84)], 0.025)
    square = design.collar == 1
    rim = (
        mirrored(((case * 0.8, -case), (case, -case * 0.8), (case, case * 0.8), (case * 0.8, case)))
        if square
        else ellipse((0, 0), case, case)
    )
    dial = Ink.SECOND if design.pocket in {1, 2} else Ink.SOLE
    parts += [Part(Ink.METAL, ((case, 0.0),), 0.1), Part(Ink.METAL, rim)]
    parts.append(Part(dial, tuple((x * 0.84, y * 0.84) for x, y in rim)))
    marks = 12 if design.closure % 2 else 4
    for mark in range(marks):
        x, y = cos(2 * pi * mark / marks), sin(2 * pi * mark / marks)
        parts.append(
            Part(Ink.INSIDE, ((x * case * 0.66, y * case * 0.66), (x * case * 0.78, y * case * 0.78)), 0.03)
        )
    if design.closure > 1:
        parts += [Part(Ink.METAL, ((0.0, case * 0.4),), 0.16), Part(dial, ((0.0, case * 0.4),), 0.11)]
    hands: list[Point] = [(-case * 0.3, -case * 0.28), (0.0, 0.0), (case * 0.42, -case * 0.36)]
    return [*parts, Part(Ink.INSIDE, tuple(hands), 0.04)]


def draw_bottle(design: Design) -> list[Part]:
    """A drinking bottle that stands."""
    wide, top = 0.26 + 0.08 * design.fit, -0.42 - 0.14 * design.length
    body = mirrored(
        (
            *curve([(wide * 0.45, top), (wide * 0.8, top + 0.08), (wide, top + 0.24)], 4),
            (wide, 0.78),
            (wide - 0.05, 0.84),
        )
    )
    lid = Ink.SECOND if design.trim else Ink.INSIDE
    neck = wide * (0.5 if design.collar % 2 else 0.62)
    parts = [Part(Ink.FABRIC, body), Part(lid, mirrored(((neck, top - 0.2), (neck, top + 0.02))))]
    if design.collar > 1:
        parts.append(Part(lid, ellipse((0, top - 0.2), neck * 0.8, 0.16, pi, 2 * pi), 0.06))
    if design.pocket == 1:
        parts.append(Part(Ink.METAL, mirrored(((wide, 0.66), (wide, 0.74)))))
    elif design.pocket == 2:
        parts.append(Part(Ink.SECOND, mirrored(((wide, 0.5), (wide - 0.05, 0.84)))))
    if design.closure == 1:
        parts.append(
            Part(Ink.MAIN, ((wide, -0.1), (wide + 0.16, 0.0), (wide + 0.16, 0.4), (wide, 0.5)), 0.07)
        )
    return [*parts, Part(Ink.SEAM, ((-wide + 0.07, top + 0.3), (-wide + 0.07, 0.7)), 0.03)]


def draw_suitcase(design: Design) -> list[Part]:
    """A suitcase on wheels, its handle drawn out."""
    wide, top = 0.44 + 0.08 * design.fit, -0.42 - 0.06 * design.length
    shell = mirrored(((wide - 0.08, top), (wide, top + 0.1), (wide, 0.64), (wide - 0.08, 0.74)))
    parts = [
        Part(Ink.METAL, ((-0.2, top), (-0.2, -0.92), (0.2, -0.92), (0.2, top)), 0.045),
        *both(Ink.INSIDE, [(wide - 0.1, 0.79)], 0.16),
        Part(Ink.FABRIC, shell),
    ]
    if design.pocket in {1, 2}:
        places = [step / 5 for step in range(-2, 3)]
        parts += [
            Part(Ink.SEAM, ((x * wide * 1.7, top + 0.08), (x * wide * 1.7, 0.66)), 0.025) for x in places
        ]
    elif design.pocket == 3:
        box = mirrored(((wide - 0.1, 0.1), (wide - 0.1, 0.6)))
        parts.append(Part(Ink.SEAM, (*box, box[0]), 0.02))
    if design.trim:
        parts += both(Ink.SECOND, [(wide - 0.14, top), (wide, top + 0.14), (wide - 0.02, top)])
    if design.collar == 1:
        parts.append(Part(Ink.SECOND, ((-wide, 0.0), (wide, 0.0)), 0.09))
    return [*parts, Part(Ink.INSIDE, ellipse((0, top), 0.15, 0.08, pi, 2 * pi), 0.05)]
