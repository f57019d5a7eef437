"""A seller's way to photograph, and the picture of a product that comes of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from model.synthetic.canvas import Canvas, Ink, Part, Pose, both, curve, ellipse, mix
from model.synthetic.design import Design
from model.synthetic.fabric import draw_fabric
from model.synthetic.garments import WORN, draw_garment
from model.synthetic.words import COLOURS, Rgb

_OVERSAMPLE = 2
_BACKDROPS = ("studio", "tint", "gradient", "room", "wood", "linen")
_SKINS: tuple[Rgb, ...] = ((244, 210, 184), (222, 178, 142), (176, 126, 90), (118, 78, 54), (205, 203, 200))


@dataclass(frozen=True, slots=True)
class PhotoStyle:
    """How one seller photographs.

    Attributes:
        width: pixels; likewise `height`.
        backdrop: one of studio, tint, gradient, room, wood, linen; `backdrop_colour` its base.
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
)
"""The maker's own picture, which some sellers copy."""


def make_style(rng: Random, name: str) -> PhotoStyle:
    """A style for the seller of this name."""
    width, height = rng.choice(((224, 224), (224, 224), (256, 256), (200, 256), (256, 208), (192, 192)))
    warmth, light = rng.uniform(-0.06, 0.06), rng.uniform(0.88, 1.05)
    backdrop = rng.choice(_BACKDROPS)
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
    )


def take_photo(design: Design, pack: int, style: PhotoStyle, view: int, rng: Random) -> bytes:
    """One JPEG of a product.

    `view` is 0 for the whole garment; odd numbers are close-ups, even ones the whole from another angle.
    `rng` decides on this picture's own accidents.
    """
    wide, high = style.width * _OVERSAMPLE, style.height * _OVERSAMPLE
    close = 1.55 if view % 2 else 1.0
    scale = min(wide, high) / 2 * style.zoom * close * rng.uniform(0.95, 1.05)
    angle = style.turn + rng.gauss(0, style.wobble) + (0.12 if view and not view % 2 else 0.0)
    centre = wide / 2 + rng.gauss(0, 0.012) * wide, high / 2 + (0.05 + rng.gauss(0, 0.012)) * high
    pieces = min(pack, 3) if style.shows_pack and not view % 2 else 1
    figure = design.category in WORN and rng.random() < style.figure and pieces == 1
    if figure:
        scale *= 0.86
    shrink = (1.0, 0.84, 0.74)[pieces - 1]
    picture = _backdrop(style).copy()
    outline = Image.new("L", picture.size)
    for piece in reversed(range(pieces)):
        shift = (piece - (pieces - 1) / 2) * 0.42 * scale
        pose = Pose.of((centre[0] + shift, centre[1] - shift * 0.3), scale * shrink, angle, flip=style.flip)
        canvas = Canvas(
            picture, outline, draw_fabric(design, picture.size, pose), _inks(design, style.skin), pose
        )
        for part in (*(_figure(design) if figure else ()), *draw_garment(design)):
            canvas.paint(part)
    return _finish(picture.reduce(_OVERSAMPLE), outline.reduce(_OVERSAMPLE), style, rng)


def _inks(design: Design, skin: Rgb) -> dict[Ink, Rgb]:
    main, second = COLOURS[design.colour], COLOURS[design.second]
    black, white = (0, 0, 0), (255, 255, 255)
    seam = mix(main, white, 0.32) if sum(main) < 200 else mix(main, black, 0.34)
    return {
        Ink.FABRIC: main,
        Ink.MAIN: mix(main, black, 0.08),
        Ink.SECOND: second,
        Ink.TRIM: second if design.trim else mix(main, black, 0.16),
        Ink.SEAM: seam,
        Ink.INSIDE: mix(main, black, 0.5),
        Ink.METAL: (198, 182, 140) if design.motif % 2 else (190, 194, 200),
        Ink.SOLE: (240, 238, 232) if main != COLOURS["white"] else (205, 202, 196),
        Ink.SKIN: skin,
        Ink.HAIR: mix(skin, (30, 20, 15), 0.75),
    }


def _figure(design: Design) -> list[Part]:
    """Head, neck, arms and legs behind a garment for the upper body."""
    short = design.category in {"tshirt", "polo", "gilet", "dress", "shirt"}
    hand = (0.92, 0.32) if short else (0.86, 0.4)
    arm = curve([(0.42, -0.58), (0.62, -0.2), hand], 4)
    low = 1.2
    parts = [*both(Ink.SKIN, arm, 0.15), *both(Ink.SKIN, [(0.2, 0.4), (0.2, low)], 0.24)]
    if design.category != "dress":
        parts += both(Ink.HAIR, [(0.2, 0.45), (0.22, low)], 0.36)
    parts.append(Part(Ink.SKIN, ((0.0, -0.9), (0.0, -0.6)), 0.2))
    parts.append(Part(Ink.HAIR, ellipse((0, -1.1), 0.23, 0.26)))
    parts.append(Part(Ink.SKIN, ellipse((0, -1.05), 0.18, 0.23)))
    return parts


