"""A picture's bytes, from anyone, as the array of pixels that a vision tower reads."""

from __future__ import annotations

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.encoders.containers import Container, NotShowable, reduced

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MAX_PIXELS = 26_000_000
_WHITE = (255, 255, 255)
_BAND_PIXELS = 1_000_000
_REDUCING_GAP = (
    3.0  # box-average down to this many times the size first: as fast, and as good as bicubic alone
)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Pixels = NDArray[np.uint8]


class BadPicture(ValueError):
    """Bytes that will never be a picture for us.

    Attributes:
        reason: `not_a_picture`, `too_many_pixels`, `too_complex`, `unsupported`, `empty` or `broken`; for
            metrics.
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
        container = reduced(content)
        _check_webp(container, max_pixels)
        with Image.open(io.BytesIO(container.content), formats=[container.kind]) as image:
            _check(image.size, max_pixels)
            image.draft("RGB", (2 * size, 2 * size))
            return _fit(image, size, container.orientation)
    except BadPicture:
        raise
    except NotShowable as err:
        raise BadPicture(err.reason, str(err)) from err
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as err:
        raise BadPicture("too_many_pixels", str(err)) from err
    except MemoryError:
        raise
    except Exception as err:  # Pillow's decoders raise a dozen types on crafted bytes, some undocumented
        raise BadPicture("broken", f"{type(err).__name__}: {err}") from err


def _check(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise BadPicture("empty", f"{width} x {height} pixels")
    if width * height > max_pixels:
        raise BadPicture("too_many_pixels", f"{width} x {height}; at most {max_pixels} pixels are allowed")


def _check_webp(container: Container, max_pixels: int) -> None:
    """Before it is opened, for opening a WebP allocates its canvas."""
    head = container.content[12:42]
    if container.kind != "WEBP" or len(head) < 18:
        return
    if head.startswith(b"VP8X"):
        wide, high = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (12, 15))
    elif head.startswith(b"VP8L"):
        (bits,) = struct.unpack_from("<I", head, 9)
        wide, high = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        wide, high = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (14, 16))
    _check((wide, high), max_pixels)


def _fit(image: Image.Image, size: int, orientation: int) -> Pixels:
    """Fitted, turned upright, on a white square."""
    scale = size / max(image.size)
    across, down = (max(1, round(edge * scale)) for edge in image.size)
    factors = (int(image.width / across / _REDUCING_GAP) or 1, int(image.height / down / _REDUCING_GAP) or 1)
    box = (0, 0, image.width / factors[0], image.height / factors[1])
    small = _shrunk(image, *factors).resize((across, down), Image.Resampling.BICUBIC, box)
    if orientation in _UPRIGHT:
        small = small.transpose(_UPRIGHT[orientation])
    square = Image.new("RGB", (size, size), _WHITE)
    square.paste(small, ((size - small.width) // 2, (size - small.height) // 2))
    return np.asarray(square)


def _shrunk(image: Image.Image, across: int, down: int) -> Image.Image:
    """RGB on white, `across` by `down` pixels averaged to one; in bands, so that no second copy is held."""
    image.load()
    rows = max(1, _BAND_PIXELS // image.width // down) * down
    shrunk = Image.new("RGB", (-(-image.width // across), -(-image.height // down)))
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        shrunk.paste(_opaque(band).reduce((across, down)), (0, top // down))
    return shrunk


def _opaque(image: Image.Image) -> Image.Image:
    """RGB, eight bits a channel, on white."""
    if image.mode.startswith(("I", "F")):  # 16 bits a channel: keep the upper eight
        deep = np.asarray(image, dtype=np.float64)
        image = Image.fromarray(np.clip(deep / 257.0, 0, 255).astype(np.uint8), "L")
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        layers = image.convert("RGBA")
        white = Image.new("RGBA", layers.size, (*_WHITE, 255))
        image = Image.alpha_composite(white, layers)
    return image.convert("RGB")
