"""The index compared with what the log says, window by window of offsets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from consumer.ports.index import Index, Stored
from consumer.reindex.expected import Difference, Expected, ExpectedRow, digest
from consumer.reindex.reading import Report, ShardLog

WINDOW = 1_000
SHOWN = 20


class Kind(StrEnum):
    """How a row may differ from what the log says."""

    MISSING = "missing"
    WRONG = "wrong"
    SUPERSEDED = "superseded"
    DELETED = "deleted"
    UNKNOWN = "unknown"


MEANINGS = {
    Kind.MISSING: "rows (or markers of a deletion) that the log has and the index lacks",
    Kind.WRONG: "rows whose fields or vector are not what the log says",
    Kind.SUPERSEDED: "rows that a newer one of their listing overtook: they never speak, and take up room",
    Kind.DELETED: "rows of listings that were deleted: they never speak, and take up room",
    Kind.UNKNOWN: "rows of which the log knows nothing: they are offered as matches",
}
SURPLUS = (Kind.SUPERSEDED, Kind.DELETED, Kind.UNKNOWN)
"""What is to be deleted; the others are to be written."""
LACKING = (Kind.MISSING, Kind.WRONG)


@dataclass(frozen=True, slots=True)
class Verified:
    """How one shard's index compares with the log.

    Attributes:
        listings: that the log knows, deleted ones among them.
        offset: the group's committed offset, up to which both were read.
        reached: the index's own watermark; None if it has none.
        counts: rows that differ, by `Kind`.
        examples: the first of them.
        forgotten: listings of matched pairs of which the log knows nothing: see `forgotten_sides`.
    """

    shard: int
    listings: int
    offset: int
    reached: int | None
    counts: Mapping[str, int]
    examples: list[Difference]
    forgotten: int = 0

    @property
    def same(self) -> bool:
        """Whether the index is what the log says, and the pairs are of listings that it knows."""
        return not self.counts and not self.forgotten and (self.reached or 0) >= self.offset


def verify(
    index: Index, expected: Expected, log: ShardLog, report: Report, *, expired_ms: int, window: int = WINDOW
) -> Verified:
    """Read the log, then the index, and note in `expected` all that differs; rows past the log's end do not.

    Args:
        index: open; it is only read.
        expected: new, or what an interrupted run left.
        log: of the index's shard.
        report: told of the progress.
        expired_ms: a marker older than this may be gone.
        window: rows that are compared at once.

    Raises:
        BrokerFault: the log cannot be read.
        IndexFault: the index cannot be read.
    """
    shard = log.where.partition
    progress = report(f"shard {shard}: reading the log", log.end)
    for batch, position in log.batches(expected.noted("position"), progress):
        expected.take(batch, position)
    if expected.noted("end") != log.end:  # match went on since the job was interrupted
        expected.compare_anew(log.end)
    progress = report(f"shard {shard}: comparing", log.end)
    start = expected.noted("compared")
    while start < log.end:
        wanted = expected.window(start, window)
        stop = log.end if len(wanted) < window else wanted[-1].held.offset + 1
        expected.differ(_differences(index, expected, wanted, range(start, stop), expired_ms), stop)
        start = stop
        progress(stop)
    counts = expected.counts()
    examples = expected.differences(list(counts), SHOWN)
    return Verified(shard, expected.count(), log.end, index.watermark(), counts, examples)


def _differences(
    index: Index, expected: Expected, wanted: list[ExpectedRow], offsets: range, expired_ms: int
) -> list[Difference]:
    by_offset = {row.held.offset: row for row in wanted}
    seen: set[int] = set()
    found: list[Difference] = []
    strangers: list[Stored] = []
    for stored in index.scan(offsets.start, offsets.stop):
        row = by_offset.get(stored.row.offset)
        if row is None or row.listing_id != stored.row.listing_id:
            strangers.append(Stored(stored.row, stored.vector[:0]))
            continue
        seen.add(stored.row.offset)
        if not _as_said(stored, row):
            found.append(Difference(Kind.WRONG, row.listing_id, row.held.offset))
    known = expected.of({stored.row.listing_id for stored in strangers})
    found += filter(None, (_surplus(stored, known.get(stored.row.listing_id)) for stored in strangers))
    for offset, row in by_offset.items():
        expired = row.held.revision is None and row.held.timestamp_ms < expired_ms
        if offset not in seen and not expired:
            found.append(Difference(Kind.MISSING, row.listing_id, offset))
    return found


def _as_said(stored: Stored, row: ExpectedRow) -> bool:
    if digest(stored.row) != row.digest:
        return False
    listing = stored.row.listing
    return listing is None or np.array_equal(stored.vector, listing.embedding.vector)


def _surplus(stored: Stored, known: ExpectedRow | None) -> Difference | None:
    """A row that the log does not have at its offset; None of a marker that outlived its tombstone."""
    row = stored.row
    if known is None:
        return None if row.listing is None else Difference(Kind.UNKNOWN, row.listing_id, row.offset)
    if known.held.offset < row.offset:
        return Difference(Kind.UNKNOWN, row.listing_id, row.offset)
    kind = Kind.DELETED if known.held.revision is None else Kind.SUPERSEDED
    return Difference(kind, row.listing_id, row.offset)
