"""Small pictures as data: URLs."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageOps, UnidentifiedImageError

from model.data.labelled import PictureFile

_SIDE = 150
_QUALITY = 72
_MAX_PIXELS = 40_000_000


def data_url(picture: PictureFile) -> str | None:
    """A JPEG of at most 150 x 150 on white; None of a picture that cannot be read or drawn."""
    try:
        with Image.open(io.BytesIO(picture.read())) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                return None
            opened.draft("RGB", (2 * _SIDE, 2 * _SIDE))
            shown = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    shown.thumbnail((_SIDE, _SIDE))
    plain = Image.new("RGB", shown.size, "white")
    plain.paste(shown, mask=shown)
    held = io.BytesIO()
    plain.save(held, "JPEG", quality=_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(held.getvalue()).decode()
