"""Each event by itself and after the one before it: ids, numbers, the rows it speaks of, what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from consumer.contracts.events import Kind, MatchEvent, Side
from consumer.ports.records import Record
from model.decision.decision import Decision, Outcome, Source
from model.embedded import EmbeddedListing
from tests.torture.checker.facts import Facts, Life, Told
from tests.torture.checker.verdicts import check_spoken
from tests.torture.history import Rule, Violation

Decide = Callable[[Sequence[tuple[EmbeddedListing, EmbeddedListing]]], Sequence[Decision]]
_AT_ONCE = 2_000


def check_events(facts: Facts, decide: Decide) -> Iterator[Violation]:
    """All rules about what was said, whenever it was said."""
    yield from _ids(facts)
    for of_pair in facts.told.values():
        yield from _numbers(of_pair)
    live: list[tuple[MatchEvent, EmbeddedListing, EmbeddedListing]] = []
    for of_pair in facts.told.values():
        believed = False
        for told in of_pair:
            if told.event is None:
                believed = False
                continue
            lives = [facts.life(side.listing_id, side.origin) for side in (told.event.a, told.event.b)]
            wrong = list(_spoken(facts, told, *lives, believed=believed))
            yield from wrong
            believed = told.event.kind is Kind.MATCHED
            listings = [life.listing for life in lives if life is not None]
            if not wrong and listings[0] is not None and listings[1] is not None:
                live.append((told.event, listings[0], listings[1]))
    yield from _decided(live, decide)


def _ids(facts: Facts) -> Iterator[Violation]:
    seen = Counter[str]()
    for of_pair in facts.told.values():
        for told in of_pair:
            if told.event is None:
                continue
            pair = tuple(told.event.pair)
            said = (told.record.header("ce_id") or b"").decode()
            seen[said] += 1
            if said != told.event.event_id() or told.pair_id != told.event.pair_id:
                yield Violation(Rule.EVENT_ID, f"{said} is not the id of its event", pair)
            if seen[said] == 2:
                yield Violation(Rule.EVENT_ID, f"{said} was committed twice", pair)


def _numbers(of_pair: Sequence[Told]) -> Iterator[Violation]:
    """1, 2, 3, …, anew after a null; a retraction takes a match back, and a match says something new."""
    before: MatchEvent | None = None
    for told in of_pair:
        event = told.event
        if event is None:
            before = None
            continue
        pair = tuple(event.pair)
        due = 1 if before is None else before.number + 1
        if event.number != due:
            yield Violation(Rule.NUMBER, f"number {event.number} of {pair} comes where {due} is due", pair)
        believed = before is not None and before.kind is Kind.MATCHED
        answered = event.verdict is not None or (before is not None and before.verdict is not None)
        if event.kind is Kind.RETRACTED and not believed and not answered:
            yield Violation(Rule.REPEATED, f"number {event.number} of {pair} takes back no match", pair)
        if before is not None:
            same = before.origins == event.origins and before.verdict == event.verdict
            if believed and event.kind is Kind.MATCHED and same:
                yield Violation(
                    Rule.REPEATED, f"number {event.number} of {pair} repeats the one before", pair
                )
            if any(new < old for new, old in zip(event.origins, before.origins, strict=True)):
                why = f"number {event.number} of {pair} speaks of {event.origins} after {before.origins}"
                yield Violation(Rule.SPOKEN, why, pair)
        before = event


def _spoken(
    facts: Facts, told: Told, life_a: Life | None, life_b: Life | None, *, believed: bool
) -> Iterator[Violation]:
    event = told.event
    if event is None:
        return
    pair, said = tuple(event.pair), f"number {event.number} of {tuple(event.pair)} ({event.kind})"
    for side, life in ((event.a, life_a), (event.b, life_b)):
        if life is None:
            yield Violation(Rule.SPOKEN, f"{said}: {side.listing_id!r} has no row of {side.origin}", pair)
        elif life.listing is not None and Side.of(life.listing, life.offset) != side:
            why = f"{said}: {side.listing_id!r} at {side.origin} is not as the event says"
            yield Violation(Rule.SPOKEN, why, pair)
    if life_a is None or life_b is None:
        return
    if _could_be_compacted(facts, told.record, life_a, life_b):
        facts.spoken_late += 1
    elif not life_a.overlaps(life_b):
        yield Violation(Rule.SPOKEN, f"{said}: its rows {event.origins} never counted together", pair)
    yield from _of_its_sides(event, life_a, life_b, believed=believed)


def _of_its_sides(event: MatchEvent, life_a: Life, life_b: Life, *, believed: bool) -> Iterator[Violation]:
    pair, said = tuple(event.pair), f"number {event.number} of {tuple(event.pair)} ({event.kind})"
    gone = life_a.listing is None or life_b.listing is None
    if gone and event.kind is Kind.MATCHED:
        yield Violation(Rule.GONE, f"{said}: a side is deleted", pair)
    if gone != (event.source is Source.DELETION):
        yield Violation(Rule.SPOKEN, f"{said}: its source is {event.source}", pair)
    takes_back = believed and event.kind is Kind.RETRACTED and event.source is Source.MODEL
    if takes_back and any(life.listing is not None and life.listing.pending for life in (life_a, life_b)):
        yield Violation(Rule.DECIDED, f"{said}: taken back for want of pictures", pair)


def _could_be_compacted(facts: Facts, said: Record, life_a: Life, life_b: Life) -> bool:
    """Whether the record that ended one row was old enough, when this was said, to be gone from the log.

    A matcher that far behind meets the other row before it meets what came after the first.
    """
    if life_a.overlaps(life_b):
        return False
    earlier = life_a if life_a.offset < life_b.offset else life_b
    return said.timestamp_ms - earlier.until_ms > facts.reading.compaction_lag_ms


def _decided(
    events: Sequence[tuple[MatchEvent, EmbeddedListing, EmbeddedListing]], decide: Decide
) -> Iterator[Violation]:
    for begin in range(0, len(events), _AT_ONCE):
        chunk = events[begin : begin + _AT_ONCE]
        decisions = decide([(a, b) for _, a, b in chunk])
        for (event, a, b), decision in zip(chunk, decisions, strict=True):
            yield from check_spoken(event, a, b)
            if event.source is Source.REVIEW:
                continue
            matches = decision.outcome is Outcome.MATCH
            apart = abs((event.probability or 0.0) - decision.probability)
            if matches != (event.kind is Kind.MATCHED) or apart > 1e-6:
                why = (
                    f"number {event.number} of {tuple(event.pair)} says {event.kind} at {event.probability},"
                    f" the artifact {decision.outcome} at {decision.probability}"
                )
                yield Violation(Rule.DECIDED, why, tuple(event.pair))
