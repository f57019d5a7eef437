"""The lowest price of a rival for each listing, kept in SQLite from match events.

Rows and Kafka offsets are written in one SQLite transaction. A process that is killed anywhere begins again
at the offsets of its last whole transaction, so that each event counts exactly once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS offsets (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);

-- Every current match twice, as seen from each of its two listings.
CREATE TABLE IF NOT EXISTS rivals (
    pair_id TEXT, listing_id TEXT, revision INTEGER, price TEXT, currency TEXT,
    rival_id TEXT, rival_seller TEXT, rival_price TEXT, rival_currency TEXT, rival_url TEXT,
    PRIMARY KEY (pair_id, listing_id)
);
CREATE INDEX IF NOT EXISTS rivals_of ON rivals (listing_id);

-- What pricing reads. Prices are exact decimals, as texts.
CREATE TABLE IF NOT EXISTS lowest (
    listing_id TEXT PRIMARY KEY, own_price TEXT, currency TEXT NOT NULL, lowest_price TEXT NOT NULL,
    rival_id TEXT NOT NULL, rival_seller TEXT NOT NULL, rival_url TEXT, rivals INTEGER NOT NULL
);
"""


@dataclass(frozen=True)
class Message:
    """A record of `matches`: its place, and the event as it was read; None forgets the pair."""

    partition: int
    offset: int
    pair_id: str
    value: bytes | None


@dataclass(frozen=True)
class Lowest:
    """The cheapest rival of a listing, in the listing's own currency."""

    own_price: Decimal | None
    currency: str
    price: Decimal
    rival_id: str
    rival_seller: str
    rivals: int


class PriceTable:
    """The SQLite file."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_TABLES)

    def begin(self, log_id: str, now_s: float, keep_s: float) -> dict[int, int]:
        """The next offset of each partition; none where the topic is to be read from its beginning.

        Args:
            log_id: names the topic for good: another cluster's, or one made anew, has other offsets.
            now_s: wall clock.
            keep_s: for how long the topic keeps deletions (`delete.retention.ms`). Who was away for longer
                may have missed that a pair was forgotten, and reads everything again.
        """
        said = dict(self._db.execute("SELECT name, value FROM meta").fetchall())
        if said.get("log_id") != log_id or now_s - float(said["read_s"]) > keep_s:
            with self._transaction():
                for table in ("offsets", "rivals", "lowest", "meta"):
                    self._db.execute(f"DELETE FROM {table}")  # noqa: S608 (names of our own)
                self._db.executemany(
                    "INSERT INTO meta VALUES (?, ?)", [("log_id", log_id), ("read_s", str(now_s))]
                )
        return dict(self._db.execute("SELECT partition, next FROM offsets").fetchall())

    def apply(self, messages: Iterable[Message], now_s: float) -> set[str]:
        """Take messages in, in their order; the listings whose cheapest rival may be another now."""
        touched: set[str] = set()
        with self._transaction():
            for message in messages:
                touched |= self._take(message)
                place = (message.partition, message.offset + 1)
                self._db.execute("INSERT OR REPLACE INTO offsets VALUES (?, ?)", place)
            for listing_id in touched:
                self._find_lowest(listing_id)
            self._note_read(now_s)
        return touched

    def idle(self, now_s: float) -> None:
        """All there was has been read: an absence counts from now."""
        self._note_read(now_s)

    def lowest(self, listing_id: str) -> Lowest | None:
        """What pricing asks; None where no rival sells it in the listing's currency."""
        row = self._db.execute("SELECT * FROM lowest WHERE listing_id = ?", (listing_id,)).fetchone()
        if row is None:
            return None
        return Lowest(
            own_price=None if row["own_price"] is None else Decimal(row["own_price"]),
            currency=row["currency"],
            price=Decimal(row["lowest_price"]),
            rival_id=row["rival_id"],
            rival_seller=row["rival_seller"],
            rivals=row["rivals"],
        )

    def listings(self) -> list[str]:
        """Those with a rival."""
        return [row["listing_id"] for row in self._db.execute("SELECT listing_id FROM lowest ORDER BY 1")]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _take(self, message: Message) -> set[str]:
        """The last event of a pair is the truth: drop what was said before, keep what is said now."""
        key = (message.pair_id,)
        before = self._db.execute("SELECT listing_id FROM rivals WHERE pair_id = ?", key).fetchall()
        self._db.execute("DELETE FROM rivals WHERE pair_id = ?", key)
        touched = {row["listing_id"] for row in before}
        event = None if message.value is None else json.loads(message.value)
        if event is not None and event["kind"] == "matched" and not event["same_seller"]:
            for own, rival in ((event["a"], event["b"]), (event["b"], event["a"])):
                self._db.execute(
                    "INSERT INTO rivals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    _row(message.pair_id, own, rival),
                )
                touched.add(own["listing_id"])
        return touched

    def _find_lowest(self, listing_id: str) -> None:
        self._db.execute("DELETE FROM lowest WHERE listing_id = ?", (listing_id,))
        rows = self._db.execute(
            "SELECT * FROM rivals WHERE listing_id = ? ORDER BY revision DESC, pair_id", (listing_id,)
        ).fetchall()
        if not rows:
            return
        own = rows[0]  # the newest of what the events say of the listing itself
        priced = [row for row in rows if row["rival_price"] and row["rival_currency"] == own["currency"]]
        if not priced:
            return
        best = min(priced, key=lambda row: (Decimal(row["rival_price"]), row["rival_id"]))
        found = (listing_id, own["price"], own["currency"], best["rival_price"], best["rival_id"])
        self._db.execute(
            "INSERT INTO lowest VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*found, best["rival_seller"], best["rival_url"], len(priced)),
        )

    def _note_read(self, now_s: float) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('read_s', ?)", (str(now_s),))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _row(pair_id: str, own: Mapping[str, Any], rival: Mapping[str, Any]) -> tuple[Any, ...]:
    """Prices and currencies may be missing: sellers leave them out."""
    return (
        pair_id,
        own["listing_id"],
        own["revision"],
        own.get("price"),
        own.get("currency"),
        rival["listing_id"],
        rival["seller_id"],
        rival.get("price"),
        rival.get("currency"),
        rival.get("url"),
    )
