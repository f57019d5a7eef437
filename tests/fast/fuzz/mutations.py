"""Valid picture files taken apart, and put together wrongly."""

from __future__ import annotations

import struct
from functools import cache

from hypothesis import strategies as st

from tests.fuzz.fuzz_picture import mended, seeds

EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x3FFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)


@st.composite
def damaged_pictures(draw: st.DrawFn) -> bytes:
    """A small file of any format: cut, bits turned over, parts exchanged, or another size in a header."""
    content = draw(st.sampled_from(_whole()))
    for _ in range(draw(st.integers(1, 3))):
        match draw(st.sampled_from(["cut", "flip", "exchange", "drop", "double", "size"])):
            case "cut":
                content = content[: draw(st.integers(0, len(content)))]
            case "flip" if content:
                bits = bytearray(content)
                bits[draw(st.integers(0, len(bits) - 1))] ^= 1 << draw(st.integers(0, 7))
                content = bytes(bits)
            case "size":
                content = _resized(draw, content)
            case how:
                content = _rearranged(draw, content, how)
    return mended(content) if draw(st.booleans()) else content


@cache
def _whole() -> list[bytes]:
    return seeds()


def parts(content: bytes) -> list[bytes]:
    """The header, and each chunk or segment; of the formats without them, pieces of equal length."""
    if content.startswith(b"\x89PNG"):
        return _chunks(content, 8, ">I", 12)
    if content.startswith(b"RIFF"):
        return _chunks(content, 12, "<4xI", 8)
    if content.startswith(b"\xff\xd8"):
        return [piece if at == 0 else b"\xff" + piece for at, piece in enumerate(content.split(b"\xff"))]
    return [content[at : at + 16] for at in range(0, len(content), 16)]


def sizes_at(content: bytes) -> list[tuple[int, str]]:
    """Where a header says widths, heights, depths and lengths, and how it writes them."""
    if content.startswith(b"\x89PNG"):
        return [(8, ">I"), (16, ">I"), (20, ">I"), (24, "B"), (25, "B"), (28, "B")]
    if content.startswith(b"RIFF"):
        return [(4, "<I"), (16, "<I"), (20, "<I"), (24, "<I"), (26, "<H"), (28, "<H")]
    if content.startswith(b"GIF"):
        return [(6, "<H"), (8, "<H"), (10, "B")]
    if content.startswith(b"BM"):
        return [(10, "<I"), (14, "<I"), (18, "<i"), (22, "<i"), (28, "<H"), (30, "<I"), (46, "<I")]
    frames = [at for marker in (b"\xff\xc0", b"\xff\xc2") if (at := content.find(marker)) >= 0]
    return [
        (at + more, how)
        for at in frames
        for more, how in ((2, ">H"), (4, "B"), (5, ">H"), (7, ">H"), (9, "B"))
    ]


def _chunks(content: bytes, start: int, form: str, around: int) -> list[bytes]:
    """`around` bytes stand about each chunk's own; its length stands where `form` says."""
    found, at = [content[:start]], start
    while at + 8 <= len(content):
        (length,) = struct.unpack_from(form, content, at)
        end = min(len(content), at + around + length + (length % 2 if around == 8 else 0))
        found.append(content[at:end])
        at = end
    return [*found, content[at:]]


def _rearranged(draw: st.DrawFn, content: bytes, how: str) -> bytes:
    pieces = parts(content) or [content]
    one, other = (draw(st.integers(0, len(pieces) - 1)) for _ in range(2))
    if how == "exchange":
        pieces[one], pieces[other] = pieces[other], pieces[one]
    elif how == "drop":
        del pieces[one]
    else:
        pieces.insert(other, pieces[one])
    return b"".join(pieces)


def _resized(draw: st.DrawFn, content: bytes) -> bytes:
    places = [(at, form) for at, form in sizes_at(content) if at + struct.calcsize(form) <= len(content)]
    if not places:
        return content
    at, form = draw(st.sampled_from(places))
    width = struct.calcsize(form)
    value = draw(st.sampled_from(EXTREMES) | st.integers(0, 2**32 - 1)) % (1 << 8 * width)
    written = value.to_bytes(width, "big")
    return content[:at] + (written if form.startswith(">") else written[::-1]) + content[at + width :]
