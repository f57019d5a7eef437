"""One panel as SVG: lines or stacked areas over time, or one number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from deploy.mixin.picture.units import written
from model.evaluation.page.markup import Markup, element

COLOURS = ("#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#8ab8ff", "#96d98d", "#ca95e5")
_LEFT, _TOP, _BOTTOM = 74, 8, 22
_STEPS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400)
_MOST_TIMES = 6
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Named:
    """One line of a chart."""

    name: str
    points: Points


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart is drawn.

    Attributes:
        start, end: Unix times.
        bad: where a dashed line goes.
    """

    width: int
    height: int
    start: float
    end: float
    unit: str
    bad: float | None = None


def chart(lines: Sequence[Named], frame: Frame, *, stacked: bool) -> Markup:
    """All lines in one frame from zero on; `nothing` in words where there are none."""
    shown = _stacked(lines) if stacked else list(lines)
    values = [value for line in shown for _, value in line.points if math.isfinite(value)]
    if not values:
        return element("p", "No data", class_="none")
    top = _top(max([*values, frame.bad or 0.0]), frame.unit)
    marks = [*_grid(frame, top), *_bad(frame, top)]
    for number, line in reversed(list(enumerate(shown))):
        colour = COLOURS[number % len(COLOURS)]
        marks += _area(line, frame, top, colour) if stacked else []
        marks += _line(line, frame, top, colour)
    return element("svg", *marks, viewBox=f"0 0 {frame.width} {frame.height}", role="img")


def legend(lines: Sequence[Named], unit: str) -> Markup:
    """Names by colour, each with its last value."""
    items = [
        element(
            "span",
            element("i", style=f"background:{COLOURS[number % len(COLOURS)]}"),
            f"{line.name}  {written(_last(line.points), unit)}",
        )
        for number, line in enumerate(lines[:24])
    ]
    return element("div", *items, class_="legend")


def number(lines: Sequence[Named], unit: str, bad: float | None) -> Markup:
    """The last value, in red from the bad one on."""
    value = _last(lines[0].points) if lines else math.nan
    kind = "bad" if bad is not None and value >= bad else "good"
    return element("p", written(value, unit), class_=f"number {kind}")


def _last(points: Points) -> float:
    finite = [value for _, value in points if math.isfinite(value)]
    return finite[-1] if finite else math.nan


def _stacked(lines: Sequence[Named]) -> list[Named]:
    """Each on top of those before it; what is missing counts as nothing."""
    below: dict[float, float] = {}
    stacked = []
    for line in lines:
        for time, value in line.points:
            below[time] = below.get(time, 0.0) + (value if math.isfinite(value) else 0.0)
        stacked.append(Named(line.name, [(time, below[time]) for time, _ in line.points]))
    return stacked


def _top(value: float, unit: str) -> float:
    """A round number at or over the value: of bytes and seconds, in the unit that it is written in."""
    scale = 1.0
    if unit == "bytes" and value >= 1:
        scale = 1024.0 ** math.floor(math.log(value, 1024))
    elif unit == "s":
        scale = next((each for each in (86_400.0, 3600.0, 60.0) if value >= 2 * each), 1.0)
    return _round_up(value / scale) * scale


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 8, 10 times a power of ten, whose quarters are short; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value * 0.999)


def _x(time: float, frame: Frame) -> float:
    share = (time - frame.start) / (frame.end - frame.start)
    return round(_LEFT + share * (frame.width - _LEFT - 10), 1)


def _y(value: float, frame: Frame, top: float) -> float:
    room = frame.height - _TOP - _BOTTOM
    return round(_TOP + room * (1 - min(max(value / top, 0.0), 1.0)), 1)


def _grid(frame: Frame, top: float) -> Iterator[Markup]:
    for quarter in range(5):
        value = top * quarter / 4
        y = _y(value, frame, top)
        yield element("line", x1=_LEFT, x2=frame.width - 10, y1=y, y2=y, class_="grid")
        yield element("text", written(value, frame.unit), x=_LEFT - 6, y=y + 4, text_anchor="end")
    for time, clock in _clock(frame):
        yield element("text", clock, x=_x(time, frame), y=frame.height - 6, text_anchor="middle")


def _clock(frame: Frame) -> Iterator[tuple[float, str]]:
    """Round times within the frame, not at its very edges, as people write them."""
    lasts = frame.end - frame.start
    step = next((each for each in _STEPS_S if lasts / each <= _MOST_TIMES), math.ceil(lasts / _MOST_TIMES))
    form = "%d %b" if step >= 86_400 else "%H:%M" if step >= 60 else "%H:%M:%S"
    for number in range(math.ceil(frame.start / step), math.floor(frame.end / step) + 1):
        time = number * step
        if 0.03 * lasts <= time - frame.start <= 0.97 * lasts:
            yield time, datetime.fromtimestamp(time, UTC).strftime(form)


def _bad(frame: Frame, top: float) -> Iterator[Markup]:
    if frame.bad is not None:
        y = _y(frame.bad, frame, top)
        yield element("line", x1=_LEFT, x2=frame.width - 10, y1=y, y2=y, class_="limit")


def _line(line: Named, frame: Frame, top: float, colour: str) -> Iterator[Markup]:
    for run in _runs(line.points):
        places = [f"{_x(time, frame)},{_y(value, frame, top)}" for time, value in run]
        if len(places) == 1:
            x, y = places[0].split(",")
            yield element("circle", cx=x, cy=y, r=2, fill=colour)
        else:
            yield element("polyline", points=" ".join(places), stroke=colour)


def _area(line: Named, frame: Frame, top: float, colour: str) -> Iterator[Markup]:
    floor = _y(0, frame, top)
    for run in _runs(line.points):
        places = [f"{_x(time, frame)},{_y(value, frame, top)}" for time, value in run]
        edge = [f"{_x(run[0][0], frame)},{floor}", *places, f"{_x(run[-1][0], frame)},{floor}"]
        yield element("polygon", points=" ".join(edge), fill=colour)


def _runs(points: Points) -> Iterator[Points]:
    """Points without a gap of several steps or a value that is none."""
    finite = [point for point in points if math.isfinite(point[1])]
    if not finite:
        return
    gaps = [after[0] - before[0] for before, after in pairwise(finite)]
    longest = 3 * min(gaps, default=0.0)
    run = [finite[0]]
    for point, gap in zip(finite[1:], gaps, strict=True):
        if gap > longest:
            yield run
            run = []
        run.append(point)
    yield run
