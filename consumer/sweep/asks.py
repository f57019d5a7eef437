"""What a sweep writes: a record a listing, which says no more than that it is to be decided anew.

So nothing that changes meanwhile can be overwritten by it, and a match that still holds is not said again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from consumer.contracts.inner import InnerAgain
from consumer.ports.records import OutRecord, TopicPartition
from consumer.sweep.standing import Place, Standing


def asks(
    standings: Mapping[str, Standing], where: TopicPartition, version: str, *, again: bool
) -> Iterator[OutRecord]:
    """A record for each listing that is due.

    Args:
        standings: by listing.
        where: the shard's partition of the inner log.
        version: of the artifact that they are to be decided by.
        again: also those that a sweep for this version has asked for.
    """
    for listing_id, standing in standings.items():
        if standing.place(version, again=again) is Place.DUE:
            yield InnerAgain(listing_id, version).to_record(where.topic, where.partition)


def in_parts(records: Iterator[OutRecord], size: int) -> Iterator[list[OutRecord]]:
    """Lists of at most `size`, in order, none of them empty."""
    while part := list(islice(records, size)):
        yield part
