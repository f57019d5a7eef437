"""Frozen features on disk: written once, at their end only, and read through a memory map.

A shelf is two files: `NAME.rows`, float32 row after row, and `NAME.keys`, the SHA-256 of each row's key. Rows
are on the disk before their keys are, so what has a key is whole; whatever lies past the last whole pair was
torn by a crash and is cut off before the next write. Writers take turns by a lock that dies with its
process, and each begins by reading what others have added.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

_KEY = 32  # bytes of SHA-256
_NAME_DIGITS = 16

Float32 = NDArray[np.float32]


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where features are kept unless told otherwise: under XDG_CACHE_HOME, or ~/.cache (XDG's own rule)."""
    base = environment.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "skutwin" / "features"


class StoreError(OSError):
    """A store's files cannot be made, read or written; the message names the shelf."""


class MemoryShelf:
    """Features that live as long as this object; the same face as `Shelf`."""

    def __init__(self) -> None:
        self._rows: dict[str, Float32] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def append(self, features: Mapping[str, Float32]) -> None:
        """See `Shelf.append`."""
        self._rows |= features

    def rows(self, keys: Sequence[str], width: int) -> Float32:
        """See `Shelf.rows`."""
        found = np.empty((len(keys), width), np.float32)
        for place, key in enumerate(keys):
            found[place] = self._rows[key]
        return found


class Shelf:
    """Features of one encoder, each float32[width]; open until `close`."""

    def __init__(self, folder: Path, name: str, width: int) -> None:
        """Open a shelf, or begin one.

        Raises:
            StoreError: its files cannot be made or read.
        """
        self._path = folder / name
        self._width = width
        self._places: dict[bytes, int] = {}
        with self._named():
            folder.mkdir(parents=True, exist_ok=True)
            self._rows_file = _opened(folder / f"{name}.rows")
            self._keys_file = _opened(folder / f"{name}.keys")
            with self._turn():
                self._map: Float32 = self._mapped()

    def __len__(self) -> int:
        """How many features."""
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return _digest(key) in self._places

    def append(self, features: Mapping[str, Float32]) -> None:
        """Add features float32[width] by key; a key that is there keeps what it has.

        Waits while another process writes. On return they are on the disk, power cuts included.

        Raises:
            ValueError: a feature of another length, or not finite; nothing was written.
            StoreError: the disk is full or fails; whatever was half written is cut off by the next writer.
        """
        new = {_digest(key): np.asarray(row, np.float32) for key, row in features.items()}
        for row in new.values():
            if row.shape != (self._width,) or not np.isfinite(row).all():
                raise ValueError(f"a feature of this shelf is {self._width} finite numbers")
        with self._named(), self._turn():
            added = {key: row for key, row in new.items() if key not in self._places}
            if added:
                _write(self._rows_file, np.stack(list(added.values())).astype("<f4").tobytes())
                _write(self._keys_file, b"".join(added))
                self._take_in(added)
            self._map = self._mapped()

    def rows(self, keys: Sequence[str], width: int) -> Float32:
        """float32[n, width] of n keys, in their order.

        Raises:
            KeyError: a key that was never added.
            ValueError: another width than the shelf's.
        """
        if width != self._width:
            raise ValueError(f"this shelf holds features of {self._width} numbers, not {width}")
        places = np.array([self._places[_digest(key)] for key in keys], np.intp)
        found: Float32 = np.asarray(self._map[places], np.float32)
        return found

    def close(self) -> None:
        """Let go of the files; arrays that were read stay."""
        os.close(self._rows_file)
        os.close(self._keys_file)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """What the disk refuses, with the shelf that it is refused to."""
        try:
            yield
        except OSError as err:
            raise StoreError(f"{self._path}: {err.strerror or err}") from err

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Alone among processes, with all that others wrote known and nothing torn behind it."""
        fcntl.flock(self._keys_file, fcntl.LOCK_EX)
        try:
            self._catch_up()
            yield
        finally:
            fcntl.flock(self._keys_file, fcntl.LOCK_UN)

    def _catch_up(self) -> None:
        row_bytes = 4 * self._width
        whole = min(os.fstat(self._keys_file).st_size // _KEY, os.fstat(self._rows_file).st_size // row_bytes)
        os.ftruncate(self._keys_file, whole * _KEY)
        os.ftruncate(self._rows_file, whole * row_bytes)
        known = len(self._places)
        if whole < known:
            raise OSError(f"{known - whole} features vanished from the store while it was open")
        unread = _read(self._keys_file, known * _KEY, whole * _KEY)
        self._take_in(unread[start : start + _KEY] for start in range(0, len(unread), _KEY))

    def _take_in(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            self._places[key] = len(self._places)

    def _mapped(self) -> Float32:
        if not self._places:  # an empty file cannot be mapped
            return np.empty((0, self._width), np.float32)
        with os.fdopen(os.dup(self._rows_file), "rb") as file:
            return np.memmap(file, "<f4", "r", shape=(len(self._places), self._width))


class FeatureStore:
    """A folder of shelves; use it in a `with`, or close it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Use this folder, made when first written to; None for the user's cache."""
        self.folder = default_folder() if folder is None else folder
        self._shelves: dict[tuple[str, int], Shelf] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def shelf(self, space: str, width: int) -> Shelf:
        """The shelf of an encoder's features.

        Args:
            space: what all its keys begin with: modality, preprocessing, encoder and its revision.
            width: length of a feature.

        Raises:
            StoreError: its files cannot be made or read.
        """
        if (space, width) not in self._shelves:
            kind = re.sub(r"\W", "", space.partition(":")[0])
            name = f"{kind}-{width}-{hashlib.sha256(space.encode()).hexdigest()[:_NAME_DIGITS]}"
            self._shelves[space, width] = Shelf(self.folder, name, width)
        return self._shelves[space, width]

    def close(self) -> None:
        """Let go of all files."""
        for shelf in self._shelves.values():
            shelf.close()
        self._shelves.clear()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _write(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
    os.fsync(file)


def _read(file: int, start: int, stop: int) -> bytes:
    parts = []
    while start < stop:
        part = os.pread(file, stop - start, start)
        if not part:
            raise OSError("the store's keys end before their length does")
        parts.append(part)
        start += len(part)
    return b"".join(parts)
