"""The content cache on disk: one SQLite file in WAL mode, bounded by bytes, the least recently used go first.

A cache may always miss, so what its file does (a full disk, a lock held for too long, a corrupt page) costs
encoder time, is logged and counted, and does not stop the stream. A corrupt file is set aside and a fresh one
begun; only where that fails too does the process end.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from consumer.pictures.cache_file import CacheFile, unusable
from consumer.pictures.entries import (
    URL_COST,
    checked_feature,
    digest,
    feature_cost,
    pack_feature,
    pack_url,
    unpack_feature,
    unpack_url,
)
from consumer.ports.pictures import KnownUrl

_Result = TypeVar("_Result")
_Row = tuple[bytes, bytes, int]  # digest, value, cost

_PUT = """INSERT INTO entries (digest, value, cost, used) VALUES (?, ?, ?, ?)
ON CONFLICT (digest) DO UPDATE SET value = excluded.value, cost = excluded.cost, used = excluded.used"""
_IN_ONE_READ = 500
_IN_ONE_EVICTION = 256
_ROOM_MADE = 0.9  # an eviction goes down to this share of the bound, so that it is not needed at every write
_TOUCHED_AT_MOST = 4_096


class SqliteContentCache:
    """A `ContentCache` in one file on a local disk, safe for threads and for processes.

    Attributes:
        troubles: how often the file failed, by SQLite's name of the error (`SQLITE_BUSY`, `SQLITE_CORRUPT`),
            and `damaged_entry` for a row whose checksum is wrong.
    """

    def __init__(self, path: Path, max_bytes: int, *, busy_timeout_s: float = 5.0) -> None:
        """Open the file, or make it.

        Args:
            path: of the file; its folder is made.
            max_bytes: what all entries may count for together.
            busy_timeout_s: how long to wait for another process's write.

        Raises:
            Misconfigured: the folder cannot be made or written, or the file is another program's database.
            ValueError: `max_bytes` is not positive.
        """
        if max_bytes <= 0:
            raise ValueError(f"max_bytes is {max_bytes}; it must be positive")
        self._path = path
        self._max_bytes = max_bytes
        self._busy_timeout_s = busy_timeout_s
        self._closed = False
        self._lock = threading.Lock()
        self._touched: dict[bytes, None] = {}
        self.troubles: Counter[str] = Counter()
        self._log = structlog.get_logger(__name__).bind(cache=str(path))
        self._file = CacheFile(path, busy_timeout_s, self.troubles, self._log)
        self._database = self._file.connect()

    def urls(self, urls: Sequence[str]) -> dict[str, KnownUrl]:
        """See `ContentCache`."""
        return self._read("url", urls, unpack_url)

    def remember_urls(self, known: Mapping[str, KnownUrl]) -> None:
        """See `ContentCache`."""
        self._write([(digest("url", url), pack_url(value), URL_COST) for url, value in known.items()])

    def features(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """See `ContentCache`."""
        return self._read("feature", keys, unpack_feature)

    def remember_features(self, features: Mapping[str, NDArray[np.float32]]) -> None:
        """See `ContentCache`.

        Raises:
            ValueError: a feature is not a flat, finite array; nothing was noted.
        """
        checked = {key: checked_feature(key, feature) for key, feature in features.items()}
        self._write(
            [
                (digest("feature", key), pack_feature(feature), feature_cost(feature))
                for key, feature in checked.items()
            ]
        )

    def close(self) -> None:
        """See `ContentCache`; closing twice is no error."""
        if not self._closed:
            self._write([])
            self._closed = True
            with self._lock:
                self._database.close()

    def _read(
        self, kind: str, keys: Sequence[str], unpack: Callable[[bytes], _Result | None]
    ) -> dict[str, _Result]:
        by_digest = {digest(kind, key): key for key in keys}
        found: dict[str, _Result] = {}
        with self._lock, self._tolerating():
            for row_digest, value in self._select(list(by_digest)):
                entry = unpack(value)
                if entry is None:
                    self.troubles["damaged_entry"] += 1
                    continue
                found[by_digest[row_digest]] = entry
                self._touched[row_digest] = None
        if len(self._touched) > _TOUCHED_AT_MOST:
            self._write([])
        return found

    def _select(self, digests: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for start in range(0, len(digests), _IN_ONE_READ):
            part = digests[start : start + _IN_ONE_READ]
            marks = ",".join("?" * len(part))
            yield from self._database.execute(
                f"SELECT digest, value FROM entries WHERE digest IN ({marks})",  # noqa: S608 (question marks)
                part,
            )

    def _write(self, rows: Sequence[_Row]) -> None:
        """One transaction: notes what was used since the last one, puts the rows, makes room."""
        with self._lock, self._tolerating():
            touched, self._touched = self._touched, {}
            if not rows and not touched:
                return
            with self._transaction():
                (tick,) = self._database.execute(
                    "UPDATE counters SET tick = tick + 1 RETURNING tick"
                ).fetchone()
                self._database.executemany(
                    "UPDATE entries SET used = ? WHERE digest = ?", [(tick, entry) for entry in touched]
                )
                self._database.executemany(_PUT, [(*row, tick) for row in rows])
                self._make_room()

    def _make_room(self) -> None:
        (held,) = self._database.execute("SELECT bytes FROM counters").fetchone()
        if held <= self._max_bytes:
            return
        goal = self._max_bytes * _ROOM_MADE
        while held > goal:
            oldest = self._database.execute(
                "SELECT id, cost FROM entries ORDER BY used, id LIMIT ?", (_IN_ONE_EVICTION,)
            ).fetchall()
            doomed = []
            for entry, cost in oldest:
                if held > goal:
                    doomed.append((entry,))
                    held -= cost
            if not doomed:
                return
            self._database.executemany("DELETE FROM entries WHERE id = ?", doomed)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    @contextmanager
    def _tolerating(self) -> Iterator[None]:
        """A cache may miss and forget: its errors are counted and said; a corrupt file is replaced."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # ours: used after it was closed, or wrong SQL
        except sqlite3.DatabaseError as err:
            name = getattr(err, "sqlite_errorname", "SQLITE_ERROR")
            self.troubles[name] += 1
            self._log.warning("content_cache_failed", error=name, detail=str(err))
            if unusable(err):
                self._database = self._file.replace(self._database, str(err))
