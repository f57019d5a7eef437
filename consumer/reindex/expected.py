"""What the inner log says that the index holds, in a scratch file on disk: memory stays bounded."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from consumer.contracts.inner import InnerVerdict
from consumer.errors import Misconfigured
from consumer.match.fold import Held, Said, fold
from consumer.ports.index import Row

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (listing_id TEXT PRIMARY KEY, at INTEGER NOT NULL, origin INTEGER NOT NULL,
  timestamp_ms INTEGER NOT NULL, revision INTEGER, digest BLOB NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS rows_at ON rows (at);
CREATE TABLE IF NOT EXISTS differences (at INTEGER NOT NULL, listing_id TEXT NOT NULL, kind TEXT NOT NULL,
  PRIMARY KEY (at, listing_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_IN_ONE_QUERY = 500


class ExpectedRow(NamedTuple):
    """One row that the log says there is; its content as a digest."""

    listing_id: str
    held: Held
    digest: bytes


class Difference(NamedTuple):
    """A row that is not as the log says; `kind` is one of `compare.Kind`."""

    kind: str
    listing_id: str
    offset: int


class Expected:
    """The newest row of each listing up to a position, what was found to differ, and how far a job has come.

    The file outlives an interrupted job, whose next run goes on with it. It is a function of the log and the
    index, so it is no loss if it is gone.

    Args:
        path: of the scratch file; it is made with its folder.

    Raises:
        Misconfigured: it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, isolation_level=None)
            self._file.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + _SCHEMA)
        except (OSError, sqlite3.Error) as err:
            raise Misconfigured(
                f"the scratch file {path} cannot be written ({err}); SKUTWIN_CACHE_DIR names a folder on a"
                " local disk that this user may write. What is there may be deleted."
            ) from err

    def take(self, batch: Sequence[Said], position: int) -> None:
        """Fold the log's next records in, all before `position`."""
        ids = {item.listing_id for _, item in batch if not isinstance(item, InnerVerdict)}
        rows = fold(batch, self._held(ids)).rows
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?)",
            [(row.listing_id, *Held.of(row), digest(row)) for row in rows.values()],
        )
        self.note("position", position)
        self._file.execute("COMMIT")

    def of(self, listing_ids: Collection[str]) -> Mapping[str, ExpectedRow]:
        """What is expected of these listings; who is unknown is absent."""
        found = {}
        ids = list(listing_ids)
        for start in range(0, len(ids), _IN_ONE_QUERY):
            some = ids[start : start + _IN_ONE_QUERY]
            marks = ",".join("?" * len(some))
            query = f"SELECT * FROM rows WHERE listing_id IN ({marks})"  # noqa: S608 (question marks only)
            for entry in self._file.execute(query, some):
                found[entry[0]] = ExpectedRow(entry[0], Held(*entry[1:5]), entry[5])
        return found

    def window(self, start: int, count: int) -> list[ExpectedRow]:
        """The next `count` rows from an offset on, by rising offset."""
        query = "SELECT * FROM rows WHERE at >= ? ORDER BY at LIMIT ?"
        entries = self._file.execute(query, (start, count)).fetchall()
        return [ExpectedRow(entry[0], Held(*entry[1:5]), entry[5]) for entry in entries]

    def count(self) -> int:
        """How many listings the log knows, deleted ones among them."""
        return int(self._file.execute("SELECT count(*) FROM rows").fetchone()[0])

    def differ(self, found: Sequence[Difference], compared: int) -> None:
        """Note what differs of the rows before the offset `compared`."""
        self._file.execute("BEGIN")
        entries = [(offset, listing_id, kind) for kind, listing_id, offset in found]
        self._file.executemany("INSERT OR REPLACE INTO differences VALUES (?, ?, ?)", entries)
        self.note("compared", compared)
        self._file.execute("COMMIT")

    def differences(self, kinds: Collection[str], limit: int, after: int = -1) -> list[Difference]:
        """Some of these kinds, by rising offset."""
        marks = ",".join("?" * len(kinds))
        query = (
            f"SELECT kind, listing_id, at FROM differences WHERE kind IN ({marks}) AND at > ?"  # noqa: S608 (question marks only)
            " ORDER BY at LIMIT ?"
        )
        return [Difference(*entry) for entry in self._file.execute(query, (*kinds, after, limit))]

    def counts(self) -> dict[str, int]:
        """How many differ, by kind."""
        return dict(self._file.execute("SELECT kind, count(*) FROM differences GROUP BY kind"))

    def mended(self, differences: Sequence[Difference]) -> None:
        """These differ no more."""
        entries = [(offset, listing_id) for _, listing_id, offset in differences]
        self._file.execute("BEGIN")
        self._file.executemany("DELETE FROM differences WHERE at = ? AND listing_id = ?", entries)
        self._file.execute("COMMIT")

    def noted(self, name: str) -> int:
        """What `note` was given last; 0 if nothing."""
        entry = self._file.execute("SELECT value FROM progress WHERE name = ?", (name,)).fetchone()
        return 0 if entry is None else int(entry[0])

    def note(self, name: str, value: int) -> None:
        """Remember a number for the next run."""
        self._file.execute("INSERT OR REPLACE INTO progress VALUES (?, ?)", (name, value))

    def compare_anew(self, end: int) -> None:
        """Forget what was compared, and compare up to this offset."""
        self._file.execute("BEGIN")
        self._file.execute("DELETE FROM differences")
        self.note("compared", 0)
        self.note("end", end)
        self._file.execute("COMMIT")

    def close(self, *, done: bool = False) -> None:
        """Let go; a job that is done leaves no file."""
        self._file.close()
        if done:
            for path in (self._path, *self._path.parent.glob(f"{self._path.name}-*")):
                path.unlink(missing_ok=True)

    def _held(self, listing_ids: Collection[str]) -> dict[str, Held]:
        return {listing_id: row.held for listing_id, row in self.of(listing_ids).items()}


def digest(row: Row) -> bytes:
    """128 bits of BLAKE2b of all that a row says, but for its key."""
    content = hashlib.blake2b(f"{row.origin}/{row.timestamp_ms}/".encode(), digest_size=16)
    content.update(b"" if row.listing is None else row.listing.to_bytes())
    return content.digest()
