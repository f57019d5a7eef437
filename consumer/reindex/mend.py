"""Mending what differs: surplus rows are deleted, and what lacks is read from the log again and written."""

from __future__ import annotations

from consumer.contracts.inner import InnerListing
from consumer.match.fold import Said, row_of
from consumer.ports.index import Index, Row, RowKey
from consumer.reindex.compare import LACKING, SURPLUS
from consumer.reindex.expected import Difference, Expected, ExpectedRow
from consumer.reindex.reading import Progress, ShardLog

_AT_ONCE = 500


def delete_surplus(index: Index, expected: Expected) -> int:
    """Delete what the log does not have; returns how many rows.

    Raises:
        IndexFault: the index cannot be written; asking again goes on.
    """
    count = 0
    while surplus := expected.differences(SURPLUS, _AT_ONCE):
        index.delete([RowKey(listing_id, offset) for _, listing_id, offset in surplus])
        expected.mended(surplus)
        count += len(surplus)
    return count


def write_lacking(index: Index, expected: Expected, log: ShardLog, progress: Progress) -> int:
    """Write what the index lacks or holds wrongly, and note that it reaches the log's end.

    Args:
        index: open.
        expected: folded up to that end, and compared.
        log: of the index's shard.
        progress: told the offset that it has come to.

    Returns:
        How many rows were written.

    Raises:
        BrokerFault: the log cannot be read.
        IndexFault: the index cannot be written; asking again goes on.
    """
    reached = index.watermark() or 0
    count = _write_markers(index, expected, reached, log.end)
    if expected.differences(LACKING, 1):
        for batch, _ in log.batches(0, progress):
            rows, mended = _lacking(expected, batch)
            if rows:
                index.write(rows, reached, decided=log.end)
                expected.mended(mended)
                count += len(rows)
    if log.end > reached:
        index.write([], log.end, decided=log.end)
    return count


def _write_markers(index: Index, expected: Expected, reached: int, end: int) -> int:
    """A marker holds nothing that only the log knows."""
    count, after = 0, -1
    while differences := expected.differences(LACKING, _AT_ONCE, after):
        after = differences[-1].offset
        known = expected.of({difference.listing_id for difference in differences})
        gone = [each for each in differences if known[each.listing_id].held.revision is None]
        rows = [_marker(known[each.listing_id]) for each in gone]
        if rows:
            index.write(rows, reached, decided=end)
            expected.mended(gone)
            count += len(rows)
    return count


def _marker(row: ExpectedRow) -> Row:
    return Row(row.listing_id, row.held.offset, row.held.origin, row.held.timestamp_ms, None)


def _lacking(expected: Expected, batch: list[Said]) -> tuple[list[Row], list[Difference]]:
    """Rows of this batch that are to be written."""
    if not batch:
        return [], []
    first, last = batch[0][0].offset, batch[-1][0].offset
    differences = expected.differences(LACKING, last - first + 1, after=first - 1)
    wanted = {difference.offset: difference for difference in differences}
    rows = [
        row_of(record, item)
        for record, item in batch
        if record.offset in wanted and isinstance(item, InnerListing)
    ]
    return rows, [wanted[row.offset] for row in rows]
