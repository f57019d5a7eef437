"""Pair state: the newest event and the open review task of every pair of one shard, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from consumer.contracts.events import Answer, HeldVerdict, Kind, MatchEvent
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import ReviewTask
from consumer.ports.records import Record

Origins = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PairEntry:
    """What is known of one pair.

    Attributes:
        number: of the newest event; 0 while there is none.
        matched: whether the newest event says `matched`.
        origins: of the newest event.
        revisions: of the newest event; the offsets of another inner log may be equal by chance.
        value: the newest event's bytes while matched or judged: the next may need a side that is gone.
        verdict: the person's answer that the newest event carries.
        task: origins of the open review task.
    """

    pair: Pair
    number: int = 0
    matched: bool = False
    origins: Origins | None = None
    revisions: Origins | None = None
    value: bytes | None = None
    verdict: HeldVerdict | None = None
    task: Origins | None = None

    @property
    def event(self) -> MatchEvent:
        """The newest event, which says `matched` or carries a verdict."""
        if self.value is None:
            raise ValueError("only a matched or judged pair keeps its event")
        return MatchEvent.from_bytes(self.value)

    @property
    def concerns_partners(self) -> bool:
        """Whether a change of one side must be judged against the other: matched, judged or under review."""
        return self.matched or self.verdict is not None or self.task is not None

    @property
    def empty(self) -> bool:
        """Whether nothing is known any more."""
        return self.number == 0 and self.task is None


class PairState:
    """All pairs of one shard, by pair id and by listing."""

    def __init__(self, shard: int, *, matches: str, reviews: str) -> None:
        self._shard = b"%d" % shard
        self._matches, self._reviews = matches, reviews
        self._entries: dict[str, PairEntry] = {}
        self._ids: dict[str, dict[str, str]] = {}  # by listing, by partner: to hash a pair's id takes longer

    def __len__(self) -> int:
        return len(self._entries)

    def concerns(self, record: Record) -> bool:
        """Whether a record of `matches` or `match-reviews` is of this shard."""
        return record.header("ce_shard") == self._shard

    def apply(self, record: Record) -> None:
        """Take in a record of `matches` or `match-reviews`; those of other shards are passed over."""
        if not self.concerns(record):
            return
        pair_id = (record.key or b"").decode()
        if record.topic == self._matches:
            if record.value is None:
                self.forget_event(pair_id)
            else:
                self.take_event(MatchEvent.from_bytes(record.value), record.value)
        elif record.topic == self._reviews:
            if record.value is None:
                self.drop_task(pair_id)
            else:
                self.take_task(ReviewTask.from_bytes(record.value))

    def take_event(self, event: MatchEvent, value: bytes) -> None:
        """The newest event of its pair."""
        matched = event.kind is Kind.MATCHED
        self._put(
            event.pair_id,
            replace(
                self._entries.get(event.pair_id) or PairEntry(event.pair),
                number=event.number,
                matched=matched,
                origins=event.origins,
                revisions=event.revisions,
                value=value if matched or event.verdict is not None else None,
                verdict=event.verdict,
            ),
        )

    def take_task(self, task: ReviewTask) -> None:
        """The open task of its pair."""
        entry = self._entries.get(task.pair_id) or PairEntry(task.pair)
        self._put(task.pair_id, replace(entry, task=task.origins))

    def drop_task(self, pair_id: str) -> None:
        """The pair no longer needs a person."""
        entry = self._entries.get(pair_id)
        if entry is not None:
            self._put(pair_id, replace(entry, task=None))

    def forget_event(self, pair_id: str) -> None:
        """The pair's event has been taken out of the log for good."""
        entry = self._entries.get(pair_id)
        if entry is not None:
            self._put(pair_id, PairEntry(entry.pair, task=entry.task))

    def get(self, pair: Pair) -> PairEntry | None:
        """What is known of a pair."""
        pair_id = self._ids.get(pair.a, {}).get(pair.b)
        return None if pair_id is None else self._entries[pair_id]

    def by_id(self, pair_id: str) -> PairEntry | None:
        """What is known of the pair of that id."""
        return self._entries.get(pair_id)

    def of(self, listing_id: str) -> Iterator[PairEntry]:
        """All that is known of a listing's pairs."""
        return (self._entries[pair_id] for pair_id in self._ids.get(listing_id, {}).values())

    def partners(self, listing_id: str) -> set[str]:
        """Listings that a change of this one must be judged against."""
        ids = self._ids.get(listing_id, {})
        return {partner for partner, pair_id in ids.items() if self._entries[pair_id].concerns_partners}

    def matched_sides(self) -> Iterator[tuple[str, int]]:
        """Both listings of every matched pair, each with its origin in the pair's newest event."""
        for entry in self._entries.values():
            if entry.matched and entry.origins is not None:
                yield from zip(entry.pair, entry.origins, strict=True)

    def named_sides(self) -> Iterator[tuple[str, int]]:
        """Both listings of every pair, each with its origin in the newest event and in the open task."""
        for entry in self._entries.values():
            for origins in (entry.origins, entry.task):
                if origins is not None:
                    yield from zip(entry.pair, origins, strict=True)

    def counts(self) -> Counter[str]:
        """Pairs by state, for the gauges."""
        return Counter(_states(self._entries.values()))

    def _put(self, pair_id: str, entry: PairEntry) -> None:
        a, b = entry.pair
        if entry.empty:
            self._entries.pop(pair_id, None)
            self._forget(a, b)
            self._forget(b, a)
            return
        if pair_id not in self._entries:
            self._ids.setdefault(a, {})[b] = pair_id
            self._ids.setdefault(b, {})[a] = pair_id
        self._entries[pair_id] = entry

    def _forget(self, listing_id: str, partner: str) -> None:
        ids = self._ids.get(listing_id, {})
        ids.pop(partner, None)
        if not ids:
            self._ids.pop(listing_id, None)


def _states(entries: Iterable[PairEntry]) -> Iterator[str]:
    for entry in entries:
        if entry.number:
            yield Kind.MATCHED if entry.matched else Kind.RETRACTED
        if entry.task is not None:
            yield "in_review"
        if entry.verdict is not None:
            yield f"judged_{Answer(entry.verdict.answer)}"
