"""Rows of the inner log written again, byte by byte: match decides each anew, and no encoder is asked.

A copy stands under the key of a retry, with its row's origin as `as_of`, and so is as harmless as one: what
its seller does with the listing meanwhile makes it stale, and match drops it. Its row is the same but for
the offset. Its time of arrival is left out, since match's latency is that of new records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from consumer.contracts.inner import InnerListing
from consumer.ports.records import OutRecord, Record
from consumer.reindex.reading import ShardLog, silent
from consumer.sweep.standing import SWEPT_FOR, Place, Standing

_NO_ARRIVAL = -1


def copies(
    log: ShardLog, standings: Mapping[str, Standing], version: str, *, again: bool
) -> Iterator[OutRecord]:
    """A copy of each row that is due, in the order of the log.

    Args:
        log: that `standings` was read from, up to the same end.
        standings: by listing.
        version: of the artifact that the rows are to be decided by.
        again: also of rows that a sweep for this version has written.

    Raises:
        BrokerFault: the log cannot be read.
    """
    for batch, _ in log.batches(0, silent):
        for record, item in batch:
            if not isinstance(item, InnerListing):
                continue
            standing = standings.get(item.listing_id)
            if standing is None or standing.held.offset != record.offset:
                continue
            if standing.place(version, again=again) is Place.DUE:
                yield _copy(record, item.listing_id, standing.held.origin, version)


def _copy(record: Record, listing_id: str, origin: int, version: str) -> OutRecord:
    bare = InnerListing(listing_id, None, _NO_ARRIVAL, origin).to_record(record.topic, record.partition)
    return replace(bare, value=record.value, headers=(*bare.headers, (SWEPT_FOR, version.encode())))


def in_parts(records: Iterator[OutRecord], size: int) -> Iterator[list[OutRecord]]:
    """Lists of at most `size`, in order, none of them empty."""
    while part := list(islice(records, size)):
        yield part
