"""What is known of listings, for a replay: by the index or, where one process holds it, by the inner log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from consumer.contracts.inner import InnerListing, read
from consumer.deadletters.reading import OpenReader, read_to_end
from consumer.deadletters.replay import DELETED, CurrentOf, Known
from consumer.ports.clock import Clock
from consumer.ports.index import Index, Row
from consumer.ports.records import Record

_IN_ONE_READ = 200


def known_to_index(shards: Sequence[Index]) -> CurrentOf:
    """Ask the index of every shard, with strong reads; the row of the greatest offset counts."""

    def current(listing_ids: Collection[str]) -> Mapping[str, Known]:
        known: dict[str, Known] = {}
        ids = sorted(listing_ids)
        for start in range(0, len(ids), _IN_ONE_READ):
            for shard in shards:
                rows = shard.rows_of(ids[start : start + _IN_ONE_READ], strong=True)
                for listing_id, of_listing in rows.items():
                    _note(known, listing_id, _said_by(of_listing[-1]))
        return known

    return current


def known_to_log(open_reader: OpenReader, embedded: str, clock: Clock) -> CurrentOf:
    """Read the inner log to its end; the last record of a listing in each shard counts."""

    def current(listing_ids: Collection[str]) -> Mapping[str, Known]:
        wanted = {listing_id.encode(): listing_id for listing_id in listing_ids}
        last: dict[tuple[str, int], Record] = {}
        for record in read_to_end(open_reader, embedded, clock):
            listing_id = wanted.get(record.key or b"")
            if listing_id is not None:
                last[listing_id, record.partition] = record
        known: dict[str, Known] = {}
        for (listing_id, _), record in last.items():
            said = read(record)
            if isinstance(said, InnerListing):
                _note(known, listing_id, DELETED if said.listing is None else said.listing.revision)
        return known

    return current


def _said_by(row: Row) -> Known:
    return DELETED if row.listing is None else row.listing.revision


def _note(known: dict[str, Known], listing_id: str, said: Known) -> None:
    """A deletion goes to all shards, so a listing that lives in one of them lives."""
    before = known.get(listing_id)
    if isinstance(before, int) and isinstance(said, int):
        known[listing_id] = max(before, said)
    elif not isinstance(before, int):
        known[listing_id] = said
