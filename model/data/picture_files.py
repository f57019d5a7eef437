"""Pictures in a folder or in a tar file beside it, found by name and read only when they are wanted.

Names come from data files, so they are hostile: only regular files are found, by their exact names, inside
the folder, and none over a size. Nothing is ever unpacked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import url2pathname

from model.data.labelled import PictureFile
from model.data.problems import Problems

MAX_PICTURE_BYTES = 32 * 1024 * 1024
_INLINE = "data:"


@dataclass(frozen=True, slots=True)
class _WholeFile:
    path: Path

    def __call__(self) -> bytes:
        with self.path.open("rb") as file:
            content = file.read(MAX_PICTURE_BYTES + 1)
        if len(content) > MAX_PICTURE_BYTES:
            raise OSError(f"{self.path}: over {MAX_PICTURE_BYTES} bytes")
        return content


@dataclass(frozen=True, slots=True)
class _Member:
    """A part of a file; each call opens it anew, so that threads and processes may share it."""

    archive: Path
    offset: int
    size: int

    def __call__(self) -> bytes:
        with self.archive.open("rb") as file:
            file.seek(self.offset)
            content = file.read(self.size)
        if len(content) != self.size:
            raise OSError(f"{self.archive}: ends inside a member")
        return content


@dataclass(frozen=True, slots=True)
class _Inline:
    content: bytes

    def __call__(self) -> bytes:
        return self.content


@dataclass(frozen=True)
class PictureFolder:
    """Where a source's pictures are: `images.tar`, `images/`, and the folder itself, in this order.

    Attributes:
        root: the folder; `file://` URLs are followed inside it alone.
    """

    root: Path
    _members: Mapping[str, _Member] = field(default_factory=dict)

    @classmethod
    def open(cls, root: Path, problems: Problems) -> PictureFolder:
        """The folder, with its tar file's index read; a tar file broken half way gives what stands before.

        Raises:
            DataError: strict, and the tar file is broken.
        """
        archive = root / "images.tar"
        members = _index(archive, problems) if archive.is_file() else {}
        return cls(root.resolve(), members)

    def find(self, name: str) -> PictureFile | None:
        """What a row names: a file's name, a `data:` URL or a `file://` URL; None if it is not there."""
        if name[: len(_INLINE)].lower() == _INLINE:
            content = _inline(name)
            return None if content is None else PictureFile("data: URL", _Inline(content))
        if name in self._members:
            return PictureFile(name, self._members[name])
        if name[:7].lower() == "file://":
            return self._inside(url2pathname(urlsplit(name).path), name)
        if "://" in name:
            return None  # not fetched
        return self._inside(f"images/{name}", name) or self._inside(name, name)

    def _inside(self, path: str, name: str) -> PictureFile | None:
        try:
            file = self.root / path
            if not file.is_file():
                return None
            file = file.resolve()  # follows links, so that none leads out
            if not file.is_relative_to(self.root):
                return None
            fits = file.stat().st_size <= MAX_PICTURE_BYTES
        except (OSError, ValueError):  # too long a name, a NUL, a loop of links: no such file
            return None
        return PictureFile(name, _WholeFile(file)) if fits else None


def _index(archive: Path, problems: Problems) -> dict[str, _Member]:
    members: dict[str, _Member] = {}
    end = archive.stat().st_size
    try:
        with tarfile.open(archive, "r:") as tar:
            for entry in tar:
                whole = entry.isreg() and not entry.issparse() and entry.offset_data + entry.size <= end
                if whole and entry.size <= MAX_PICTURE_BYTES:
                    members[entry.name] = _Member(archive, entry.offset_data, entry.size)
    except (tarfile.TarError, OSError, ValueError, EOFError, OverflowError) as err:
        problems.add(archive, 0, f"not a whole, uncompressed tar file ({err}); {len(members)} pictures found")
    return members


def _inline(url: str) -> bytes | None:
    head, comma, body = url[len(_INLINE) :].partition(",")
    if not comma or len(body) > 2 * MAX_PICTURE_BYTES:
        return None
    content = unquote_to_bytes(body)
    if not head.lower().endswith(";base64"):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        return None


def nowhere(store: str, listing_id: str, place: int) -> str:
    """A URL that leads nowhere and tells nothing, to stand for a picture in a Listing."""
    named = hashlib.blake2b(f"{store}\0{listing_id}\0{place}".encode(), digest_size=12).hexdigest()
    return f"http://127.0.0.1:1/{named}.jpg"
