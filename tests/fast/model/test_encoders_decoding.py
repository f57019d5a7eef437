"""Pictures from anyone: what is read, how it is fitted, and what is refused without harm."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.encoders.decoding import BadPicture, decode

SIZE = 32
RED, GREEN = (200, 30, 30), (20, 160, 40)


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 40), colour: object = RED) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]  # one helper for the colours of every mode


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def close(pixels: np.ndarray, colour: tuple[int, int, int], slack: int = 12) -> bool:
    return bool((np.abs(pixels.astype(int) - colour) <= slack).all())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_every_allowed_format_gives_the_same_square(kind: str) -> None:
    """A red picture is a red square in each of the formats."""
    pixels = decode(encoded(picture(), kind), SIZE)
    assert pixels.shape == (SIZE, SIZE, 3)
    assert pixels.dtype == np.uint8
    assert close(pixels, RED)


@pytest.mark.parametrize("kind", ["TIFF", "ICO", "PPM", "PDF", "EPS"])
def test_other_formats_are_refused(kind: str) -> None:
    """A format that nobody sells with, and whose decoders are seldom looked at, is no picture."""
    with pytest.raises(BadPicture) as refusal:
        decode(encoded(picture(), kind), SIZE)
    assert refusal.value.reason == "not_a_picture"


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (picture("CMYK", colour=(0, 217, 217, 55)), {"kind": "JPEG"}),
        (picture("P", colour=0), {"kind": "PNG"}),
        (picture("L", colour=90), {"kind": "PNG"}),
        (picture("1", colour=1), {"kind": "PNG"}),
        (picture("I;16", colour=90 * 257), {"kind": "PNG"}),
        (picture("LA", colour=(90, 255)), {"kind": "PNG"}),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else None,
)
def test_every_mode_becomes_rgb_as_a_viewer_shows_it(image: Image.Image, options: dict[str, str]) -> None:
    """Palettes, grey, sixteen bits and printers' inks come out as the colours that they stand for."""
    kind = options["kind"]
    black, grey, white = (0,) * 3, (90,) * 3, (255,) * 3
    wanted = {"CMYK": RED, "P": black, "L": grey, "1": white, "I;16": grey, "LA": grey}[image.mode]
    assert close(decode(encoded(image, kind), SIZE), wanted)


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_what_is_transparent_is_white(mode: str) -> None:
    """A cut-out lies on white, not on the black that its hidden pixels may hold."""
    clear = picture("RGBA", colour=(0, 0, 0, 0))
    content = encoded(clear) if mode == "RGBA" else encoded(picture("P", colour=0), transparency=0)
    assert close(decode(content, SIZE), (255, 255, 255), slack=0)


def test_the_whole_picture_is_kept_and_the_rest_is_white() -> None:
    """A tall picture is fitted by its height, centred, with white on both sides."""
    pixels = decode(encoded(picture(size=(20, 80))), SIZE)
    assert close(pixels[:, 12:20], RED)
    assert close(pixels[:, :11], (255, 255, 255), slack=0)
    assert close(pixels[:, 21:], (255, 255, 255), slack=0)


def test_a_picture_lying_on_its_side_is_turned_upright() -> None:
    """EXIF's orientation is followed, as every viewer does."""
    lying = picture(size=(40, 40))
    lying.paste(GREEN, (0, 0, 20, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees, clockwise: left becomes top
    pixels = decode(encoded(lying, "JPEG", exif=exif, quality=95), SIZE)
    assert close(pixels[2:10], GREEN, slack=25)
    assert close(pixels[-10:-2], RED, slack=25)


def test_an_animation_gives_its_first_frame() -> None:
    """Only the first frame is read."""
    content = encoded(picture(), "GIF", save_all=True, append_images=[picture(colour=GREEN)])
    assert close(decode(content, SIZE), RED)


def test_too_many_pixels_are_refused_before_anything_is_decompressed() -> None:
    """A header of 100,000 x 100,000 pixels over a few bytes costs nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))
    with pytest.raises(BadPicture) as refusal:
        decode(bomb, SIZE)
    assert refusal.value.reason == "too_many_pixels"


def test_the_limit_of_pixels_is_the_callers() -> None:
    """One pixel over is refused, just as many are allowed."""
    content = encoded(picture(size=(40, 40)))
    assert decode(content, SIZE, max_pixels=1600).shape == (SIZE, SIZE, 3)
    with pytest.raises(BadPicture, match="too_many_pixels"):
        decode(content, SIZE, max_pixels=1599)


@pytest.mark.parametrize(
    "content", [b"", b"<html>404</html>", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff"]
)
def test_bytes_that_are_no_picture_are_refused(content: bytes) -> None:
    """An error page in place of a picture, or nothing at all, has a reason."""
    with pytest.raises(BadPicture) as refusal:
        decode(content, SIZE)
    assert refusal.value.reason in {"not_a_picture", "broken"}


def test_a_picture_cut_short_is_refused() -> None:
    """Half of a download is not embedded as if it were the whole."""
    content = encoded(Image.effect_noise((200, 200), 80).convert("RGB"), "JPEG")
    with pytest.raises(BadPicture) as refusal:
        decode(content[: len(content) // 2], SIZE)
    assert refusal.value.reason == "broken"


@given(st.data())
def test_no_damage_gets_past_as_another_error(data: st.DataObject) -> None:
    """Any byte changed in any format is either still a picture or a BadPicture."""
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP"]))
    content = bytearray(encoded(picture(size=(9, 7)), kind))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadPicture):
        assert decode(bytes(content), SIZE, max_pixels=10_000).shape == (SIZE, SIZE, 3)
