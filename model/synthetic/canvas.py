"""A drawing made of parts in unit coordinates, and the canvas that puts it into a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from math import cos, pi, sin

from PIL import Image, ImageDraw

from model.synthetic.words import Rgb

Point = tuple[float, float]
"""x to the right and y down, both about -1 to 1 over the garment."""


class Ink(Enum):
    """What a part is painted with; the design says which colour that is."""

    FABRIC = auto()
    MAIN = auto()
    SECOND = auto()
    TRIM = auto()
    SEAM = auto()
    INSIDE = auto()
    METAL = auto()
    SOLE = auto()
    SKIN = auto()
    HAIR = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """One stroke or filled outline.

    Attributes:
        points: an outline to fill; with `width` over 0 a line; one point is a dot of that diameter.
    """

    ink: Ink
    points: tuple[Point, ...]
    width: float = 0.0


def mirrored(right: Sequence[Point]) -> tuple[Point, ...]:
    """The whole outline from its right half, given from top to bottom."""
    return (*right, *((-x, y) for x, y in reversed(right)))


def both(ink: Ink, points: Sequence[Point], width: float = 0.0) -> tuple[Part, Part]:
    """A part on the right and its mirror image on the left."""
    return Part(ink, tuple(points), width), Part(ink, tuple((-x, y) for x, y in points), width)


def curve(points: Sequence[Point], steps: int = 6) -> tuple[Point, ...]:
    """A Catmull-Rom curve through all points, ends included."""
    ends = [points[0], *points, points[-1]]
    out: list[Point] = []
    for i in range(1, len(ends) - 2):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = ends[i - 1 : i + 3]
        for step in range(steps):
            t = step / steps
            a, b, c, d = (
                -0.5 * t**3 + t**2 - 0.5 * t,
                1.5 * t**3 - 2.5 * t**2 + 1,
                -1.5 * t**3 + 2 * t**2 + 0.5 * t,
                0.5 * t**3 - 0.5 * t**2,
            )
            out.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    out.append(points[-1])
    return tuple(out)


def ellipse(
    centre: Point, rx: float, ry: float, start: float = 0.0, end: float = 2 * pi
) -> tuple[Point, ...]:
    """An arc of an ellipse from angle `start` to `end` (radians, clockwise from the right), 20 points."""
    x, y = centre
    angles = [start + (end - start) * step / 19 for step in range(20)]
    return tuple((x + rx * cos(angle), y + ry * sin(angle)) for angle in angles)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` (0 to 1) of the other colour in the first."""
    r, g, b = (round(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return r, g, b


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a drawing goes: unit coordinates to pixels, by x' = a x + b y + c and y' = d x + e y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def of(cls, centre: Point, scale: float, angle: float, *, flip: bool) -> Pose:
        """Scaled to `scale` pixels a unit, turned by `angle` radians, mirrored if `flip`."""
        side = -scale if flip else scale
        return cls(
            side * cos(angle),
            -scale * sin(angle),
            centre[0],
            side * sin(angle),
            scale * cos(angle),
            centre[1],
        )

    def zoomed(self, share: float) -> Pose:
        """The same place at `share` of the size."""
        return Pose(self.a * share, self.b * share, self.c, self.d * share, self.e * share, self.f)

    def moved(self, right: float, down: float) -> Pose:
        """Shifted by units of the drawing, whichever way it is turned."""
        scale = self.scale
        return Pose(self.a, self.b, self.c + right * scale, self.d, self.e, self.f + down * scale)

    @property
    def scale(self) -> float:
        """Pixels a unit."""
        return float((self.b**2 + self.e**2) ** 0.5)

    def __call__(self, points: Iterable[Point]) -> list[Point]:
        """The points in pixels."""
        return [(self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f) for x, y in points]


class Canvas:
    """A picture being drawn: fabric parts show the fabric's picture, or its ink if there is none.

    A mask collects the outline.
    """

    def __init__(
        self,
        picture: Image.Image,
        outline: Image.Image,
        fabric: Image.Image | None,
        inks: dict[Ink, Rgb],
        pose: Pose,
    ) -> None:
        self.picture = picture
        self._fabric = fabric
        self._inks = inks
        self._pose = pose
        self._draw = ImageDraw.Draw(picture)
        self._mark = ImageDraw.Draw(outline)

    def paint(self, part: Part) -> None:
        """Put one part on top; what is wide enough to throw a shadow is marked in the outline."""
        points = self._pose(part.points)
        colour = self._inks[part.ink]
        width = part.width * self._pose.scale
        if len(points) == 1:
            (x, y), r = points[0], width / 2
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        elif width:
            self._draw.line(
                points, fill=colour, width=max(1, round(width)), joint="curve" if width > 4 else None
            )
            if width > 8:
                self._mark.line(points, fill=255, width=round(width))
        else:
            if part.ink is Ink.FABRIC and self._fabric is not None:
                self._paste(points, self._fabric)
            else:
                self._draw.polygon(points, fill=colour)
            self._mark.polygon(points, fill=255)

    def _paste(self, points: list[Point], fabric: Image.Image) -> None:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        wide, high = self.picture.size
        left, top = max(0, int(min(xs))), max(0, int(min(ys)))
        right, bottom = min(wide, int(max(xs)) + 2), min(high, int(max(ys)) + 2)
        if right <= left or bottom <= top:
            return
        mask = Image.new("1", (right - left, bottom - top))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in points], fill=1)
        self.picture.paste(fabric.crop((left, top, right, bottom)), (left, top), mask)
