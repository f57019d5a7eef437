"""A shard's index built anew from the inner log: what match wrote of it, with no encoder and no decision."""

from __future__ import annotations

from collections.abc import Sequence

from consumer.match.fold import Held, fold, listing_ids, parsed
from consumer.ports.index import Index
from consumer.ports.log import StateReader
from consumer.ports.records import Record, TopicPartition

_AT_ONCE = 500
_WAIT_S = 0.2


def rebuild(index: Index, reader: StateReader, where: TopicPartition, end: int) -> int:
    """Write what the log says up to `end`: rows and markers are a pure function of it.

    Args:
        index: open and empty.
        reader: of the inner log, at its beginning.
        where: the shard's partition.
        end: the group's committed offset; 0 if it has none.

    Returns:
        How many records were read.

    Raises:
        BrokerFault: the log cannot be read.
        IndexFault: the index cannot be written; its watermark stays behind `end`: nobody takes it for whole.
    """
    count = 0
    while not reader.reached({where: end}):
        records = [
            record
            for record in reader.poll(_AT_ONCE, _WAIT_S)
            if record.where == where and record.offset < end
        ]
        if records:
            _write(index, records)
            count += len(records)
    if end:
        index.write([], end)
    return count


def _write(index: Index, records: Sequence[Record]) -> None:
    """As match does with a batch, its step 8 included."""
    batch = parsed(records)
    stored = index.rows_of(listing_ids(batch), strong=True)
    rows = fold(batch, {listing_id: Held.of(versions[-1]) for listing_id, versions in stored.items()}).rows
    index.write(list(rows.values()), records[-1].offset + 1)
    index.delete(
        [row.key for new in rows.values() for row in stored.get(new.listing_id, ()) if row.key != new.key]
    )
