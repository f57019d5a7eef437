"""The topic `matches`, materialised: a SQLite file with every pair matched now, and how far it was read.

Rows and offsets change in one SQLite transaction, so that each record counts exactly once, however often the
process that follows is killed. One process writes; any number read beside it (write-ahead log).
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from consumer.errors import Misconfigured

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pairs (
    pair_id TEXT PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, said_ms INTEGER NOT NULL, event BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_a ON pairs (a, b);
CREATE INDEX IF NOT EXISTS by_b ON pairs (b, a);
"""
_VERSION = 1  # of the tables; a file of another one is filled anew
_IDENTITY, _BEGAN, _CAUGHT_UP = "identity", "began_ms", "caught_up_ms"


@dataclass(frozen=True, slots=True)
class Matched:
    """A pair is matched.

    Attributes:
        said_ms: the record's timestamp.
        event: the MatchEvent's bytes.
    """

    pair_id: str
    a: str
    b: str
    said_ms: int
    event: bytes


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A pair is not matched any more: taken back, or forgotten."""

    pair_id: str


Change = Matched | Unmatched


class Held(NamedTuple):
    """A current match as it lies in the file."""

    said_ms: int
    event: bytes


class PairStore:
    """The file as the one process sees it that writes it.

    Args:
        path: made if it is missing; its folder too.

    Raises:
        Misconfigured: another process keeps it.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(path)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")  # a power cut takes the last rows with their offsets
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in {0, _VERSION}:
            self._db.executescript("DROP TABLE meta; DROP TABLE offsets; DROP TABLE pairs;")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def identity(self) -> str | None:
        """Which log it was filled from; None while it is empty."""
        return _meta(self._db, _IDENTITY)

    def complete_ms(self) -> int:
        """When it last held all that the topic said; else when its filling began; 0 while it is empty."""
        return int(_meta(self._db, _CAUGHT_UP) or _meta(self._db, _BEGAN) or 0)

    def begin(self, identity: str, now_ms: int) -> None:
        """Forget everything: from now on it is filled from this log, from its beginning."""
        with self._transaction():
            for table in ("pairs", "offsets", "meta"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 (names of our own)
            said = [(_IDENTITY, identity), (_BEGAN, str(now_ms))]
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", said)

    def offsets(self) -> dict[int, int]:
        """The next offset of each partition that was read from."""
        return dict(self._db.execute("SELECT partition, next FROM offsets"))

    def apply(self, changes: Iterable[Change], offsets: Mapping[int, int]) -> None:
        """Take the changes in, in their order, and note the offsets to go on from: both, or neither."""
        with self._transaction():
            for change in changes:
                if isinstance(change, Matched):
                    row = (change.pair_id, change.a, change.b, change.said_ms, change.event)
                    self._db.execute("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?, ?)", row)
                else:
                    self._db.execute("DELETE FROM pairs WHERE pair_id = ?", (change.pair_id,))
            self._db.executemany("INSERT OR REPLACE INTO offsets VALUES (?, ?)", offsets.items())

    def note_caught_up(self, now_ms: int) -> None:
        """It holds all that the topic had said by then."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_CAUGHT_UP, str(now_ms)))

    def close(self) -> None:
        """Let another process follow."""
        self._db.close()
        self._lock.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


class PairReader:
    """The file as any process may read it while another writes; for one thread.

    Args:
        path: of a `PairStore`.

    Raises:
        Misconfigured: there is no such file.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise Misconfigured(f"{path} does not exist; `skutwin serve` makes it")
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)

    def of_listing(self, listing_id: str, after: str, limit: int) -> list[Held]:
        """A listing's current matches whose other listing comes after `after`, by its id, `limit` at most."""
        asked = {"id": listing_id, "after": after, "limit": limit}
        rows = self._db.execute(
            "SELECT said_ms, event, b AS other FROM pairs WHERE a = :id AND b > :after UNION ALL"
            " SELECT said_ms, event, a AS other FROM pairs WHERE b = :id AND a > :after"
            " ORDER BY other LIMIT :limit",
            asked,
        )
        return [Held(said_ms, event) for said_ms, event, _ in rows]

    def pair(self, pair_id: str) -> Held | None:
        """One pair, if it is matched."""
        row = self._db.execute("SELECT said_ms, event FROM pairs WHERE pair_id = ?", (pair_id,)).fetchone()
        return None if row is None else Held(*row)

    def count(self) -> int:
        """How many pairs are matched."""
        (count,) = self._db.execute("SELECT count(*) FROM pairs").fetchone()
        return int(count)

    def caught_up_ms(self) -> int | None:
        """When it last held all that the topic said; None if it never did."""
        said = _meta(self._db, _CAUGHT_UP)
        return None if said is None else int(said)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _meta(db: sqlite3.Connection, name: str) -> str | None:
    rows: Sequence[tuple[str]] = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchall()
    return rows[0][0] if rows else None


def _locked(path: Path) -> IO[bytes]:
    lock = path.with_suffix(".lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Misconfigured(
            f"{path} is kept by another process (another `skutwin serve`?): one follows the topic for all"
            " that read the file; for a second API give it a SKUTWIN_CACHE_DIR of its own"
        ) from None
    return lock
