"""Charts as SVG, drawn by ourselves: no script, no library, colours from the page's style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.evaluation.metrics import Bin
from model.evaluation.page.markup import Markup, element

Float64 = NDArray[np.float64]

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 46
_MOST_POINTS = 240


@dataclass(frozen=True)
class Curve:
    """A line of a chart: x and y in [0, 1], and its number, which gives it its colour and dashes."""

    name: str
    number: int
    x: Float64
    y: Float64


def precision_recall(curves: Sequence[Curve]) -> Markup:
    """Precision over recall."""
    lines = [
        element("polyline", points=_points(_thinned(curve)), class_=f"line c{curve.number}")
        for curve in reversed(curves)
    ]
    return _chart("Precision over recall", "recall", "precision", [*_grid(), *lines])


def reliability_diagram(bins: Sequence[Bin], over_half: Sequence[Bin]) -> Markup:
    """The share of true pairs over the probability that was said, each bin with its interval and its size.

    Args:
        bins: of all pairs; most lie near 0, since most pairs that are offered are false.
        over_half: of those over 0.5, drawn as rings.
    """
    ideal = element("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), class_="ideal")
    marks = [ideal, *_bins(bins, "dot"), *_bins(over_half, "ring")]
    return _chart("Reliability", "probability said", "share of true pairs", [*_grid(), *marks])


def _bins(bins: Sequence[Bin], kind: str) -> list[Markup]:
    most = max((one.pairs for one in bins), default=1)
    marks = []
    for one in bins:
        place = _x(one.probability)
        size = 2.5 + 4.5 * float(np.sqrt(one.pairs / most))
        said = (
            f"{one.pairs} pairs, said {100 * one.probability:.1f} %, true {100 * one.share:.1f} %"
            f" ({100 * one.interval[0]:.1f}-{100 * one.interval[1]:.1f})"
        )
        marks += [
            element(
                "line", x1=place, x2=place, y1=_y(one.interval[0]), y2=_y(one.interval[1]), class_="whisker"
            ),
            element(
                "circle", element("title", said), cx=place, cy=_y(one.share), r=f"{size:.1f}", class_=kind
            ),
        ]
    return marks


def score_histogram(true: Float64, false: Float64, bins: int = 40) -> Markup:
    """How many true and false pairs have which log-odds, counts on a scale of logarithms."""
    every = np.concatenate([true, false])
    if not len(every):
        return _chart("Scores", "log-odds", "pairs", [])
    low, high = float(np.floor(every.min())), float(np.ceil(every.max()))
    high = max(high, low + 1)
    edges = np.linspace(low, high, bins + 1)
    counts = [np.histogram(values, edges)[0] for values in (false, true)]
    top = max(1.0, float(np.ceil(np.log10(1 + max(count.max() for count in counts)))))
    marks = [*_decades(int(top)), *_ticks(low, high)]
    width = (_x(1) - _x(0)) / bins
    for name, count in zip(("false", "true"), counts, strict=True):
        for number, pairs in enumerate(count.tolist()):
            if pairs:
                tall = np.log10(1 + pairs) / top
                said = f"{pairs} {name} pairs, log-odds {edges[number]:.1f} to {edges[number + 1]:.1f}"
                marks.append(
                    element(
                        "rect",
                        element("title", said),
                        x=f"{_x(0) + number * width + 0.5:.1f}",
                        y=_y(tall),
                        width=f"{width - 1:.1f}",
                        height=f"{_y(0) - _y(tall):.1f}",
                        class_=f"bar {name}",
                    )
                )
    return _chart("Scores of true and false pairs", "log-odds, before calibration", "pairs", marks)


def _x(share: float) -> float:
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _points(curve: Curve) -> str:
    return " ".join(f"{_x(x)},{_y(y)}" for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True))


def _thinned(curve: Curve) -> Curve:
    if len(curve.x) <= _MOST_POINTS:
        return curve
    kept = np.unique(np.linspace(0, len(curve.x) - 1, _MOST_POINTS).astype(np.int64))
    return Curve(curve.name, curve.number, curve.x[kept], curve.y[kept])


def _grid() -> list[Markup]:
    marks = []
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        marks += [
            element("line", x1=_x(tick), x2=_x(tick), y1=_y(0), y2=_y(1), class_="grid"),
            element("line", x1=_x(0), x2=_x(1), y1=_y(tick), y2=_y(tick), class_="grid"),
            element("text", f"{tick:.1f}", x=_x(tick), y=_y(0) + 18, text_anchor="middle"),
            element("text", f"{tick:.1f}", x=_x(0) - 8, y=_y(tick) + 4, text_anchor="end"),
        ]
    return marks


def _decades(top: int) -> list[Markup]:
    marks = []
    for decade in range(top + 1):
        tall = _y(min(1.0, float(np.log10(1 + 10**decade)) / top) if decade else 0.0)
        label = f"{10**decade:,}" if decade else "0"
        marks += [
            element("line", x1=_x(0), x2=_x(1), y1=tall, y2=tall, class_="grid"),
            element("text", label, x=_x(0) - 8, y=tall + 4, text_anchor="end"),
        ]
    return marks


def _ticks(low: float, high: float) -> list[Markup]:
    step = max(1, round((high - low) / 8))
    return [
        element("text", f"{tick}", x=_x((tick - low) / (high - low)), y=_y(0) + 18, text_anchor="middle")
        for tick in range(int(low), int(high) + 1, step)
    ]


def _chart(title: str, across: str, up: str, marks: Sequence[Markup]) -> Markup:
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    labels = [
        element("text", across, x=(_LEFT + _WIDTH - _RIGHT) / 2, y=_HEIGHT - 8, text_anchor="middle"),
        element("text", up, transform=f"translate(12 {middle}) rotate(-90)", text_anchor="middle"),
    ]
    return element(
        "svg",
        *marks,
        *labels,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=title,
        class_="chart",
    )
