"""Charts as SVG: scores over time against their threshold, and shares of cells beside the reference's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from consumer.drift.shapes import Shape
from model.evaluation.page.markup import Markup, element

_WIDTH, _HEIGHT = 420, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 10, 10, 34
_LETTER = 6.6  # about how wide one is, in the chart's units
_MOST_POINTS = 400
_GAP = 3  # times the usual step between two points; over it the line is broken


class Point(NamedTuple):
    """A score at a time."""

    time_ms: int
    score: float
    threshold: float


def over_time(points: Sequence[Point]) -> Markup:
    """Scores against their threshold, oldest first; where nothing was measured the line has a gap."""
    shown = points[:: max(1, len(points) // _MOST_POINTS)]
    first, last = shown[0].time_ms, max(shown[-1].time_ms, shown[0].time_ms + 1)
    top = 1.15 * max(max(point.score, point.threshold) for point in shown)

    def place(point: Point, value: float) -> str:
        return f"{_x((point.time_ms - first) / (last - first))},{_y(value / top)}"

    lines = [
        element("polyline", points=" ".join(place(point, point.score) for point in run), class_="score")
        if len(run) > 1
        else _dot(place(run[0], run[0].score))
        for run in _runs(shown)
    ]
    limits = [place(point, point.threshold) for point in shown]
    if len(shown) == 1:  # no line yet: its threshold goes all the way across
        limits.append(f"{_x(1)},{_y(shown[0].threshold / top)}")
    limit = element("polyline", points=" ".join(limits), class_="limit", fill="none")
    end = _dot(place(shown[-1], shown[-1].score))
    ticks = [element("text", _short(first), x=_LEFT, y=_HEIGHT - 8)]
    if _short(last) != _short(first):
        ticks.append(element("text", _short(last), x=_WIDTH - _RIGHT, y=_HEIGHT - 8, text_anchor="end"))
    return _chart("Score over time", [*_rules(top), *lines, limit, end, *ticks])


def beside(shape: Shape) -> Markup:
    """The listings' shares of each cell beside the reference's."""
    top = 1.1 * max(*shape.before.tolist(), *shape.now.tolist(), 1e-6)
    wide = (_WIDTH - _LEFT - _RIGHT) / len(shape.labels)
    bars = []
    for number, label in enumerate(shape.labels):
        for turn, (kind, shares) in enumerate((("before", shape.before), ("now", shape.now))):
            share = float(shares[number])
            told = f"{label}: {100 * share:.1f} % {'now' if turn else 'in the reference'}"
            bars.append(
                element(
                    "rect",
                    element("title", told),
                    x=f"{_LEFT + (number + 0.08 + 0.42 * turn) * wide:.1f}",
                    y=_y(share / top),
                    width=f"{0.42 * wide:.1f}",
                    height=f"{_y(0) - _y(share / top):.1f}",
                    class_=kind,
                )
            )
    labels = [
        element("text", label, x=f"{at:.1f}", y=_HEIGHT - 12, text_anchor="middle")
        for label, at in _named(shape, wide)
    ]
    return _chart("Shares now and in the reference", [*_rules(100 * top, " %"), *bars, *labels])


def _named(shape: Shape, wide: float) -> list[tuple[str, float]]:
    """Labels and where their middles go: as many as fit, those of the largest shares first.

    Cells between edges, which make a scale, are named at even steps instead.
    """
    places = {number: _LEFT + (number + 0.5) * wide for number in range(len(shape.labels))}
    longest = _LETTER * max(len(label) for label in shape.labels)
    step = math.ceil(longest / wide)
    if step == 1 or shape.labels[0].startswith("≤"):
        return [(shape.labels[number], at) for number, at in places.items() if number % step == 0]
    found: list[tuple[str, float]] = []
    largest = sorted(places, key=lambda number: -max(shape.before[number], shape.now[number]))
    for number in largest:
        label, half = shape.labels[number], _LETTER * len(shape.labels[number]) / 2
        at = min(max(places[number], _LEFT + half), _WIDTH - half)
        if all(abs(at - other) > half + _LETTER * (len(name) + 2) / 2 for name, other in found):
            found.append((label, at))
    return found


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Points without a long silence between them."""
    steps = sorted(b.time_ms - a.time_ms for a, b in pairwise(points))
    usual = steps[len(steps) // 2] if steps else 0
    runs: list[list[Point]] = [[points[0]]]
    for before, point in pairwise(points):
        if point.time_ms - before.time_ms > _GAP * usual:
            runs.append([])
        runs[-1].append(point)
    return runs


def _dot(place: str) -> Markup:
    x, y = place.split(",")
    return element("circle", cx=x, cy=y, r=3, class_="late")


def _rules(top: float, unit: str = "") -> list[Markup]:
    """Three lines across, at round numbers."""
    step = _round(top / 3)
    return [
        mark
        for number in range(int(top / step) + 1)
        for tall in (_y(number * step / top),)
        for mark in (
            element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=tall, y2=tall, class_="grid"),
            element("text", f"{number * step:g}{unit}", x=_LEFT - 5, y=tall + 4, text_anchor="end"),
        )
    ]


def _round(step: float) -> float:
    scale = 10.0 ** math.floor(math.log10(max(step, 1e-9)))
    return next(scale * nice for nice in (1, 2, 5, 10) if scale * nice >= step)


def _x(share: float) -> float:
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _short(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, tz=UTC).strftime("%d %b %H:%M")


def _chart(title: str, marks: Sequence[Markup]) -> Markup:
    return element(
        "svg", *marks, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=title, class_="chart"
    )
