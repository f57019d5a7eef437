"""Where a replay's pictures come from (a folder, or a tar file), and the URLs they are published under."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from consumer.errors import Misconfigured
from consumer.replay.rows import Opaque, PictureFault
from model.listing import MAX_DATA_URL_BYTES


def open_images(images: Path, work: Path) -> Path:
    """The folder with the pictures; a tar file is unpacked under `work` (files only, under their own names).

    Raises:
        Misconfigured: neither a folder nor a tar file.
    """
    if images.is_dir():
        return images.resolve()
    if not images.is_file() or not tarfile.is_tarfile(images):
        raise Misconfigured(f"--images {images}: neither a folder nor a tar file")
    folder = work / "unpacked"
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(images) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            target = folder / member.name
            if content is None or not target.resolve().is_relative_to(folder.resolve()):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
    return folder.resolve()


@dataclass
class PictureNames:
    """Turns a file's name into the URL that a listing carries.

    Attributes:
        root: the folder with the pictures; None without one.
        inline: whether the picture itself is put into the URL (`data:`), where it is small enough.
        opaque: renames the picture, since its name may tell the product; None keeps the name.
        work: gets the copies under opaque names; it is the `file://` root then.
    """

    root: Path | None
    inline: bool
    opaque: Opaque | None
    work: Path
    _known: dict[str, str] = field(default_factory=dict)

    def url_of(self, name: str) -> str:
        """The picture's URL.

        Raises:
            PictureFault: there is no such file under the root, or it is too large to be put inline.
        """
        if name not in self._known:
            self._known[name] = self._make(name)
        return self._known[name]

    def _make(self, name: str) -> str:
        if self.root is None:
            raise PictureFault(f"{name}: a file's name, but no --images was given")
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise PictureFault(f"{name}: lies outside {self.root}")
        if not path.is_file():
            raise PictureFault(f"{name}: no such file in {self.root}")
        if self.inline:
            return _data_url(path, name)
        if self.opaque is None:
            return path.as_uri()
        self.work.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes()
        named = self.opaque.name("picture", hashlib.sha256(content).hexdigest())
        copy = self.work.resolve() / f"{named}{path.suffix.lower()}"
        copy.write_bytes(content)  # a link would lead out of the root, and name the product again
        return copy.as_uri()


def _data_url(path: Path, name: str) -> str:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    url = f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
    if len(url) > MAX_DATA_URL_BYTES:
        raise PictureFault(
            f"{name}: {len(url)} bytes as a data: URL; at most {MAX_DATA_URL_BYTES} are allowed"
        )
    return url
