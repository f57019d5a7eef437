"""Sellers' ways to photograph."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from model.synthetic.words import Rgb

_BACKDROPS: Final = ("studio", "tint", "gradient", "room", "wood", "linen")
_LATE_BACKDROP: Final = {"train": "concrete", "demo": "marble"}
_SKINS: Final[tuple[Rgb, ...]] = (
    (244, 210, 184),
    (222, 178, 142),
    (176, 126, 90),
    (118, 78, 54),
    (205, 203, 200),
)


@dataclass(frozen=True, slots=True)
class PhotoStyle:
    """How one seller photographs.

    Attributes:
        width: pixels; likewise `height`.
        backdrop: one of studio, tint, gradient, room, wood, linen, concrete, marble; `backdrop_colour` is
            what it is made from.
        zoom: how much of half the shorter side a unit of the drawing takes, about 0.6 to 0.95.
        turn: usual rotation in radians; `wobble` how much single pictures leave it.
        flip: whether side views look to the left.
        tint: what the light multiplies red, green and blue by.
        relief: 0 (flat light) to 1 (strong folds and shading); likewise `shadow`.
        figure: how often a garment is shown on a figure; `skin` is that figure's.
        watermark: a text over every picture, or empty.
        border: width in pixels of a frame, or 0.
        quality: JPEG quality, 40 to 95.
        shows_pack: whether all pieces of a pack are in the picture.
        crop: the least share of the frame, 0.6 to 1, that is left of a picture, not always its middle.
        second: what further pictures show first: detail, back or angle (the whole, turned a little).
        badge: how often a sticker with a discount covers a corner.
        hanger: whether garments for the upper body hang on one, unless a figure wears them.
    """

    width: int
    height: int
    backdrop: str
    backdrop_colour: Rgb
    zoom: float
    turn: float
    wobble: float
    flip: bool
    tint: tuple[float, float, float]
    relief: float
    shadow: float
    figure: float
    skin: Rgb
    watermark: str
    border: int
    quality: int
    shows_pack: bool
    crop: float
    second: Literal["detail", "back", "angle"]
    badge: float
    hanger: bool


STOCK = PhotoStyle(
    width=224,
    height=224,
    backdrop="studio",
    backdrop_colour=(255, 255, 255),
    zoom=0.85,
    turn=0.0,
    wobble=0.0,
    flip=False,
    tint=(1.0, 1.0, 1.0),
    relief=0.4,
    shadow=0.0,
    figure=0.0,
    skin=_SKINS[0],
    watermark="",
    border=0,
    quality=88,
    shows_pack=True,
    crop=1.0,
    second="back",
    badge=0.0,
    hanger=False,
)
"""The maker's own picture, which some sellers copy."""


def make_style(rng: Random, name: str, split: str, *, late: bool = False) -> PhotoStyle:
    """A style for the seller of this name; one who comes `late` has a ground that no other has."""
    width, height = rng.choice(
        ((224, 224), (224, 224), (256, 256), (200, 256), (256, 208), (192, 192), (160, 200))
    )
    warmth, light = rng.uniform(-0.06, 0.06), rng.uniform(0.88, 1.05)
    backdrop = _LATE_BACKDROP[split] if late else rng.choice(_BACKDROPS)
    pale = tuple(rng.randrange(188, 250) for _ in range(3))
    return PhotoStyle(
        width=width,
        height=height,
        backdrop=backdrop,
        backdrop_colour=(pale[0], pale[1], pale[2]),
        zoom=rng.uniform(0.62, 0.92),
        turn=rng.choice((0.0, 0.0, 0.0, rng.uniform(-0.35, 0.35))),
        wobble=rng.choice((0.01, 0.03, 0.08)),
        flip=rng.random() < 0.4,
        tint=(light * (1 + warmth), light, light * (1 - warmth)),
        relief=rng.uniform(0.2, 1.0),
        shadow=rng.uniform(0.2, 1.0),
        figure=rng.choice((0.0, 0.0, 0.3, 0.9)),
        skin=rng.choice(_SKINS),
        watermark=name if rng.random() < 0.25 else "",
        border=rng.choice((0, 0, 0, 4, 8)),
        quality=rng.choice((55, 70, 80, 88, 92)),
        shows_pack=rng.random() < 0.6,
        crop=rng.choice((1.0, 1.0, 0.85, 0.7, 0.6)),
        second=rng.choice(("detail", "back", "angle")),
        badge=rng.choice((0.0, 0.0, 0.0, 0.3, 0.8)),
        hanger=rng.random() < 0.25,
    )
