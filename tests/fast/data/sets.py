"""Small data sets on disk, as their makers wrote them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

from PIL import Image

ROW = {
    "listing_id": "m-1-a",
    "product_id": "m-1",
    "variant_group": "m",
    "seller_id": "m-a",
    "title": "Hoodie",
    "brand": "Luma",
    "category": "Men/Tops",
    "colour": "Black",
    "price": 52.1,
    "currency": "USD",
    "images": ["m_1.jpg"],
}


def lines(folder: Path, *rows: dict[str, Any] | str) -> Path:
    written = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    (folder / "listings.jsonl").write_text("\n".join(written) + "\n", encoding="utf-8")
    return folder


def images(folder: Path, **members: bytes) -> Path:
    """Beside the data; a name's double underscore is a point."""
    with tarfile.open(folder / "images.tar", "w") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name.replace("__", "."))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return folder


def jpeg(colour: tuple[int, int, int] = (200, 30, 40), size: tuple[int, int] = (60, 80)) -> bytes:
    picture = Image.new("RGB", size, (255, 255, 255))
    picture.paste(colour, (size[0] // 4, size[1] // 4, size[0] // 2, 3 * size[1] // 4))
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=95)
    return written.getvalue()
