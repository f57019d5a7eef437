"""Step 2: what is left of a batch, and which retries came too late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from consumer.contracts.inner import Inner, InnerAgain, InnerListing, InnerVerdict, InnerVoid, read
from consumer.contracts.reviews import Verdict
from consumer.ports.index import Row
from consumer.ports.records import Record
from model.embedded import EmbeddedListing

Said = tuple[Record, Inner]


class Held(NamedTuple):
    """A row, as far as what comes after it asks.

    Attributes:
        revision: the listing's; None of a marker.
    """

    offset: int
    origin: int
    timestamp_ms: int
    revision: int | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """What a row is."""
        revision = None if row.listing is None else row.listing.revision
        return cls(row.offset, row.origin, row.timestamp_ms, revision)


@dataclass(slots=True)
class Folded:
    """One batch of one shard, several records of a listing folded into the last that counts.

    Attributes:
        rows: by listing, what it is after the batch.
        arrived_ms: by listing, when the listing's own record reached `listings`.
        incomplete: by listing, what must be tried again, with the pictures that only a retry needs.
        verdicts: by pair id, the last verdict (None withdraws).
        closed: retries whose record is gone, to be taken out of the log: (as_of, listing_id).
        again: listings to be decided anew as they are held, and the artifact that each is asked for; some may
            be gone, or changed by the same batch.
        superseded, stale, closings, went_back: records overtaken inside the batch; retries that came too
            late; nulls and notes under a retry's key; revisions lower than the one held.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    arrived_ms: dict[str, int] = field(default_factory=dict)
    incomplete: dict[str, EmbeddedListing] = field(default_factory=dict)
    verdicts: dict[str, Verdict | None] = field(default_factory=dict)
    closed: set[tuple[int, str]] = field(default_factory=set)
    again: dict[str, str] = field(default_factory=dict)
    superseded: int = 0
    stale: int = 0
    closings: int = 0
    went_back: int = 0

    @property
    def effective(self) -> int:
        """Records that were not overtaken: what they say is decided."""
        return len(self.rows) + len(self.verdicts) + len(self.again)

    @property
    def first_arrivals_ms(self) -> list[int]:
        """When those arrived that are decided for the first time: a retry says nothing of our lateness."""
        return [
            at for name, at in self.arrived_ms.items() if self.rows[name].origin == self.rows[name].offset
        ]


def parsed(records: Iterable[Record]) -> list[Said]:
    """What each record says.

    Raises:
        ValueError: the inner log is damaged or foreign.
    """
    return [(record, read(record)) for record in records]


def listing_ids(batch: Iterable[Said]) -> set[str]:
    """The listings that a batch speaks of."""
    return {item.listing_id for _, item in batch if not isinstance(item, InnerVerdict)}


def fold(batch: Iterable[Said], held: Mapping[str, Held]) -> Folded:
    """Fold a batch, in the order of offsets.

    Args:
        batch: of one partition.
        held: by listing, the newest row before the batch, markers among them.
    """
    folded = Folded()
    for record, item in batch:
        if isinstance(item, InnerVerdict):
            folded.superseded += item.pair_id in folded.verdicts
            folded.verdicts[item.pair_id] = item.verdict
            continue
        if isinstance(item, InnerAgain):
            folded.superseded += item.listing_id in folded.again
            folded.again[item.listing_id] = item.version
            continue
        row = folded.rows.get(item.listing_id)
        before = held.get(item.listing_id) if row is None else Held.of(row)
        if isinstance(item, InnerVoid):
            _fold_void(folded, record, item, before)
        else:
            _fold_listing(folded, record, item, before)
    return folded


def _fold_void(folded: Folded, record: Record, item: InnerVoid, before: Held | None) -> None:
    """A marker at the void record's offset: from the record itself or from its note, it is the same one.

    A note of what is no longer held makes one as well: the pairs of that listing are to be taken back.
    """
    timestamp_ms = record.timestamp_ms
    if record.offset != item.offset:
        if before is not None:
            if before.revision is None or before.offset != item.offset:
                folded.closings += 1
                return
            timestamp_ms = before.timestamp_ms
    elif item.as_of is not None:
        if before is None or before.revision is None or before.origin != item.as_of:
            return
    elif before is not None and before.origin != before.offset:
        folded.closed.add((before.origin, item.listing_id))
    folded.rows[item.listing_id] = Row(item.listing_id, item.offset, item.offset, timestamp_ms, None)
    folded.incomplete.pop(item.listing_id, None)


def _fold_listing(folded: Folded, record: Record, item: InnerListing, before: Held | None) -> None:
    listing_id = item.listing_id
    if item.as_of is not None:
        if item.listing is None:
            folded.closings += 1
            return
        if before is None or before.revision is None or before.origin != item.as_of:
            folded.stale += 1
            folded.closed.add((item.as_of, listing_id))
            return
    elif before is not None:
        if before.origin != before.offset:
            folded.closed.add((before.origin, listing_id))
        if item.listing and before.revision is not None and item.listing.revision < before.revision:
            folded.went_back += 1
    folded.superseded += listing_id in folded.rows
    folded.rows[listing_id] = row_of(record, item)
    folded.arrived_ms[listing_id] = item.arrived_ms
    folded.incomplete.pop(listing_id, None)
    if item.listing is not None and item.listing.pending:
        folded.incomplete[listing_id] = item.listing


def row_of(record: Record, item: InnerListing) -> Row:
    """The row that a record writes: without pictures inside URLs, which only a retry needs."""
    stored = item.listing
    if stored is not None and any(map(_inline, stored.image_urls)):
        kept = tuple(url for url in stored.image_urls if not _inline(url))
        stored = stored.model_copy(update={"image_urls": kept})
    origin = record.offset if item.as_of is None else item.as_of
    return Row(item.listing_id, record.offset, origin, record.timestamp_ms, stored)


def _inline(url: str) -> bool:
    return url[:5].lower() == "data:"
