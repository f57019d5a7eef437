"""A history put in order: the lives of each listing in the inner log, the events of each pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from consumer.contracts.events import MatchEvent
from consumer.contracts.inner import InnerListing, InnerVerdict, read
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import ReviewTask, Verdict
from consumer.ports.records import Record
from model.embedded import EmbeddedListing
from tests.torture.history import EMPTY, Reading, Write, WriteKind


@dataclass(slots=True)
class Life:
    """What a listing is from one offset of the inner log to the next that counts.

    Attributes:
        origin: offset of the listing's own record; less than `offset` on a retry.
        sent_ms: names the write behind it.
        listing: None: it is deleted.
        until: offset of the record that ended it; None: it is what the listing is now.
        until_ms: that record's timestamp.
    """

    listing_id: str
    offset: int
    origin: int
    sent_ms: int
    listing: EmbeddedListing | None
    until: int | None = None
    until_ms: int = 0

    def overlaps(self, other: Life) -> bool:
        """Whether both counted at one moment."""
        return (self.until is None or self.until > other.offset) and (
            other.until is None or other.until > self.offset
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One committed record of `matches`; `event` None forgets the pair."""

    record: Record
    pair_id: str
    event: MatchEvent | None


@dataclass(slots=True)
class Facts:
    """What the rules look at.

    Attributes:
        lives: of each listing, by rising offset.
        own: the listings' own records in the inner log, by what their write was sent at.
        stale: retries that came too late.
        spoken_late: events of rows that never counted together, said so late that compaction explains it.
        told: records of `matches` by pair id, in order.
        tasks: the open review task of each pair.
        verdicts: what the inner log has of each pair's answers, with their offsets; None withdraws.
    """

    writes: Sequence[Write]
    reading: Reading
    lives: dict[str, list[Life]] = field(default_factory=dict)
    own: dict[int, list[tuple[Record, InnerListing]]] = field(default_factory=dict)
    stale: int = 0
    spoken_late: int = 0
    told: dict[str, list[Told]] = field(default_factory=dict)
    tasks: dict[str, ReviewTask] = field(default_factory=dict)
    verdicts: dict[str, list[tuple[int, Verdict | None]]] = field(default_factory=dict)
    _by_offset: dict[tuple[str, int], Life] = field(default_factory=dict)

    @classmethod
    def of(cls, writes: Sequence[Write], reading: Reading) -> Facts:
        """Put in order.

        Raises:
            ValueError: a record of the inner log, of `matches` or of `match-reviews` cannot be read.
        """
        facts = cls(writes, reading)
        for record in reading.inner:
            item = read(record)
            if isinstance(item, InnerListing):
                facts._take(record, item)
            elif isinstance(item, InnerVerdict):
                facts.verdicts.setdefault(item.pair_id, []).append((record.offset, item.verdict))
        for record in reading.matches:
            event = None if record.value is None else MatchEvent.from_bytes(record.value)
            pair_id = (record.key or b"").decode()
            facts.told.setdefault(pair_id, []).append(Told(record, pair_id, event))
        for record in reading.reviews:
            pair_id = (record.key or b"").decode()
            if record.value is None:
                facts.tasks.pop(pair_id, None)
            else:
                facts.tasks[pair_id] = ReviewTask.from_bytes(record.value)
        return facts

    @property
    def final(self) -> dict[str, Life]:
        """What is on sale at the end."""
        last = {listing_id: lives[-1] for listing_id, lives in self.lives.items()}
        return {listing_id: life for listing_id, life in last.items() if life.listing is not None}

    def life(self, listing_id: str, offset: int) -> Life | None:
        """The one that began at this offset."""
        return self._by_offset.get((listing_id, offset))

    def by_listing(self) -> dict[str, list[Write]]:
        """Listings and deletions by listing, in the order of their partition; nothing else."""
        found: defaultdict[str, list[Write]] = defaultdict(list)
        for write in sorted(self.writes, key=lambda write: (write.partition, write.sent_ms)):
            if write.kind in {WriteKind.LISTING, WriteKind.DELETION}:
                found[write.listing_id].append(write)
        return dict(found)

    def last_events(self) -> Iterator[MatchEvent]:
        """The last of each pair that is not forgotten."""
        for of_pair in self.told.values():
            if (event := of_pair[-1].event) is not None:
                yield event

    def story(self, listings: Sequence[str]) -> tuple[str, ...]:
        """Writes and inner records of these listings, and the events between them."""
        wanted = set(listings)
        lines = [str(write) for write in self.writes if write.key.decode("utf-8", "replace") in wanted]
        for record in self.reading.inner:
            item = read(record)
            if isinstance(item, InnerListing) and item.listing_id in wanted:
                lines.append(_inner_line(record, item))
            elif isinstance(item, InnerVerdict) and (verdict := item.verdict) and set(verdict.pair) == wanted:
                lines.append(f"inner@{record.offset} {verdict.reviewer} says {verdict.answer}")
        for of_pair in self.told.values():
            pair = next((Pair.of(*told.event.pair) for told in of_pair if told.event is not None), None)
            if pair is not None and (set(pair) <= wanted or (len(wanted) == 1 and wanted <= set(pair))):
                lines += [_event_line(told) for told in of_pair]
        return tuple(lines)

    def _take(self, record: Record, item: InnerListing) -> None:
        lives = self.lives.setdefault(item.listing_id, [])
        held = lives[-1] if lives else None
        if item.as_of is None:
            self.own.setdefault(item.arrived_ms, []).append((record, item))
        elif item.listing is None:
            return
        elif held is None or held.listing is None or held.origin != item.as_of:
            self.stale += 1
            return
        if held is not None:
            held.until, held.until_ms = record.offset, record.timestamp_ms
        origin = record.offset if item.as_of is None else item.as_of
        life = Life(item.listing_id, record.offset, origin, item.arrived_ms, item.listing)
        lives.append(life)
        self._by_offset[item.listing_id, record.offset] = life


def waiting_for_pictures(inner: Sequence[Record]) -> set[str]:
    """Listings on sale whose newest row in this inner log lacks pictures for now."""
    facts = Facts((), EMPTY)
    for record in inner:
        item = read(record)
        if isinstance(item, InnerListing):
            facts._take(record, item)
    return {name for name, life in facts.final.items() if life.listing is not None and life.listing.pending}


def _inner_line(record: Record, item: InnerListing) -> str:
    said = "deleted"
    if item.listing is not None:
        pictures = item.listing.pictures
        said = f"revision {item.listing.revision} {item.listing.title!r} pending {pictures.pending}"
    retry = "" if item.as_of is None else f" as of {item.as_of}"
    return f"inner@{record.offset} {item.arrived_ms} {item.listing_id!r}{retry}: {said}"


def _event_line(told: Told) -> str:
    where = f"matches[{told.record.partition}]@{told.record.offset} {told.pair_id[:8]}"
    if (event := told.event) is None:
        return f"{where} forgotten"
    return f"{where} {event.pair} number {event.number} {event.kind} of {event.origins} by {event.source}"
