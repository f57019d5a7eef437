"""The fabric's picture: a colour and a pattern, in the garment's pose so that stripes turn with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from PIL import Image, ImageDraw

from model.synthetic.canvas import Point, Pose, ellipse, mix
from model.synthetic.design import Design
from model.synthetic.words import COLOURS, Rgb

_REACH = 1.25


def _rows(period: float) -> Iterator[float]:
    place = -_REACH
    while place < _REACH:
        yield place
        place += period


def draw_fabric(design: Design, size: tuple[int, int], pose: Pose) -> Image.Image | None:
    """The fabric over a whole picture of `size` pixels; None where it is of one colour."""
    if design.pattern not in _PATTERNS:
        return None
    main, second = COLOURS[design.colour], COLOURS[design.second]
    picture = Image.new("RGB", size, main)
    _PATTERNS[design.pattern](_Loom(ImageDraw.Draw(picture), pose, main, second, design.period))
    return picture


class _Loom:
    """What a pattern draws with; all lengths in units of the drawing."""

    def __init__(self, draw: ImageDraw.ImageDraw, pose: Pose, main: Rgb, second: Rgb, period: float) -> None:
        self._draw = draw
        self._pose = pose
        self.main = main
        self.second = second
        self.period = period

    def line(self, points: list[Point], width: float, colour: Rgb | None = None) -> None:
        pixels = max(1, round(width * self._pose.scale))
        self._draw.line(self._pose(points), fill=colour or self.second, width=pixels)

    def fill(self, points: list[Point], colour: Rgb | None = None) -> None:
        self._draw.polygon(self._pose(points), fill=colour or self.second)

    def dot(self, centre: Point, radius: float) -> None:
        (x, y), r = self._pose([centre])[0], radius * self._pose.scale
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill=self.second)


def _stripes(loom: _Loom) -> None:
    for y in _rows(loom.period):
        loom.line([(-_REACH, y), (_REACH, y)], loom.period / 2)


def _breton(loom: _Loom) -> None:
    for y in _rows(loom.period * 0.55):
        loom.line([(-_REACH, y), (_REACH, y)], loom.period * 0.12)


def _pinstripe(loom: _Loom) -> None:
    for x in _rows(loom.period * 0.5):
        loom.line([(x, -_REACH), (x, _REACH)], 0.016)


def _checks(loom: _Loom) -> None:
    half = mix(loom.main, loom.second, 0.5)
    places = list(_rows(loom.period))
    for y in places:
        loom.line([(-_REACH, y), (_REACH, y)], loom.period / 2, half)
    for x in places:
        loom.line([(x, -_REACH), (x, _REACH)], loom.period / 2, half)
    side = loom.period / 4
    for x in places:
        for y in places:
            loom.fill(
                [(x - side, y - side), (x + side, y - side), (x + side, y + side), (x - side, y + side)]
            )


def _dots(loom: _Loom) -> None:
    for row, y in enumerate(_rows(loom.period * 0.8)):
        for x in _rows(loom.period * 0.8):
            loom.dot((x + (row % 2) * loom.period * 0.4, y), loom.period * 0.19)


def _diagonal(loom: _Loom) -> None:
    for place in _rows(loom.period * 0.7):
        loom.line([(2 * place - 1.4, -_REACH), (2 * place + 1.4, _REACH)], loom.period / 2)


def _zigzag(loom: _Loom) -> None:
    for y in _rows(loom.period * 1.1):
        points = [(x, y + (step % 2) * loom.period * 0.5) for step, x in enumerate(_rows(loom.period * 0.5))]
        loom.line(points, loom.period * 0.25)


def _argyle(loom: _Loom) -> None:
    wide, high = loom.period * 0.7, loom.period
    half = mix(loom.main, loom.second, 0.5)
    for row, y in enumerate(_rows(high)):
        for x in _rows(wide * 2):
            centre = x + (row % 2) * wide
            loom.fill([(centre, y - high), (centre + wide, y), (centre, y + high), (centre - wide, y)])
        for x in _rows(wide * 2):
            loom.line([(x, y), (x + wide, y + high)], 0.012, half)


def _block(loom: _Loom) -> None:
    edge = loom.period * 1.5 - 0.25
    loom.fill([(-_REACH, edge), (_REACH, edge), (_REACH, _REACH), (-_REACH, _REACH)])


def _camo(loom: _Loom) -> None:
    # The blobs belong to the pattern and not to the picture: the same for every photo of every product.
    rng = Random(7)
    for number in range(46):
        centre = rng.uniform(-1, 1), rng.uniform(-1, 1)
        shape = ellipse(centre, rng.uniform(0.08, 0.2), rng.uniform(0.05, 0.12))
        wobbly = [(x + rng.uniform(-0.03, 0.03), y + rng.uniform(-0.03, 0.03)) for x, y in shape]
        loom.fill(wobbly, mix(loom.main, loom.second, (0.45, 1.0, 0.75)[number % 3]))


_PATTERNS: dict[str, Callable[[_Loom], None]] = {
    "stripes": _stripes,
    "breton": _breton,
    "pinstripe": _pinstripe,
    "checks": _checks,
    "dots": _dots,
    "diagonal": _diagonal,
    "zigzag": _zigzag,
    "argyle": _argyle,
    "block": _block,
    "camo": _camo,
}
