"""What of a picture's file is needed to show it: the rest never reaches a decoder.

Metadata is where a small file costs most: a PNG of 8 MiB with thousands of colour profiles kept Pillow busy
for half a minute, comments of a GIF or segments of a JPEG for seconds, and Exif directories made them copy
the file for every entry. None of it changes the picture but for Exif's orientation, which is read here.
What is left is bounded in the number of its parts, and in the passes that a progressive JPEG asks for.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Format = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP"]

MAX_PARTS = 65_536
"""Chunks, segments and blocks of one file; 8 MiB in the usual pieces of 255 bytes are half of it."""

MAX_SCANS = 32
"""Passes over a JPEG's coefficients; usual encoders write 10, or 18 for four inks."""

_EXIF = b"Exif\0\0"
_ORIENTATION = 0x0112
_SHORT = 3
_JPEG_MARKER = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")  # not a stuffed byte, nor a restart
_JPEG_ALONE = frozenset({0x01, 0xD8})  # markers that no segment follows
_JPEG_END, _JPEG_SCAN, _JPEG_APP1 = 0xD9, 0xDA, 0xE1
_JPEG_KEPT = frozenset(range(0xC0, 0xE1)) | {
    0xEE
}  # frames, tables, scans, JFIF, and Adobe's colour transform
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_METADATA = 0x20 | 0x08 | 0x04  # VP8X's flags for a colour profile, Exif and XMP
_GIF_EXTENSION, _GIF_CONTROL = 0x21, 0xF9
_BMP_RUN_LENGTHS = frozenset({1, 2})


class NotShowable(ValueError):
    """A file that is no picture for us.

    Attributes:
        reason: `not_a_picture`, `too_complex`, `unsupported` or `broken`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Container:
    """A file reduced to its picture.

    Attributes:
        kind: by its first bytes.
        content: of the same format, without metadata.
        orientation: Exif's, 1 to 8; 1 where there is none.
    """

    kind: Format
    content: bytes
    orientation: int = 1


def reduced(content: bytes) -> Container:
    """The file without what its picture does not need.

    Raises:
        NotShowable: none of the formats, broken in its outermost structure, or of too many parts.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(content)
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            return _webp(content)
        if content.startswith((b"GIF87a", b"GIF89a")):
            return _gif(content)
        if content.startswith(b"BM"):
            return _bmp(content)
    except (struct.error, IndexError) as err:
        raise NotShowable("broken", f"it ends inside its header ({err})") from err
    raise NotShowable("not_a_picture", "none of JPEG, PNG, WEBP, GIF, BMP")


class _Parts:
    """Counts what a file consists of."""

    def __init__(self) -> None:
        self._count = 0

    def another(self) -> None:
        self._count += 1
        if self._count > MAX_PARTS:
            raise NotShowable("too_complex", f"more than {MAX_PARTS} parts")


def _jpeg(content: bytes) -> Container:
    """Segments up to the end of the first picture; between scans there may be tables."""
    kept, counted = [b"\xff\xd8"], _Parts()
    scans, position, orientation, in_scan = 0, 2, 1, False
    while marker := _JPEG_MARKER.search(content, position):
        counted.another()
        if in_scan:
            kept.append(content[position : marker.start()])
        code, position = content[marker.end() - 1], marker.end()
        if code == _JPEG_END:
            kept.append(b"\xff\xd9")
            return Container("JPEG", b"".join(kept), orientation)
        if code in _JPEG_ALONE:
            continue
        (length,) = struct.unpack_from(">H", content, position)
        if length < 2 or position + length > len(content):
            raise NotShowable("broken", f"a segment of {length} bytes")
        if code in _JPEG_KEPT:
            kept.append(b"\xff%c" % code + content[position : position + length])
        elif code == _JPEG_APP1 and content.startswith(_EXIF, position + 2) and orientation == 1:
            orientation = _orientation(content[position + 2 : position + length])
        in_scan = code == _JPEG_SCAN
        scans += in_scan
        if scans > MAX_SCANS:
            raise NotShowable("too_complex", f"more than {MAX_SCANS} scans")
        position += length
    if in_scan:
        kept.append(content[position:])
    return Container("JPEG", b"".join(kept), orientation)


def _png(content: bytes) -> Container:
    kept, counted = [content[:8]], _Parts()
    position, orientation = 8, 1
    while position + 8 <= len(content):
        counted.another()
        length, name = struct.unpack_from(">I4s", content, position)
        end = position + 12 + length
        if name in _PNG_KEPT:
            kept.append(content[position:end])
        elif name == b"eXIf":
            orientation = _orientation(content[position + 8 : end - 4])
        if name == b"IEND":
            break
        position = end
    return Container("PNG", b"".join(kept), orientation)


def _webp(content: bytes) -> Container:
    """Of an animation only the first frame."""
    kept, counted = [], _Parts()
    position, orientation, frames = 12, 1, 0
    while position + 8 <= len(content):
        counted.another()
        name, length = struct.unpack_from("<4sI", content, position)
        end = position + 8 + length + length % 2
        if name == b"VP8X":
            flags = content[position + 8] & ~_WEBP_METADATA
            kept.append(content[position : position + 8] + bytes([flags]) + content[position + 9 : end])
        elif name in _WEBP_KEPT:
            frames += name == b"ANMF"
            if name != b"ANMF" or frames == 1:
                kept.append(content[position:end])
        elif name == b"EXIF":
            orientation = _orientation(content[position + 8 : position + 8 + length])
        position = end
    body = b"WEBP" + b"".join(kept)
    return Container("WEBP", b"RIFF" + struct.pack("<I", len(body)) + body, orientation)


def _gif(content: bytes) -> Container:
    """The screen, the last control block before the first frame (for a transparent colour), and the frame."""
    counted = _Parts()
    colours = content[10]
    position = 13 + (3 << (colours & 7) + 1 if colours & 0x80 else 0)
    screen, control = content[:position], b""
    while content[position] == _GIF_EXTENSION:
        start, label, position = position, content[position + 1], position + 2
        while size := content[position]:
            counted.another()
            position += 1 + size
        position += 1
        counted.another()
        if label == _GIF_CONTROL:
            control = content[start:position]
    return Container("GIF", screen + control + content[position:])


def _bmp(content: bytes) -> Container:
    """Run lengths are refused: Pillow decodes them in Python, a byte at a time."""
    (header,) = struct.unpack_from("<I", content, 14)
    if header >= 40 and struct.unpack_from("<I", content, 30)[0] in _BMP_RUN_LENGTHS:
        raise NotShowable("unsupported", "a BMP with run lengths")
    return Container("BMP", content)


def _orientation(exif: bytes) -> int:
    """The orientation that the first directory of an Exif block (a TIFF header) names, else 1."""
    tiff = exif.removeprefix(_EXIF)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        return next((value for value in _orientations(tiff, order) if 1 <= value <= 8), 1)
    except struct.error:
        return 1  # cut short: a picture without a word on how it stands


def _orientations(tiff: bytes, order: str) -> Iterator[int]:
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, start)
    for entry in range(entries):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * entry)
        if tag == _ORIENTATION and kind == _SHORT:
            yield value