def _light(photo: Image.Image, outline: Image.Image, style: PhotoStyle) -> None:
    """Folds inside the outline and the shadow that it throws, both put into the photo itself.

    The shadow is worked out at a quarter of the size, where blurs are cheap.
    """
    folds = _folds(photo.size, round(style.relief * 4))
    photo.paste(ImageChops.multiply(photo, folds), mask=outline)
    if style.shadow:
        small = outline.reduce(4).filter(ImageFilter.GaussianBlur(2))
        small = ImageChops.offset(small, 1, 2).point(_shares(0.5 * style.shadow))
        shadow = small.resize(photo.size, Image.Resampling.BILINEAR)
        shadow.paste(0, mask=outline)
        photo.paste(_dark_backdrop(style), mask=shadow)


@lru_cache(maxsize=512)
def _shares(*shares: float) -> list[int]:
    """For each share a table of 256: that share of a channel's value."""
    return [round(min(255.0, value * share)) for share in shares for value in range(256)]


@lru_cache(maxsize=64)
def _folds(size: tuple[int, int], strength: int) -> Image.Image:
    """What cloth does to light: smooth waves and a light from the left, as a picture to multiply with."""
    wide, high = size
    x = np.linspace(0, 1, wide, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    waves = np.sin(9 * x + 5 * y) * np.sin(4 * x - 7 * y + 1) + 0.6 * np.sin(17 * x - 3 * y + 2)
    light = 1 - strength * (0.035 * (1 - waves) / 2 + 0.05 * x)
    return Image.fromarray(np.clip(light * 255, 0, 255).astype(np.uint8)).convert("RGB")


@lru_cache(maxsize=256)
def _backdrop(style: PhotoStyle) -> Image.Image:
    """The empty picture of a seller, oversampled; callers copy it."""
    wide, high = style.width * _OVERSAMPLE, style.height * _OVERSAMPLE
    base = style.backdrop_colour
    if style.backdrop == "studio":
        return Image.new("RGB", (wide, high), mix(base, (255, 255, 255), 0.92))
    if style.backdrop == "tint":
        return Image.new("RGB", (wide, high), base)
    ground = np.empty((high, wide, 3), dtype=np.float32)
    ground[:] = base
    x = np.linspace(0, 1, wide, dtype=np.float32)[None, :, None]
    y = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
    if style.backdrop == "gradient":
        ground *= 1.08 - 0.4 * ((x - 0.5) ** 2 + (y - 0.4) ** 2)
    elif style.backdrop == "wood":
        ground[:] = mix(base, (150, 104, 66), 0.75)
        ground *= 1 + 0.06 * np.sin(26 * x + 5 * np.sin(3 * y + 9 * x)) - 0.25 * (np.mod(x * 5, 1) < 0.015)
    elif style.backdrop == "room":
        floor = np.array(mix(base, (120, 92, 66), 0.6), dtype=np.float32)
        ground = np.where(y > 0.8, floor, ground * (1.02 - 0.12 * x))
    else:
        rough = np.random.default_rng(style.width + base[0]).normal(0, 7, (high, wide, 1)).astype(np.float32)
        ground += rough + 4 * np.sin(wide * 0.9 * x) + 4 * np.sin(high * 0.9 * y)
    return Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))


@lru_cache(maxsize=256)
def _dark_backdrop(style: PhotoStyle) -> Image.Image:
    """What a full shadow makes of the empty picture, at its final size."""
    return _backdrop(style).reduce(_OVERSAMPLE).point(_shares(0.33, 0.33, 0.33))


@lru_cache(maxsize=64)
def _watermark(text: str, size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size)
    wide, high = size
    font = ImageFont.load_default(size=max(12, wide // 9))
    ImageDraw.Draw(mask).text((wide / 2, high * 0.86), text, fill=110, font=font, anchor="mm")
    return mask.rotate(12)


def _finish(photo: Image.Image, outline: Image.Image, style: PhotoStyle, rng: Random) -> bytes:
    """Light, frame, mark and compress a photo of the final size."""
    _light(photo, outline, style)
    if style is not STOCK:
        light = rng.choice((0.96, 0.98, 1.0, 1.02, 1.04))
        photo = photo.point(_shares(*(share * light for share in style.tint)))
    if style.watermark:
        photo.paste((255, 255, 255), mask=_watermark(style.watermark, photo.size))
    if style.border:
        edge = (0, 0, photo.width - 1, photo.height - 1)
        ImageDraw.Draw(photo).rectangle(
            edge, outline=mix(style.backdrop_colour, (0, 0, 0), 0.6), width=style.border
        )
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=style.quality)
    return out.getvalue()
