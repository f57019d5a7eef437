"""Hostile picture files: each has a defined result, and what costs most never reaches a decoder."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.encoders.containers import MAX_PARTS, MAX_SCANS, NotShowable, reduced
from model.encoders.decoding import BadPicture, decode

SIZE = 32
RED, WHITE = (200, 30, 30), (255, 255, 255)
MEGABYTE = zlib.compress(bytes(10**6))
KINDS = ["JPEG", "PNG", "WEBP", "GIF", "BMP"]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def red(mode: str = "RGB", edge: int = 40) -> Image.Image:
    return Image.new("RGB", (edge, edge), RED).convert(mode)


def segment(code: int, body: bytes) -> bytes:
    return b"\xff" + bytes([code]) + struct.pack(">H", len(body) + 2) + body


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def tiff(orientation: int, order: str = "<") -> bytes:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 2)
    entries = struct.pack(f"{order}HHII", 0x0100, 4, 1, 99)
    return head + entries + struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)


def huge_tiff() -> bytes:
    """A directory in which each of 5,000 entries claims the whole block."""
    entries = b"".join(struct.pack("<HHII", 300 + tag, 7, 60_000, 0) for tag in range(5_000))
    return b"II*\0" + struct.pack("<IH", 8, 5_000) + entries


def jpeg(*segments: bytes, mode: str = "RGB", tail: bytes = b"", **options: object) -> bytes:
    content = encoded(red(mode), "JPEG", quality=95, **options)
    return content[:2] + b"".join(segments) + content[2:] + tail


def many_scans(count: int) -> bytes:
    content = encoded(red("L"), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * (count - content.count(b"\xff\xda")) + b"\xff\xd9"


def png(*chunks: bytes, image: Image.Image | None = None, **options: object) -> bytes:
    content = encoded(image or red(), "PNG", **options)
    return content[:33] + b"".join(chunks) + content[33:]


def png_of(width: int, height: int, depth: int, colour: int, rows: bytes, *, interlace: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    )


def gif(extensions: bytes = b"", **options: object) -> bytes:
    content = encoded(red("P"), "GIF", **options)
    start = 13 + (3 << (content[10] & 7) + 1)
    return content[:start] + extensions + content[start:]


def screen(width: int, height: int) -> bytes:
    content = gif()
    return content[:6] + struct.pack("<HH", width, height) + content[10:]


def webp(*chunks: bytes, canvas: int = 40, flags: int = 0x2C, lossless: bool = True) -> bytes:
    picture = encoded(red(), "WEBP", lossless=lossless, quality=95)[12:]
    edge = (canvas - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<IB3x", 10, flags) + edge * 2 + b"".join(chunks) + picture
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def bmp(compression: int) -> bytes:
    content = bytearray(encoded(red("P"), "BMP"))
    content[30:34] = struct.pack("<I", compression)
    return bytes(content)


def two_pictures() -> bytes:
    second = Image.new("RGB", (40, 40), (0, 0, 255))
    return encoded(red(), "MPO", save_all=True, append_images=[second], quality=95)


def animation(kind: str) -> bytes:
    second = Image.new("RGB", (40, 40), (0, 0, 255))
    return encoded(red(), kind, save_all=True, append_images=[second] * 3, duration=50)


SHOWN: dict[str, Callable[[], bytes]] = {
    "a JPEG with two pictures": two_pictures,
    "a JPEG with colour profiles": lambda: jpeg(*[segment(0xE2, b"ICC_PROFILE\0" + bytes(60_000))] * 60),
    "a JPEG with a directory that multiplies": lambda: jpeg(segment(0xE1, b"Exif\0\0" + huge_tiff())),
    "a JPEG with another behind it": lambda: jpeg(tail=jpeg()),
    "a JPEG with fill bytes": lambda: jpeg(b"\xff\xff\xff" + segment(0xFE, b"x")),
    "a progressive JPEG": lambda: jpeg(progressive=True),
    "a JPEG with restarts": lambda: jpeg(restart_marker_blocks=1),
    "a PNG with colour profiles": lambda: png(*[chunk(b"iCCP", b"x\0\0" + MEGABYTE)] * 50),
    "a PNG with texts that inflate": lambda: png(*[chunk(b"zTXt", b"x\0\0" + MEGABYTE)] * 70),
    "a PNG with a directory that multiplies": lambda: png(chunk(b"eXIf", huge_tiff())),
    "an animated PNG": lambda: animation("PNG"),
    "a PNG of 16 bits a channel": lambda: png_of(2, 2, 16, 2, (b"\0" + b"\xc8\xc8\x1e\x1e\x1e\x1e" * 2) * 2),
    "an interlaced PNG": lambda: png_of(1, 1, 8, 2, b"\0\xc8\x1e\x1e", interlace=1),
    "a PNG with rows beyond its end": lambda: png_of(1, 1, 8, 2, b"\0\xc8\x1e\x1e" + bytes(10**6)),
    "an animated GIF": lambda: animation("GIF"),
    "a GIF with comments": lambda: gif(b"!\xfe\x01x\0" * 1_000),
    "an interlaced GIF": lambda: gif(interlace=True),
    "an animated WebP": lambda: animation("WEBP"),
    "a WebP with all metadata": lambda: webp(
        riff(b"ICCP", bytes(9)), riff(b"EXIF", huge_tiff()), riff(b"XMP ", b"<x>")
    ),
    "a lossy WebP": lambda: webp(lossless=False),
}


@pytest.mark.parametrize("make", SHOWN.values(), ids=SHOWN.keys())
def test_what_is_odd_but_honest_is_shown(make: Callable[[], bytes]) -> None:
    """Its first picture comes out, in its colour."""
    pixels = decode(make(), SIZE).astype(int)
    assert np.abs(pixels[4:-4, 4:-4] - RED).max() <= 40


def test_as_many_scans_as_may_be_are_decoded() -> None:
    """The limit itself is allowed."""
    assert decode(many_scans(MAX_SCANS), SIZE).shape == (SIZE, SIZE, 3)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (bytes, "not_a_picture"),
    "an AVIF": (lambda: encoded(red(), "AVIF"), "not_a_picture"),
    "a TIFF": (lambda: encoded(red(), "TIFF"), "not_a_picture"),
    "an SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not_a_picture"),
    "a PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", "not_a_picture"),
    "a JPEG with one scan too many": (lambda: many_scans(MAX_SCANS + 1), "too_complex"),
    "a JPEG of empty segments": (lambda: jpeg(segment(0xE5, b"") * MAX_PARTS), "too_complex"),
    "a JPEG of bare markers": (lambda: jpeg(b"\xff\x01" * (MAX_PARTS + 1)), "too_complex"),
    "a JPEG with a segment past its end": (lambda: jpeg()[:2] + b"\xff\xe0\xff\xff", "broken"),
    "a JPEG with a segment of no length": (lambda: jpeg()[:2] + b"\xff\xe0\0\0" + jpeg()[2:], "broken"),
    "a JPEG of no height": (lambda: _patched(jpeg(), b"\xff\xc0", 5, b"\0\0"), "broken"),
    "a JPEG cut short": (lambda: encoded(Image.effect_noise((99, 99), 80), "JPEG")[:-2000], "broken"),
    "a PNG of empty chunks": (lambda: png(chunk(b"aaAa", b"") * MAX_PARTS), "too_complex"),
    "a PNG of no width": (lambda: png_of(0, 1, 8, 2, b"\0"), "broken"),
    "a PNG of too many pixels": (lambda: png_of(10_000, 10_000, 8, 2, b"\0"), "too_many_pixels"),
    "a PNG cut short": (lambda: encoded(Image.effect_noise((99, 99), 80), "PNG")[:-2000], "broken"),
    "a PNG without a header": (lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b""), "broken"),
    "a GIF with comments in bits": (lambda: gif(b"!\xfe" + b"\x01x" * MAX_PARTS + b"\0"), "too_complex"),
    "a GIF of empty extensions": (lambda: gif(b"!\x01\0" * (MAX_PARTS + 1)), "too_complex"),
    "a GIF that ends in an extension": (lambda: gif()[:13] + b"!\xfe\xff", "broken"),
    "a GIF with a giant screen": (lambda: screen(65_535, 65_535), "too_many_pixels"),
    "a WebP with a giant canvas": (lambda: webp(canvas=16_384), "too_many_pixels"),
    "a WebP of empty chunks": (lambda: webp(riff(b"XMP ", b"") * MAX_PARTS), "too_complex"),
    "a WebP of no width": (
        lambda: b"RIFF\x1e\0\0\0WEBP" + riff(b"VP8 ", b"\0\0\0\x9d\x01\x2a\0\0\0\0" + bytes(8)),
        "empty",
    ),
    "a WebP without a picture": (lambda: b"RIFF\x04\0\0\0WEBP", "broken"),
    "a BMP of run lengths": (lambda: bmp(1), "unsupported"),
    "a BMP of short run lengths": (lambda: bmp(2), "unsupported"),
    "a BMP around a JPEG": (lambda: bmp(4), "broken"),
    "a BMP of two bytes": (lambda: b"BM", "broken"),
}


def _patched(content: bytes, marker: bytes, offset: int, value: bytes) -> bytes:
    start = content.index(marker) + offset
    return content[:start] + value + content[start + len(value) :]


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_shown_has_its_reason(make: Callable[[], bytes], reason: str) -> None:
    """Refused, and never with another error."""
    content = make()
    with pytest.raises(BadPicture) as refusal:
        decode(content, SIZE)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "I;16", "L", "1", "CMYK", "RGB"])
@pytest.mark.parametrize("size", [(1, 1), (1, 3_000), (3_000, 1), (700, 999), (64, 64)])
def test_every_mode_and_shape_is_a_square(mode: str, size: tuple[int, int]) -> None:
    """One pixel, a line, and what is shrunk in bands alike."""
    image = Image.new("RGB", size, (90, 90, 90)).convert("L" if mode == "I;16" else mode)
    image = Image.new("I;16", size, 90 * 257) if mode == "I;16" else image
    pixels = decode(encoded(image, "JPEG" if mode == "CMYK" else "PNG"), SIZE)
    assert pixels.shape == (SIZE, SIZE, 3)
    assert (pixels != WHITE).any()


def test_bands_leave_no_seam() -> None:
    """Two and a half million pixels, fitted in three bands, are what Pillow makes of the whole at once."""
    rng = np.random.default_rng(7)
    coarse = Image.fromarray(rng.integers(0, 255, (30, 20, 3), np.uint8))
    image = coarse.resize((1_301, 1_951), Image.Resampling.BICUBIC)
    scale = SIZE / image.height
    whole = image.resize((round(image.width * scale), SIZE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    left = (SIZE - whole.width) // 2
    fitted = decode(encoded(image, "BMP"), SIZE)
    assert np.array_equal(fitted[:, left : left + whole.width], np.asarray(whole))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_followed_in_every_format(kind: str, orientation: int) -> None:
    """All eight ways of lying, as Pillow turns them; both byte orders are read."""
    lying = red()
    lying.paste((0, 0, 0), (0, 0, 20, 10))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95, "subsampling": 0}
    content = encoded(lying, kind, exif=exif, **options)
    upright = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}[orientation]
    pixels = decode(content, SIZE).astype(int)
    dark = pixels.sum(axis=2) < 130
    assert dark[:4].any() == upright.startswith("t")
    assert dark[:, :4].any() == upright.endswith("l")
    assert dark.any(axis=1).sum() > 12 if orientation > 4 else dark.any(axis=1).sum() < 12


@pytest.mark.parametrize(
    ("block", "orientation"),
    [
        (tiff(6), 6),
        (tiff(6, ">"), 6),
        (b"Exif\0\0" + tiff(8), 8),
        (tiff(0), 1),
        (tiff(9), 1),
        (tiff(6)[:20], 1),
        (b"II*\0\xff\xff\xff\xff", 1),
        (b"nothing", 1),
        (b"", 1),
        (huge_tiff(), 1),
    ],
)
def test_an_exif_block_names_an_orientation_or_none(block: bytes, orientation: int) -> None:
    """A broken block is a picture without a word on how it stands."""
    assert reduced(png(chunk(b"eXIf", block))).orientation == orientation


@pytest.mark.parametrize("kind", KINDS)
def test_reducing_twice_changes_nothing(kind: str) -> None:
    """What is left is all that is needed."""
    once = reduced(encoded(red(), kind))
    again = reduced(once.content)
    assert (again.kind, again.content) == (kind, once.content)


@given(st.data())
def test_no_bytes_are_another_error(data: st.DataObject) -> None:
    """Cut, doubled, reordered and damaged files of every format are reduced or refused, and so decoded."""
    content = data.draw(st.sampled_from(seeds()))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 40)))
        piece = data.draw(st.sampled_from([b"", content[start:end] * 2]) | st.binary(max_size=8))
        content = content[:start] + piece + content[end:]
    with suppress(NotShowable):
        assert len(reduced(content).content) <= len(content) + 2
    with suppress(BadPicture):
        assert decode(content, 8, max_pixels=10_000).shape == (8, 8, 3)


@functools.cache
def seeds() -> list[bytes]:
    return [
        jpeg(segment(0xE1, b"Exif\0\0" + tiff(6)), progressive=True),
        png(chunk(b"eXIf", tiff(6))),
        gif(b"!\xfe\x01x\0"),
        webp(riff(b"EXIF", tiff(6))),
        animation("WEBP"),
        bmp(0),
    ]
