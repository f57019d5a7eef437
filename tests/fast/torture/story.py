"""A small run that breaks no rule, told by the real match role in memory; tests plant violations into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from consumer.contracts.dead_letter import DeadLetterHeaders
from consumer.contracts.events import Answer, MatchEvent
from consumer.contracts.inner import InnerListing, InnerVerdict
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import Verdict
from consumer.ports.records import OutRecord, Record
from model.embedded import Pictures
from tests.fast.match.world import TOPICS, ColourDecider, World, embedded
from tests.torture.checker.check import Checked, check
from tests.torture.checker.truth import Search
from tests.torture.history import Reading, Rule, Write, WriteKind

SEARCH = Search(k=20, window=1)
POISON = b"{"


@dataclass(frozen=True)
class Story:
    """Writes and a reading, as of a finished run."""

    writes: tuple[Write, ...]
    reading: Reading
    decider: ColourDecider

    def check(self, search: Search = SEARCH) -> Checked:
        return check(self.writes, self.reading, self.decider.decide, search)

    def broken(self, search: Search = SEARCH) -> set[Rule]:
        return {violation.rule for violation in self.check(search).violations}

    def reads(self, **changes: object) -> Story:
        return replace(self, reading=replace(self.reading, **changes))  # type: ignore[arg-type]  # by name

    def edited(self, topic: str, edit: Callable[[list[Record]], object]) -> Story:
        """With the records of one topic changed."""
        records = list(getattr(self.reading, topic))
        edit(records)
        return self.reads(**{topic: tuple(records)})

    def row(self, offset: int) -> Record:
        """The record of the inner log there."""
        return next(record for record in self.reading.inner if record.offset == offset)

    def place(self, a: str, b: str, number: int) -> int:
        """Where in `matches` the event of that number of a pair stands."""
        for place, record in enumerate(self.reading.matches):
            event = MatchEvent.from_bytes(record.value or b"")
            if (event.pair, event.number) == ((a, b), number):
                return place
        raise LookupError((a, b, number))


class Teller:
    """Writes listings as a producer and an embedder would, and lets the match role decide."""

    def __init__(self) -> None:
        self.world = World()
        self.world.decider = ColourDecider(review=frozenset({"grey"}))
        self.role = self.world.process()
        self.writes: list[Write] = []
        self.letters: list[Record] = []

    def lists(self, listing_id: str, colour: str, revision: int = 1, pictures: Pictures | None = None) -> int:
        """A listing, embedded and decided; returns its offset in the inner log."""
        row = embedded(listing_id, colour, revision=revision, pictures=pictures or Pictures())
        value = json.dumps({"revision": revision, "title": row.title, "seller_id": row.seller_id}).encode()
        self._wrote(WriteKind.LISTING, listing_id, value)
        return self._decided(InnerListing(listing_id, row, self.writes[-1].sent_ms))

    def retries(self, listing_id: str, colour: str, as_of: int, revision: int = 1) -> None:
        """An embedder tries again, of the row at `as_of`."""
        row = embedded(listing_id, colour, revision=revision)
        self._decided(InnerListing(listing_id, row, self.world.clock.now_ms(), as_of))

    def deletes(self, listing_id: str) -> None:
        self._wrote(WriteKind.DELETION, listing_id, None)
        self._decided(InnerListing(listing_id, None, self.writes[-1].sent_ms))

    def overtakes(self, listing_id: str) -> None:
        """A listing that a later one in the same batch will supersede: it never gets embedded."""
        self._wrote(WriteKind.LISTING, listing_id, json.dumps({"revision": 0}).encode())

    def poisons(self, key: str) -> None:
        self._wrote(WriteKind.POISON, key, POISON)
        self.letters.append(letter(self.writes[-1]))

    def answers(self, a: str, b: str, answer: Answer | None, seen: tuple[str, str] = ("red", "red")) -> None:
        """A person who saw these colours says so, or (None) takes it back; embedded and decided."""
        shown = [embedded(name, colour).fingerprint() for name, colour in zip((a, b), seen, strict=True)]
        pair = Pair.of(a, b)
        verdict = None
        if answer is not None:
            verdict = Verdict(
                pair_id=pair.pair_id,
                a=a,
                b=b,
                seen_a=shown[0],
                seen_b=shown[1],
                answer=answer,
                reviewer=f"person {len(self.writes)}",
                decided_at=datetime.fromtimestamp(0, UTC),
            )
        self._wrote(WriteKind.VERDICT, pair.pair_id, None if verdict is None else verdict.to_bytes())
        self._decided(InnerVerdict(pair.pair_id, verdict))

    def story(self) -> Story:
        """The end of it."""
        broker, rows = self.world.broker, self.world.store.rows
        ids = {key.listing_id for key in rows}
        held = {name: tuple(rows[key] for key in sorted(rows) if key.listing_id == name) for name in ids}
        reading = Reading(
            listings_topic=TOPICS.listings,
            inner=tuple(broker.records(TOPICS.embedded)),
            matches=tuple(broker.records(TOPICS.matches)),
            reviews=tuple(broker.records(TOPICS.reviews)),
            letters=tuple(self.letters),
            rows=held,
            live_rows=sum(row.listing is not None for of_one in held.values() for row in of_one),
            cleaned=True,
        )
        return Story(tuple(self.writes), reading, self.world.decider)

    def _wrote(self, kind: WriteKind, key: str, value: bytes | None) -> None:
        self.world.clock.advance(1)
        now = self.world.clock.now_ms()
        self.writes.append(Write(0, len(self.writes), now, kind, key.encode(), value))

    def _decided(self, item: InnerListing | InnerVerdict) -> int:
        out: OutRecord = item.to_record(TOPICS.embedded, 0)
        offset = self.world.broker.produce(out.topic, out.key, out.value, out.headers, partition=0).offset
        self.world.run(self.role)
        return offset


def letter(write: Write) -> Record:
    """The dead letter of a write."""
    headers = DeadLetterHeaders(
        topic=TOPICS.listings,
        partition=write.partition,
        offset=write.offset,
        exception="RecordFault",
        message="invalid_json",
        stage="decode",
        version="1",
        reason="invalid_json",
    )
    return Record(TOPICS.dlq, 0, write.offset, 0, write.key, write.value, headers.to_headers())


def told() -> Story:
    """Twins, a third that joins and leaves, a deletion, a stale retry, poison, a doubtful one."""
    teller = Teller()
    teller.lists("a", "red")
    teller.lists("b", "red")
    teller.poisons("p")
    waiting = teller.lists("c", "red", pictures=Pictures(pending=1))
    teller.overtakes("a")
    teller.lists("a", "red", revision=2)
    teller.lists("c", "blue", revision=2)
    teller.retries("c", "red", as_of=waiting)
    teller.lists("d", "blue")
    teller.lists("e", "red")
    teller.deletes("e")
    teller.lists("f", "grey")
    return teller.story()
