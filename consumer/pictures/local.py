"""Pictures that need no network: `data:` URLs and files under one folder."""

from __future__ import annotations

import base64
import binascii
import errno
import os
import stat
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from consumer.ports.pictures import Fetched, FetchResult, Gone, Later

_FOR_GOOD = {
    errno.ENOENT: "not_found",
    errno.ENOTDIR: "not_found",
    errno.ENAMETOOLONG: "not_found",
    errno.ELOOP: "not_found",
    errno.EISDIR: "not_a_file",
    errno.ENXIO: "not_a_file",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
}


def fetch_data(url: str, max_bytes: int) -> FetchResult:
    """The content of a `data:` URL (RFC 2397): base64 and of an image type, else `Gone`."""
    about, comma, payload = url.partition(":")[2].partition(",")
    media_type, *parameters = [part.strip().lower() for part in about.split(";")]
    if not comma or "base64" not in parameters:
        return Gone("bad_data_url")
    if not media_type.startswith("image/"):
        return Gone("not_an_image")
    try:
        content = base64.b64decode(unquote_to_bytes(payload), validate=True)
    except binascii.Error:
        return Gone("bad_data_url")
    return Fetched(content) if len(content) <= max_bytes else Gone("too_large")


def fetch_file(url: str, root: Path | None, max_bytes: int) -> FetchResult:
    """The content of a `file:` URL: a regular file whose real path, links resolved, lies under `root`.

    What the file system fails to give for now is `Later`; all else is `Gone`, and no reason tells whether
    something exists outside the root.
    """
    if root is None:
        return Gone("file_not_allowed")
    named = _path_in(url)
    if named is None:
        return Gone("bad_url")
    path, inside = Path(os.path.realpath(named)), root.resolve()
    if not path.is_relative_to(inside):
        return Gone("file_not_allowed")
    try:
        return _read(inside, path.relative_to(inside), max_bytes)
    except OSError as err:
        reason = _FOR_GOOD.get(err.errno or 0)
        # A root that is not there, not mounted say, is no word on the picture.
        return Later("file_system") if reason is None or not inside.is_dir() else Gone(reason)


def _path_in(url: str) -> str | None:
    """The absolute path that a `file:` URL names on this machine, if it does."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = unquote(parts.path, errors="surrogateescape")
    here = parts.netloc in {"", "localhost"} and path.startswith("/") and "\0" not in path
    return path if here else None


def _open(root: Path, path: Path) -> int:
    """Folder by folder, so that no link that took a folder's place since leads out of the root."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for number, part in enumerate(path.parts, start=1):
        kind = os.O_NONBLOCK if number == len(path.parts) else os.O_DIRECTORY
        above = here
        try:
            here = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | kind, dir_fd=above)
        finally:
            os.close(above)
    return here


def _read(root: Path, path: Path, max_bytes: int) -> FetchResult:
    """Of a regular file alone; a pipe or a device is not waited for."""
    descriptor = _open(root, path)
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return Gone("not_a_file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(max_bytes + 1) if about.st_size <= max_bytes else None
    finally:
        os.close(descriptor)
    return Gone("too_large") if content is None or len(content) > max_bytes else Fetched(content)
