"""The picture of a product that a seller's way to photograph makes of it."""

from __future__ import annotations

import io
from functools import lru_cache
from math import pi
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from model.synthetic.backdrops import OVERSAMPLE, backdrop, dark_backdrop
from model.synthetic.canvas import Canvas, Ink, Part, Pose, both, curve, ellipse, mix
from model.synthetic.design import Design
from model.synthetic.fabric import draw_fabric
from model.synthetic.garments import WORN, draw_back, draw_garment
from model.synthetic.style import STOCK, PhotoStyle
from model.synthetic.words import COLOURS, Rgb

_TIGHTEST = 1.3
"""Half-sides of a picture a unit of the drawing: what is told by looks is still inside."""
_KINDS = {0: "whole", 2: "angle"}


def take_photo(design: Design, pack: int, style: PhotoStyle, view: int, rng: Random) -> bytes:
    """One JPEG of a product.

    `view` is 0 for the whole garment from its front; 1 is what the style shows `second`, 2 another angle.
    `rng` decides on this picture's own accidents.
    """
    kind = _KINDS.get(view, style.second)
    pieces = min(pack, 3) if style.shows_pack and kind not in {"detail", "back"} else 1
    figure = design.category in WORN and rng.random() < style.figure and pieces == 1
    picture = backdrop(style).copy()
    outline = Image.new("L", picture.size)
    pose = _frame(picture.size, style, kind, rng)
    if figure or pieces > 1:
        pose = pose.zoomed(0.86 if figure else (1.0, 0.84, 0.74)[pieces - 1])
    parts = draw_back(design) if kind == "back" else draw_garment(design)
    if figure:
        parts = [*_figure(design), *parts]
    elif style.hanger and design.category in WORN and pieces == 1:
        parts = [*_hanger(), *parts]
    inks = _inks(design, style.skin)
    for piece in reversed(range(pieces)):
        shift = (piece - (pieces - 1) / 2) * 0.5
        placed = pose.moved(shift, -0.3 * shift)
        canvas = Canvas(picture, outline, draw_fabric(design, picture.size, placed), inks, placed)
        for part in parts:
            canvas.paint(part)
    return _finish(picture.reduce(OVERSAMPLE), outline.reduce(OVERSAMPLE), style, rng)


def _frame(size: tuple[int, int], style: PhotoStyle, kind: str, rng: Random) -> Pose:
    """Where the garment goes in a picture of `size` pixels: turned, shifted, cropped as the seller does."""
    wide, high = size
    share = rng.uniform(style.crop, 1) if kind != "detail" else 0.65
    zoom = min(_TIGHTEST, style.zoom * rng.uniform(0.95, 1.05) / share)
    loose = (1 / share - 1) * 0.22
    centre = (
        wide * (0.5 + rng.gauss(0, 0.012) + rng.uniform(-loose, loose)),
        high * (0.55 + rng.gauss(0, 0.012) + rng.uniform(-loose, loose)),
    )
    angle = style.turn + rng.gauss(0, style.wobble) + (0.12 if kind == "angle" else 0.0)
    return Pose.of(centre, min(wide, high) / 2 * zoom, angle, flip=style.flip != (kind == "back"))


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


def _hanger() -> list[Part]:
    """A wire hanger that shows above the shoulders."""
    hook = ellipse((0.0, -0.98), 0.07, 0.09, pi, 2.6 * pi)
    return [
        Part(Ink.METAL, hook, 0.035),
        Part(Ink.METAL, ((-0.36, -0.64), (0.0, -0.88), (0.36, -0.64)), 0.05),
    ]


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
        photo.paste(dark_backdrop(style), mask=shadow)


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


@lru_cache(maxsize=64)
def _watermark(text: str, size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size)
    wide, high = size
    font = ImageFont.load_default(size=max(12, wide // 9))
    ImageDraw.Draw(mask).text((wide / 2, high * 0.86), text, fill=110, font=font, anchor="mm")
    return mask.rotate(12)


@lru_cache(maxsize=64)
def _badge(percent: int, size: int) -> Image.Image:
    """A round sticker with a discount, transparent around."""
    sticker = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(sticker)
    draw.ellipse((0, 0, size - 1, size - 1), fill=(206, 24, 38, 255))
    font = ImageFont.load_default(size=max(10, size // 3))
    draw.text((size / 2, size / 2), f"-{percent}%", fill=(255, 255, 255, 255), font=font, anchor="mm")
    return sticker


def _finish(photo: Image.Image, outline: Image.Image, style: PhotoStyle, rng: Random) -> bytes:
    """Light, frame, mark and compress a photo of the final size."""
    _light(photo, outline, style)
    if style is not STOCK:
        light = rng.choice((0.96, 0.98, 1.0, 1.02, 1.04))
        photo = photo.point(_shares(*(share * light for share in style.tint)))
    if style.watermark:
        photo.paste((255, 255, 255), mask=_watermark(style.watermark, photo.size))
    if rng.random() < style.badge:
        sticker = _badge(rng.randrange(10, 60, 10), photo.width // 5)
        corner = rng.choice((4, photo.width - sticker.width - 4)), rng.choice((4, photo.height * 3 // 4))
        photo.paste(sticker, corner, sticker)
    if style.border:
        edge = (0, 0, photo.width - 1, photo.height - 1)
        ImageDraw.Draw(photo).rectangle(
            edge, outline=mix(style.backdrop_colour, (0, 0, 0), 0.6), width=style.border
        )
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=style.quality)
    return out.getvalue()
