"""Bytes as a picture's file, and, where they are a PNG, the same with its checksums mended."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from model.encoders.containers import NotShowable, reduced
from model.encoders.decoding import BadPicture, decode
from model.encoders.palette import palette_of
from model.encoders.perceptual_hash import hash_bits

REASONS = {"not_a_picture", "too_many_pixels", "too_complex", "unsupported", "empty", "broken"}
MAX_PIXELS = 100_000
EDGE = 16
SECONDS = 1.0
"""Of a processor, for some kilobytes and at most `MAX_PIXELS`; an honest file takes a millisecond."""

_PNG = b"\x89PNG\r\n\x1a\n"


def check(data: bytes) -> None:
    """A square of pixels that has features, or a refusal by name.

    Raises:
        AssertionError: neither, or it took too long.
    """
    _decodes(data)
    if data.startswith(_PNG):
        _decodes(mended(data))


def mended(png: bytes) -> bytes:
    """The same chunks with right checksums, so that damage gets past them."""
    out, at = [png[:8]], 8
    while at + 8 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if at + 8 + length > len(png):
            break
        named = png[at + 4 : at + 8 + length]
        out.append(png[at : at + 8 + length] + struct.pack(">I", zlib.crc32(named)))
        at += 12 + length
    return b"".join(out) + png[at:]


def seeds() -> list[bytes]:
    """Small files of every format, in the ways it can be written."""
    return [make() for make in SEEDS.values()]


def _decodes(data: bytes) -> None:
    began = time.thread_time()
    try:
        less = reduced(data)
    except NotShowable as err:
        assert err.reason in REASONS  # noqa: PT017 (checks by itself, without pytest)
    else:
        assert len(less.content) <= len(data) + 8
        assert 1 <= less.orientation <= 8
    try:
        pixels = decode(data, EDGE, max_pixels=MAX_PIXELS)
    except BadPicture as err:
        assert err.reason in REASONS  # noqa: PT017 (as above)
    else:
        assert pixels.shape == (EDGE, EDGE, 3)
        assert pixels.dtype == np.uint8
        assert np.isfinite(palette_of(pixels)).all()
        assert np.isin(hash_bits(pixels), (0, 1)).all()
    took = time.thread_time() - began
    assert took < SECONDS, f"{took:.1f} s"


def _drawn(mode: str = "RGB") -> Image.Image:
    y, x = np.mgrid[:24, :31]
    pixels = np.stack([x * 8, y * 10, (x * y) % 256], axis=-1).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def _file(kind: str, mode: str = "RGB", **options: object) -> bytes:
    stream = io.BytesIO()
    _drawn(mode).save(stream, kind, **options)
    return stream.getvalue()


def _frames(kind: str) -> bytes:
    stream = io.BytesIO()
    turned = _drawn().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    _drawn().save(stream, kind, save_all=True, append_images=[turned, _drawn()], duration=40)
    return stream.getvalue()


def _lying() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


SEEDS: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: _file("JPEG", exif=_lying()),
    "JPEG, progressive": lambda: _file("JPEG", progressive=True, restart_marker_blocks=2),
    "JPEG, grey": lambda: _file("JPEG", "L"),
    "JPEG, four inks": lambda: _file("JPEG", "CMYK"),
    "PNG": lambda: _file("PNG", exif=_lying()),
    "PNG, palette": lambda: _file("PNG", "P", transparency=3),
    "PNG, 16 bits": lambda: _file("PNG", "I;16"),
    "PNG, one bit": lambda: _file("PNG", "1"),
    "PNG, transparent": lambda: _file("PNG", "RGBA"),
    "PNG, moving": lambda: _frames("PNG"),
    "WEBP, lossy": lambda: _file("WEBP", exif=_lying()),
    "WEBP, lossless": lambda: _file("WEBP", lossless=True),
    "WEBP, transparent": lambda: _file("WEBP", "RGBA", quality=80),
    "WEBP, moving": lambda: _frames("WEBP"),
    "GIF": lambda: _file("GIF", "P", transparency=2, comment=b"c"),
    "GIF, moving": lambda: _frames("GIF"),
    "BMP": lambda: _file("BMP"),
    "BMP, palette": lambda: _file("BMP", "P"),
    "BMP, transparent": lambda: _file("BMP", "RGBA"),
}
