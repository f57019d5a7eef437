"""Every acknowledged write is accounted for exactly once, in its order, and says what it said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from consumer.contracts.dead_letter import DeadLetterHeaders
from tests.torture.checker.facts import Facts
from tests.torture.history import Rule, Violation, Write, WriteKind

_SHOWN = ("revision", "title", "seller_id", "price", "currency")


@dataclass(frozen=True, slots=True)
class Accounts:
    """What became of the writes; they add up to all of them where no rule is broken.

    Attributes:
        live: listings that are on sale as this write says.
        superseded: overtaken by a later write of the same listing.
        deleted: deletions that took effect.
        dead_lettered: poison.
        answers: of people, and their withdrawals.
        stale_retries: no writes, but records of the inner log that came too late.
    """

    live: int
    superseded: int
    deleted: int
    dead_lettered: int
    answers: int
    stale_retries: int


def account(facts: Facts) -> Accounts:
    """Count what became of each write."""
    current = {life.sent_ms for life in facts.final.values()}
    state = Counter[str]()
    for write in facts.writes:
        if write.kind is WriteKind.VERDICT:
            state["answered"] += 1
        elif write.kind is WriteKind.POISON:
            state["dead"] += 1
        elif write.sent_ms in current:
            state["live"] += 1
        elif write.kind is WriteKind.DELETION and write.sent_ms in facts.own:
            state["deleted"] += 1
        else:
            state["superseded"] += 1
    return Accounts(
        state["live"], state["superseded"], state["deleted"], state["dead"], state["answered"], facts.stale
    )


def check_accounts(facts: Facts) -> Iterator[Violation]:
    """Lost, doubled, invented, out of order, or without pictures."""
    yield from _letters(facts)
    yield from _invented(facts)
    for listing_id, writes in facts.by_listing().items():
        yield from _listing(facts, listing_id, writes)
    yield from _pictures(facts)


def _letters(facts: Facts) -> Iterator[Violation]:
    letters = Counter[tuple[int, int]]()
    poison = {(w.partition, w.offset): w for w in facts.writes if w.kind is WriteKind.POISON}
    for record in facts.reading.letters:
        headers = DeadLetterHeaders.from_headers(record.headers)
        place = (headers.partition, headers.offset)
        letters[place] += 1
        write = poison.get(place) if headers.topic == facts.reading.listings_topic else None
        if write is None:
            yield Violation(
                Rule.INVENTED,
                f"a dead letter of {headers.topic}{place}: {headers.message}",
                _names(record.key),
            )
        elif (record.key, record.value) != (write.key or None, write.value) and not headers.truncated:
            yield Violation(
                Rule.ACCOUNTED, f"the dead letter of {place} is not its record", _names(record.key)
            )
    for place, write in poison.items():
        if letters[place] != 1:
            why = f"poison at {place} has {letters[place]} dead letters"
            yield Violation(Rule.ACCOUNTED, why, _names(write.key))


def _invented(facts: Facts) -> Iterator[Violation]:
    """Own records of the inner log that no write stands behind, or that say something else."""
    kinds = {WriteKind.LISTING, WriteKind.DELETION}
    written = {write.sent_ms: write for write in facts.writes if write.kind in kinds}
    for sent_ms, records in facts.own.items():
        for record, item in records:
            write = written.get(sent_ms)
            said = f"inner@{record.offset} of {item.listing_id!r}, sent at {sent_ms}"
            if write is None or write.listing_id != item.listing_id:
                yield Violation(Rule.INVENTED, f"{said}: nobody wrote it", (item.listing_id,))
            elif (item.listing is None) != (write.kind is WriteKind.DELETION):
                yield Violation(Rule.INVENTED, f"{said}: not what was written", (item.listing_id,))
            elif item.listing is not None:
                wrote, holds = write.fields, item.listing.model_dump(mode="json")
                wrong = [f for f in _SHOWN if f in wrote and str(wrote[f]) != str(holds[f])]
                if wrong:
                    yield Violation(Rule.INVENTED, f"{said}: another {', '.join(wrong)}", (item.listing_id,))


def _listing(facts: Facts, listing_id: str, writes: list[Write]) -> Iterator[Violation]:
    counts = [len(facts.own.get(write.sent_ms, ())) for write in writes]
    for place, (write, count) in enumerate(zip(writes, counts, strict=True)):
        where = f"listings[{write.partition}]@{write.offset}"
        if count > 1:
            yield Violation(Rule.ACCOUNTED, f"{where} is {count} times in the inner log", (listing_id,))
        elif count == 0 and not any(counts[place + 1 :]):
            why = f"{where} ({write.kind}) is lost: not embedded, no later write of it is, no dead letter"
            yield Violation(Rule.ACCOUNTED, why, (listing_id,))
    offsets = [record.offset for write in writes for record, _ in facts.own.get(write.sent_ms, ())]
    if offsets != sorted(offsets):
        yield Violation(
            Rule.ORDER, f"{listing_id!r} was embedded in another order than written", (listing_id,)
        )


def _pictures(facts: Facts) -> Iterator[Violation]:
    for listing_id, life in facts.final.items():
        pictures = life.listing.pictures if life.listing is not None else None
        if pictures is not None and (pictures.pending or pictures.gone):
            why = (
                f"{listing_id!r} still lacks {pictures.pending} pictures for now and {pictures.gone} for good"
            )
            yield Violation(Rule.PICTURES, why, (listing_id,))


def _names(key: bytes | None) -> tuple[str, ...]:
    return ((key or b"").decode("utf-8", "replace"),)
