"""A picture's bytes, from anyone, as the array of pixels that a vision tower reads."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MAX_PIXELS = 40_000_000
_WHITE = (255, 255, 255)

Pixels = NDArray[np.uint8]


class BadPicture(ValueError):
    """Bytes that will never be a picture for us.

    Attributes:
        reason: `not_a_picture`, `too_many_pixels`, `empty` or `broken`; for metrics.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


def decode(content: bytes, size: int, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """The whole picture, upright, fitted into a white square.

    Nothing is cropped: what tells two garments apart is often at a hem or a collar.

    Args:
        content: JPEG, PNG, WebP, GIF (its first frame) or BMP.
        size: edge of the square, pixels.
        max_pixels: checked from the header, before anything is decompressed.

    Returns:
        uint8[size, size, 3], RGB; transparent parts are white.

    Raises:
        BadPicture: another format, broken, or too large.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check(image, max_pixels)
            image.draft("RGB", (2 * size, 2 * size))
            return _fit(_upright(image), size)
    except BadPicture:
        raise
    except UnidentifiedImageError as err:
        raise BadPicture("not_a_picture", f"none of {', '.join(FORMATS)}") from err
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as err:
        raise BadPicture("too_many_pixels", str(err)) from err
    except MemoryError:
        raise
    except Exception as err:  # Pillow's decoders raise a dozen types on crafted bytes, some undocumented
        raise BadPicture("broken", f"{type(err).__name__}: {err}") from err


def _check(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise BadPicture("empty", f"{width} x {height} pixels")
    if width * height > max_pixels:
        raise BadPicture("too_many_pixels", f"{width} x {height}; at most {max_pixels} pixels are allowed")


def _upright(image: Image.Image) -> Image.Image:
    """RGB on white, turned as its EXIF says."""
    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith(("I", "F")):  # 16 bits a channel: keep the upper eight
        deep = np.asarray(turned, dtype=np.float64)
        turned = Image.fromarray(np.clip(deep / 257.0, 0, 255).astype(np.uint8), "L")
    if turned.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in turned.info:
        layers = turned.convert("RGBA")
        white = Image.new("RGBA", layers.size, (*_WHITE, 255))
        turned = Image.alpha_composite(white, layers)
    return turned.convert("RGB")


def _fit(image: Image.Image, size: int) -> Pixels:
    scale = size / max(image.size)
    width, height = (max(1, round(edge * scale)) for edge in image.size)
    small = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
    square = Image.new("RGB", (size, size), _WHITE)
    square.paste(small, ((size - width) // 2, (size - height) // 2))
    return np.asarray(square)
