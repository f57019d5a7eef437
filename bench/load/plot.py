"""The run as a picture: lag, latency and memory over time, in SVG by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bench.load.plan import SHARES
from bench.load.sample import Sample, latency
from consumer.metrics import COMMIT_BUCKETS

_WIDTH, _PANEL, _GAP = 860, 150, 52
_LEFT, _RIGHT, _TOP = 70, 20, 50
_COLOURS = ("#1f6fb4", "#c8501e", "#2b8a3e", "#7048a8")
_SHADES = ("#f2f2f2", "#ffffff")
_POINTS = 240
_WINDOW = 15
"""Samples that a latency looks back on."""

Line = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: lines by name, over the seconds of the run."""

    title: str
    lines: Mapping[str, Line]


def plot(samples: Sequence[Sample]) -> str:
    """The whole picture."""
    panels = [_lag(samples), _latencies(samples), _memory(samples)]
    height = _TOP + len(panels) * (_PANEL + _GAP)
    end = max(samples[-1].at_s, 1.0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        "<title>Lag, latency and memory while the load changes</title>",
        "<style>text { font: 12px sans-serif }</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_phases(samples, end, height),
    ]
    for number, panel in enumerate(panels):
        parts += _drawn(panel, _TOP + number * (_PANEL + _GAP) + 20, end)
    return "\n".join([*parts, "</svg>", ""])


def thinned(line: Line) -> Line:
    """At most so many points: of each stretch the one with the greatest value, so that no peak is lost."""
    step = max(1, math.ceil(len(line) / _POINTS))
    return [max(line[at : at + step], key=lambda point: point[1]) for at in range(0, len(line), step)]


def _lag(samples: Sequence[Sample]) -> Panel:
    return Panel("listings offered and not yet decided", {"lag": [(one.at_s, one.lag) for one in samples]})


def _latencies(samples: Sequence[Sample]) -> Panel:
    lines: dict[str, Line] = {}
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        points = [
            (one.at_s, latency(samples[max(0, at - _WINDOW) : at + 1], share))
            for at, one in enumerate(samples)
        ]
        lines[name] = [point for point in points if not math.isnan(point[1])]
    most = COMMIT_BUCKETS[-1]
    title = f"seconds from record to decision, of the last {_WINDOW} s; {most} is {most} or more"
    return Panel(title, lines)


def _memory(samples: Sequence[Sample]) -> Panel:
    names = sorted(samples[0].processes)
    lines = {name: [(one.at_s, one.processes[name].rss_mb) for one in samples] for name in names}
    return Panel("resident memory, MB", lines)


def _phases(samples: Sequence[Sample], end: float, height: int) -> list[str]:
    parts: list[str] = []
    began = 0
    for at in range(1, len(samples) + 1):
        if at < len(samples) and samples[at].phase == samples[began].phase:
            continue
        phase = samples[began].phase
        left, right = _x(samples[began].at_s, end), _x(samples[min(at, len(samples) - 1)].at_s, end)
        shade = _SHADES[len(parts) // 2 % 2]
        share = f" {SHARES[phase]:g}x" if phase in SHARES else ""
        box = f'<rect x="{left:.1f}" y="{_TOP - 22}" width="{right - left:.1f}" height="{height - _TOP}"'
        parts.append(f'{box} fill="{shade}"/>')
        wide = right - left > 8 * len(phase + share)
        parts.append(
            f'<text x="{left + 3:.1f}" y="{_TOP - 28}">{escape(phase + share) if wide else ""}</text>'
        )
        began = at
    return parts


def _drawn(panel: Panel, top: float, end: float) -> list[str]:
    most = _round_up(max((value for line in panel.lines.values() for _, value in line), default=1.0))
    base = top + _PANEL
    parts = [f'<text x="{_LEFT}" y="{top - 8}" font-weight="bold">{escape(panel.title)}</text>']
    for tick in range(5):
        y = base - _PANEL * tick / 4
        parts.append(f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="#d0d0d0"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{most * tick / 4:g}</text>')
    parts += [
        f'<text x="{_x(tick, end):.1f}" y="{base + 15}" text-anchor="middle">{tick} s</text>'
        for tick in range(0, int(end) + 1, _tick_s(end))
    ]
    for number, (name, line) in enumerate(panel.lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{_x(x, end):.1f},{base - _PANEL * y / most:.1f}" for x, y in thinned(line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        if len(panel.lines) > 1:
            x = _WIDTH - _RIGHT - 80 * (len(panel.lines) - number)
            parts.append(f'<text x="{x}" y="{top - 8}" fill="{colour}">{escape(name)}</text>')
    return parts


def _x(at_s: float, end: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * at_s / end


def _tick_s(end: float) -> int:
    """Seconds between two marks: about eight of them, at round numbers."""
    return max(1, int(_round_up(end / 8)))


def _round_up(value: float) -> float:
    """The next of 1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        step * power for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10) if value <= step * power * (1 + 1e-9)
    )
