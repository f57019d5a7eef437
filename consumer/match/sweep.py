"""Markers past their time: pairs of a listing deleted long ago leave the log, then its marker goes."""

from __future__ import annotations

from dataclasses import dataclass

from consumer.contracts.cloudevents import shard_headers
from consumer.contracts.topics import TopicNames
from consumer.match.pair_state import PairState
from consumer.ports.index import Index, RowKey
from consumer.ports.records import OutRecord

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is due.

    Attributes:
        records: a null for each pair to forget.
        pair_ids: those pairs.
        keys: rows to delete after the commit: expired markers, and rows that a newer one superseded.
    """

    records: list[OutRecord]
    pair_ids: list[str]
    keys: list[RowKey]

    @classmethod
    def due(
        cls,
        index: Index,
        pairs: PairState,
        topics: TopicNames,
        shard: int,
        *,
        before_ms: int,
    ) -> Sweep:
        """What is due of the oldest markers; a marker goes only when no other row of its listing is left.

        Raises:
            IndexFault: the index could not be read.
        """
        markers = index.expired_markers(before_ms, _AT_ONCE)
        rows = index.rows_of({marker.listing_id for marker in markers}, strong=True)
        records: list[OutRecord] = []
        pair_ids: list[str] = []
        keys: list[RowKey] = []
        for marker in markers:
            versions = rows.get(marker.listing_id, [])
            older = [row.key for row in versions if row.offset < marker.offset]
            newer = any(row.offset > marker.offset for row in versions)
            keys += older
            if newer or not older:
                keys.append(marker.key)
            if not newer and not older:
                gone = [entry.pair.pair_id for entry in pairs.of(marker.listing_id) if not entry.matched]
                records += [
                    OutRecord(topics.matches, pair_id.encode(), None, shard_headers(shard))
                    for pair_id in gone
                ]
                pair_ids += gone
        return cls(records, pair_ids, keys)
