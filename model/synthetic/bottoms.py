"""How trousers, shorts and skirts are drawn."""

from __future__ import annotations

from model.synthetic.canvas import Ink, Part, Point, both, curve, mirrored
from model.synthetic.design import Design


def _waistband(design: Design, half: float) -> list[Part]:
    band = mirrored(((half, -0.86), (half + 0.01, -0.76)))
    parts = [
        Part(Ink.TRIM if design.trim else Ink.MAIN, band),
        Part(Ink.SEAM, ((-half, -0.76), (half, -0.76)), 0.012),
    ]
    if design.closure == 1:
        parts.append(Part(Ink.METAL, ((0.0, -0.81),), 0.06))
    elif design.closure == 2:
        parts += both(Ink.SOLE, [(0.03, -0.8), (0.06, -0.55)], 0.022)
    elif design.closure == 3:
        parts += [
            Part(Ink.INSIDE, mirrored(((half, -0.84), (half, -0.78)))),
            Part(Ink.METAL, ((0, -0.81),), 0.08),
        ]
    return parts


def _pockets(design: Design, half: float) -> list[Part]:
    if design.pocket == 0:
        return []
    if design.pocket == 3:
        box: list[Point] = [(0.16, -0.1), (0.36, -0.1), (0.36, 0.12), (0.16, 0.12), (0.16, -0.1)]
        return [
            *both(Ink.FABRIC, box),
            *both(Ink.SEAM, box, 0.014),
            *both(Ink.SEAM, [(0.16, -0.04), (0.36, -0.04)], 0.014),
        ]
    edge: list[Point] = [(half - 0.1, -0.76), (half - 0.04, -0.6), (half + 0.05, -0.52)]
    return [
        *both(Ink.SEAM, edge if design.pocket == 1 else [(half - 0.06, -0.7), (half + 0.0, -0.48)], 0.016)
    ]


def draw_trousers(design: Design) -> list[Part]:
    """Trousers or shorts."""
    waist, hip = 0.31, 0.4 + 0.04 * design.fit
    short = design.category == "shorts"
    end = (0.02 + 0.35 * design.length) if short else (0.82 + 0.12 * design.length)
    hem = (0.44 + 0.1 * design.fit) if short else (0.3 + 0.2 * design.fit)
    gap = 0.05 if short else 0.08 + 0.05 * (1 - design.fit)
    crotch = -0.28
    outer = curve([(waist, -0.86), (hip, -0.45), ((hip + hem) / 2, (end - 0.3) / 2), (hem, end)], 4)
    parts = [*both(Ink.FABRIC, [*outer, (gap, end), (0.0, crotch), (0.0, -0.86)])]
    cuff: list[Point] = [(hem, end), (gap, end), (gap - 0.006, end - 0.07), (hem + 0.003, end - 0.07)]
    parts += both(Ink.TRIM, cuff) if design.trim else both(Ink.SEAM, cuff[2:], 0.012)
    fly = curve([(0.0, -0.76), (0.0, -0.5), (0.0, crotch)], 3)
    parts += [
        Part(Ink.SEAM, fly, 0.014),
        Part(Ink.SEAM, curve([(0.07, -0.76), (0.07, -0.5), (0.0, -0.42)], 3), 0.01),
    ]
    if design.collar == 1:  # creases
        parts += both(Ink.SEAM, [((waist + 0.02) * 0.6, -0.6), ((hem + gap) / 2, end - 0.08)], 0.01)
    if design.collar == 2:  # side stripe
        parts += both(Ink.SECOND, [(point[0] - 0.035, point[1]) for point in outer[4:]], 0.045)
    if design.collar == 3 and not short:  # knee patches
        parts += both(Ink.SEAM, [(gap + 0.02, 0.2), (hem + 0.02, 0.2)], 0.014)
    return [*parts, *_pockets(design, waist), *_waistband(design, waist)]


def draw_skirt(design: Design) -> list[Part]:
    """A skirt, from pencil to circle."""
    waist, end = 0.3, 0.15 + 0.6 * design.length
    hem = 0.4 + 0.42 * design.fit
    outer = curve([(waist, -0.86), (waist + (hem - waist) * 0.45, -0.4), (hem, end)], 5)
    parts = [Part(Ink.FABRIC, mirrored(outer))]
    if design.collar == 1:  # pleats
        shares = (-0.8, -0.48, -0.16, 0.16, 0.48, 0.8)
        parts += [Part(Ink.SEAM, ((share * waist, -0.76), (share * hem, end)), 0.012) for share in shares]
    elif design.collar == 2:  # slit
        parts.append(Part(Ink.INSIDE, ((hem * 0.4, end), (hem * 0.38, end - 0.4), (hem * 0.5, end))))
    elif design.collar == 3:  # front buttons
        count = 6
        rows = [-0.68 + (end + 0.6) * step / count for step in range(count)]
        parts += [
            Part(Ink.SEAM, ((0, -0.76), (0, end)), 0.012),
            *(Part(Ink.METAL, ((0.0, y),), 0.05) for y in rows),
        ]
    if design.trim:
        parts.append(Part(Ink.TRIM, mirrored(((hem - 0.012, end - 0.08), (hem, end)))))
    return [*parts, *_pockets(design, waist)[: 2 if design.pocket != 3 else 0], *_waistband(design, waist)]
