"""A product's photo as another seller would show it: cropped, lit otherwise, framed, marked, compressed."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from model.encoders.decoding import FORMATS, MAX_PIXELS

Rgb = tuple[int, int, int]
_MARKS = ("SHOP24", "BestDeal", "outlet", "my-store", "fashion & co", "Top Angebot", "megastore", "SALE")
_FRAMES: tuple[Rgb, ...] = ((255, 255, 255), (255, 255, 255), (240, 240, 240), (0, 0, 0), (230, 60, 50))


@dataclass(frozen=True, slots=True)
class PhotoEdit:
    """What is done to a photo, in this order.

    Attributes:
        crop: left, top, right and bottom in shares of width and height; None keeps all.
        degrees: of rotation against the clock; the corners are white.
        light: factor on all channels; `contrast` and `saturation` likewise, 1 is as it was.
        warmth: over 0 redder, under 0 bluer, in shares.
        mirror: left for right.
        frame: width of a border in shares of the shorter side, and its colour.
        mark: a shop's words, where (shares of width and height) and how opaque (0 to 255).
        quality: of the JPEG, 1 to 95.
    """

    crop: tuple[float, float, float, float] | None = None
    degrees: float = 0.0
    light: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    warmth: float = 0.0
    mirror: bool = False
    frame: tuple[float, Rgb] | None = None
    mark: tuple[str, float, float, int] | None = None
    quality: int = 85


@dataclass(frozen=True, slots=True)
class Retouched:
    """Reads a picture and edits it, the same at every call.

    What is no picture is given as it is: whoever decodes it says what is wrong with it.
    """

    original: Callable[[], bytes]
    edit: PhotoEdit

    def __call__(self) -> bytes:
        """The edited picture, as JPEG.

        Raises:
            OSError: the original cannot be read.
        """
        content = self.original()
        photo = _opened(content)
        if photo is None:
            return content
        written = io.BytesIO()
        edited(photo, self.edit).save(written, "JPEG", quality=self.edit.quality)
        return written.getvalue()


def _opened(content: bytes) -> Image.Image | None:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            upright = ImageOps.exif_transpose(image)
            if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
                layers = upright.convert("RGBA")
                white = Image.new("RGBA", layers.size, (255, 255, 255, 255))
                upright = Image.alpha_composite(white, layers)
            return upright.convert("RGB")
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (Pillow's decoders raise a dozen types on crafted bytes, some undocumented)
        return None


def edited(photo: Image.Image, edit: PhotoEdit) -> Image.Image:
    """The photo (RGB) after `edit`."""
    if edit.crop is not None:
        left, top, right, bottom = edit.crop
        width, height = photo.size
        box = (int(left * width), int(top * height), math.ceil(right * width), math.ceil(bottom * height))
        photo = photo.crop(box)
    if edit.mirror:
        photo = ImageOps.mirror(photo)
    if edit.degrees:
        photo = photo.rotate(edit.degrees, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    for enhance, factor in (
        (ImageEnhance.Brightness, edit.light),
        (ImageEnhance.Contrast, edit.contrast),
        (ImageEnhance.Color, edit.saturation),
    ):
        if factor != 1.0:
            photo = enhance(photo).enhance(factor)
    if edit.warmth:
        red, green, blue = photo.split()
        red = red.point(lambda value: min(255, round(value * (1 + edit.warmth))))
        blue = blue.point(lambda value: min(255, round(value * (1 - edit.warmth))))
        photo = Image.merge("RGB", (red, green, blue))
    if edit.frame is not None:
        share, colour = edit.frame
        photo = ImageOps.expand(photo, max(1, round(share * min(photo.size))), colour)
    return photo if edit.mark is None else _marked(photo, edit.mark)


def _marked(photo: Image.Image, mark: tuple[str, float, float, int]) -> Image.Image:
    words, across, down, opacity = mark
    layer = Image.new("RGBA", photo.size, (0, 0, 0, 0))
    font = ImageFont.load_default(max(8, round(0.09 * photo.width)))
    place = (across * photo.width, down * photo.height)
    ImageDraw.Draw(layer).text(place, words, fill=(120, 120, 120, opacity), font=font, anchor="mm")
    return Image.alpha_composite(photo.convert("RGBA"), layer).convert("RGB")


@dataclass(frozen=True, slots=True)
class PhotoHabits:
    """How often, as probabilities, a photo is edited in each way."""

    crop: float = 0.75
    rotate: float = 0.3
    relight: float = 0.6
    mirror: float = 0.06
    frame: float = 0.15
    mark: float = 0.15


def draw_edit(rng: Random, habits: PhotoHabits) -> PhotoEdit:
    """One edit; colours stay what a buyer would call them."""
    crop = None
    if rng.random() < habits.crop:
        wide, high = rng.uniform(0.70, 0.95), rng.uniform(0.70, 0.95)
        left, top = rng.uniform(0, 1 - wide), rng.uniform(0, 1 - high)
        crop = (left, top, left + wide, top + high)
    relit = rng.random() < habits.relight
    return PhotoEdit(
        crop=crop,
        degrees=rng.uniform(-4, 4) if rng.random() < habits.rotate else 0.0,
        light=rng.uniform(0.82, 1.15) if relit else 1.0,
        contrast=rng.uniform(0.85, 1.15) if relit else 1.0,
        saturation=rng.uniform(0.85, 1.15) if relit else 1.0,
        warmth=rng.uniform(-0.05, 0.05) if relit else 0.0,
        mirror=rng.random() < habits.mirror,
        frame=(rng.uniform(0.02, 0.10), rng.choice(_FRAMES)) if rng.random() < habits.frame else None,
        mark=_draw_mark(rng) if rng.random() < habits.mark else None,
        quality=rng.randint(45, 92),
    )


def _draw_mark(rng: Random) -> tuple[str, float, float, int]:
    return rng.choice(_MARKS), rng.uniform(0.3, 0.7), rng.choice((0.1, 0.5, 0.9)), rng.randint(90, 190)
