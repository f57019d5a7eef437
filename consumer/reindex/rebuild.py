"""A shard's index built anew from the inner log: what match wrote of it, with no encoder and no decision."""

from __future__ import annotations

from collections.abc import Sequence

from consumer.match.fold import Held, Said, fold, listing_ids
from consumer.ports.index import Index
from consumer.reindex.reading import Progress, ShardLog, silent


def rebuild(index: Index, log: ShardLog, *, start: int = 0, progress: Progress = silent) -> int:
    """Write what the log says: rows and markers are a pure function of it.

    Args:
        index: open; empty, or what an interrupted rebuild left.
        log: of the index's shard.
        start: the index's watermark, of an interrupted rebuild.
        progress: told the offset that it has come to.

    Returns:
        How many records were read into it.

    Raises:
        BrokerFault: the log cannot be read.
        IndexFault: the index cannot be written; its watermark stays behind the log's end, and nobody takes it
            for whole.
    """
    count = 0
    for batch, position in log.batches(start, progress):
        _write(index, batch, position)
        count += len(batch)
    if log.end:
        index.write([], log.end, decided=log.end)
    return count


def _write(index: Index, batch: Sequence[Said], position: int) -> None:
    """As match does with a batch, its step 8 included."""
    stored = index.rows_of(listing_ids(batch), strong=True)
    rows = fold(batch, {listing_id: Held.of(versions[-1]) for listing_id, versions in stored.items()}).rows
    index.write(list(rows.values()), position)
    index.delete(
        [row.key for new in rows.values() for row in stored.get(new.listing_id, ()) if row.key != new.key]
    )
