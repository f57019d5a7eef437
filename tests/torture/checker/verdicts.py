"""People's answers: each is passed on once, and holds until what was seen changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from consumer.contracts.events import Answer, HeldVerdict, Kind, MatchEvent
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import Verdict
from model.decision.decision import Source
from model.embedded import EmbeddedListing
from tests.torture.checker.facts import Facts
from tests.torture.history import Rule, Violation, WriteKind


@dataclass(slots=True)
class Answers:
    """What people's answers demand of the end.

    Attributes:
        must: pairs whose last answer fitted both sides from its place in the log on.
        may: pairs of which some answer fits the end, but not all that was between: whether it still holds
            depends on which records were judged as one batch.
        none: pairs that were answered, and no answer fits or the last word took it back.
    """

    must: dict[Pair, HeldVerdict] = field(default_factory=dict)
    may: set[Pair] = field(default_factory=set)
    none: set[Pair] = field(default_factory=set)

    @classmethod
    def of(cls, facts: Facts) -> Answers:
        """From the inner log."""
        answers = cls()
        for records in facts.verdicts.values():
            given = next((verdict for _, verdict in records if verdict is not None), None)
            if given is None:
                continue  # withdrawn before anything was said
            offset, last = records[-1]
            held = _since_withdrawal(records)
            if last is not None and _fits_from(facts, last, offset):
                answers.must[given.pair] = last.held()
            elif any(_fits_at_the_end(facts, verdict) for verdict in held):
                answers.may.add(given.pair)
            else:
                answers.none.add(given.pair)
        return answers


def check_passed_on(facts: Facts) -> Iterator[Violation]:
    """Of each pair, the inner log has answers that were written, in their order, and the last of them."""
    written: defaultdict[str, list[bytes | None]] = defaultdict(list)
    for write in sorted(facts.writes, key=lambda write: write.sent_ms):
        if write.kind is WriteKind.VERDICT:
            written[write.key.decode()].append(write.value)
    for pair_id in written.keys() | facts.verdicts.keys():
        due = [None if value is None else Verdict.from_bytes(value) for value in written[pair_id]]
        held = [verdict for _, verdict in facts.verdicts.get(pair_id, ())]
        if not _in_order(held, due) or not held or held[-1] != due[-1]:
            said = [None if verdict is None else verdict.reviewer for verdict in held]
            names = next((tuple(verdict.pair) for verdict in [*due, *held] if verdict is not None), ())
            why = f"of {len(due)} answers about {names} the inner log has {said}"
            yield Violation(Rule.ACCOUNTED, why, names)


def check_spoken(event: MatchEvent, a: EmbeddedListing, b: EmbeddedListing) -> Iterator[Violation]:
    """An event by an answer says what the answer says, of what the person saw; no other bears one."""
    pair, verdict = tuple(event.pair), event.verdict
    said = f"number {event.number} of {pair} ({event.kind} by {event.source})"
    if (verdict is None) != (event.source is not Source.REVIEW):
        yield Violation(Rule.VERDICT, f"{said} bears the answer {verdict}", pair)
    if verdict is None:
        return
    if (verdict.answer is Answer.SAME) != (event.kind is Kind.MATCHED):
        yield Violation(Rule.VERDICT, f"{said} contradicts the answer {verdict.answer}", pair)
    if (verdict.seen_a, verdict.seen_b) != (a.fingerprint(), b.fingerprint()):
        yield Violation(Rule.VERDICT, f"{said}: not what {verdict.reviewer} saw", pair)


def check_held(facts: Facts, answers: Answers) -> Iterator[Violation]:
    """What holds at the end."""
    last = {event.pair: event for event in facts.last_events()}
    for pair, verdict in answers.must.items():
        event = last.get(pair)
        if event is None or event.verdict != verdict:
            says = "nothing" if event is None else f"{event.kind} by {event.source}"
            why = f"{tuple(pair)} is {verdict.answer}, says {verdict.reviewer}, and the last event is {says}"
            yield Violation(Rule.VERDICT, why, tuple(pair))
    for pair in answers.none:
        event = last.get(pair)
        if event is not None and event.kind is Kind.MATCHED and event.verdict is not None:
            why = f"{tuple(pair)} is still matched by {event.verdict.reviewer}, whose answer holds no more"
            yield Violation(Rule.VERDICT, why, tuple(pair))


def _since_withdrawal(records: Sequence[tuple[int, Verdict | None]]) -> list[Verdict]:
    held: list[Verdict] = []
    for _, verdict in records:
        held = [] if verdict is None else [*held, verdict]
    return held


def _in_order(held: Sequence[Verdict | None], due: Sequence[Verdict | None]) -> bool:
    rest = iter(due)
    return all(any(one == other for other in rest) for one in held)


def _fits_from(facts: Facts, verdict: Verdict, offset: int) -> bool:
    """Whether both sides are what was seen at this place of the log and ever after."""
    for listing_id, seen in ((verdict.a, verdict.seen_a), (verdict.b, verdict.seen_b)):
        lives = [
            life for life in facts.lives.get(listing_id, ()) if life.until is None or life.until > offset
        ]
        if not lives or lives[0].offset > offset:
            return False
        if any(life.listing is None or life.listing.fingerprint() != seen for life in lives):
            return False
    return True


def _fits_at_the_end(facts: Facts, verdict: Verdict) -> bool:
    sides = ((verdict.a, verdict.seen_a), (verdict.b, verdict.seen_b))
    final = [(facts.lives.get(listing_id, [])[-1:], seen) for listing_id, seen in sides]
    return all(
        lives and lives[0].listing is not None and lives[0].listing.fingerprint() == seen
        for lives, seen in final
    )
