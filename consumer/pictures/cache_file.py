"""The content cache's file: its schema, and what happens to one that cannot be used."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import stamina

from consumer.errors import Misconfigured, WorldFault

_APPLICATION_ID = 0x534B5457  # "SKTW"
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE entries (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, value BLOB NOT NULL,
                      cost INTEGER NOT NULL, used INTEGER NOT NULL);
CREATE INDEX entries_used ON entries (used, id, cost);
CREATE TABLE counters (bytes INTEGER NOT NULL, tick INTEGER NOT NULL);
INSERT INTO counters VALUES (0, 0);
CREATE TRIGGER entries_added AFTER INSERT ON entries
  BEGIN UPDATE counters SET bytes = bytes + new.cost; END;
CREATE TRIGGER entries_changed AFTER UPDATE OF cost ON entries
  BEGIN UPDATE counters SET bytes = bytes + new.cost - old.cost; END;
CREATE TRIGGER entries_removed AFTER DELETE ON entries
  BEGIN UPDATE counters SET bytes = bytes - old.cost; END;
"""
_UNUSABLE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TAKEN = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PATIENCE = 6  # busy time-outs until a file that stays locked is the world's fault


class _OtherVersion(Exception):
    """The file has another schema version."""


def unusable(err: sqlite3.Error) -> bool:
    """Whether the file itself is broken, rather than busy, full or out of reach."""
    return _code(err) in _UNUSABLE


def _taken(err: Exception) -> bool:
    """Whether a neighbour has the file to itself: while it recovers or removes the log of a crashed one."""
    return _code(err) in _TAKEN


def _code(err: Exception) -> int:
    return int(getattr(err, "sqlite_errorcode", 0)) & 0xFF


class CacheFile:
    """Where the cache lives. An unusable file is set aside as `<name>.corrupt`, and a fresh one begun."""

    def __init__(self, path: Path, busy_timeout_s: float, troubles: Counter[str], log: Any) -> None:
        """Name the file; `troubles` counts and `log` tells what was wrong with it."""
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._troubles = troubles
        self._log = log
        self._inode: int | None = None

    def connect(self) -> sqlite3.Connection:
        """Open it, making it and its folder where they are missing.

        Raises:
            Misconfigured: it cannot be made or written, or it is another program's database.
            WorldFault: a neighbour kept it locked for six busy time-outs.
        """
        patience_s = _PATIENCE * self._busy_timeout_s
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            for attempt in stamina.retry_context(_taken, attempts=None, timeout=patience_s, wait_max=1.0):
                with attempt:
                    return self._open_or_begin_afresh()
            raise AssertionError("the last attempt returns or raises")
        except (OSError, sqlite3.Error) as err:
            if _taken(err):
                raise WorldFault(
                    f"the cache {self._path} was locked by another process for {patience_s:.0f} s ({err})"
                ) from err
            raise Misconfigured(
                f"the cache {self._path} cannot be opened ({err}); name a file in a folder on a local disk"
                " that this user may write"
            ) from err

    def replace(self, broken: sqlite3.Connection, why: str) -> sqlite3.Connection:
        """Set the file aside that this connection found broken, and open a fresh one.

        Raises:
            Misconfigured: as `connect`.
        """
        broken.close()
        self._set_aside(why)
        return self.connect()

    def _open_or_begin_afresh(self) -> sqlite3.Connection:
        try:
            return self._open()
        except _OtherVersion as err:
            self._set_aside(str(err))
        except sqlite3.DatabaseError as err:
            if unusable(err) or _taken(err):
                self._troubles[err.sqlite_errorname] += 1
            if not unusable(err):
                raise
            self._set_aside(str(err))
        return self._open()

    def _open(self) -> sqlite3.Connection:
        self._inode = self._inode_now()
        database = sqlite3.connect(
            self._path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA page_size = 16384")  # three features of 5 KiB fit a page
        database.execute("PRAGMA journal_mode = WAL")
        # NORMAL: a power cut may lose the last writes, never the file.
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(f"PRAGMA journal_size_limit = {16 * 1024 * 1024}")
        with _transaction(database, "DEFERRED"):  # reads one moment, and waits for no neighbour's write
            if self._is_ours(database):
                return
        with _transaction(database, "IMMEDIATE"):
            if not self._is_ours(database):
                _create(database)

    def _is_ours(self, database: sqlite3.Connection) -> bool:
        """Whether it has our tables; False if it has none."""
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if tables and application != _APPLICATION_ID:
            raise Misconfigured(
                f"{self._path} is another program's database; name another file for the cache"
            )
        if tables and version != _SCHEMA_VERSION:
            raise _OtherVersion(
                f"the cache has schema version {version}; this program writes {_SCHEMA_VERSION}"
            )
        return bool(tables)

    def _set_aside(self, why: str) -> None:
        """Move the file away, unless a neighbour did so already and this is its fresh one."""
        if self._inode is not None and self._inode_now() not in {self._inode, None}:
            return
        aside = self._path.with_name(self._path.name + ".corrupt")
        self._log.warning("content_cache_set_aside", why=why, kept_as=str(aside))
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        if self._path.exists():
            self._path.replace(aside)

    def _inode_now(self) -> int | None:
        return self._path.stat().st_ino if self._path.exists() else None


@contextmanager
def _transaction(database: sqlite3.Connection, kind: str) -> Iterator[None]:
    database.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _create(database: sqlite3.Connection) -> None:
    for statement in _statements(_SCHEMA):
        database.execute(statement)
    database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")


def _statements(script: str) -> Iterator[str]:
    """The script's statements; `executescript` would end the transaction around them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
