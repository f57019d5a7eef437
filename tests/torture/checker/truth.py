"""The last word on every pair against a batch job: all pairs of the final rows, decided anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, islice

from consumer.contracts.events import Answer, Kind
from consumer.contracts.pairs import Pair
from model.decision.decision import Outcome
from tests.torture.checker.events import Decide
from tests.torture.checker.facts import Facts, Life
from tests.torture.checker.verdicts import Answers, check_held
from tests.torture.history import Rule, Violation

_AT_ONCE = 20_000
_TIE = 1e-6


@dataclass(frozen=True, slots=True)
class Search:
    """How the match role looks for candidates, which bounds what it may miss.

    Attributes:
        k: neighbours judged of each listing.
        window: offsets of the inner log that one batch may span.
        missed_share: of all true matches, how many the index may fail to offer with room in k; likewise of
            doubtful pairs. None: a Milvus server found every neighbour of 160 live rows in graphs of 5,000
            to 12,000 written ones, in memory, restarted and flushed.
    """

    k: int
    window: int
    missed_share: float = 0.0


@dataclass(slots=True)
class Truth:
    """What the batch job says, and how the stream compares.

    Attributes:
        matched: pairs that match, with the offsets of their rows; likewise `doubtful`, for people.
        crowded: matches that are missing since one side had k nearer listings at that moment.
        missed: those that are missing without such a reason, and doubtful pairs likewise.
        decided: pairs of the final rows.
        answers: of people, which outrank the artifact.
    """

    matched: dict[Pair, tuple[int, int]]
    doubtful: dict[Pair, tuple[int, int]]
    decided: int
    answers: Answers
    crowded: int = 0
    missed: int = 0

    @classmethod
    def of(cls, facts: Facts, decide: Decide) -> Truth:
        """Brute force."""
        final = facts.final
        truth = cls({}, {}, 0, Answers.of(facts))
        pairs = (Pair(a, b) for a, b in combinations(sorted(final), 2))
        while chunk := list(islice(pairs, _AT_ONCE)):
            truth.decided += len(chunk)
            sides = [(final[pair.a].listing, final[pair.b].listing) for pair in chunk]
            decisions = decide([(a, b) for a, b in sides if a is not None and b is not None])
            for pair, decision in zip(chunk, decisions, strict=True):
                origins = (final[pair.a].offset, final[pair.b].offset)
                if decision.outcome is Outcome.MATCH:
                    truth.matched[pair] = origins
                elif decision.outcome is Outcome.REVIEW:
                    truth.doubtful[pair] = origins
        truth._listen(final)
        return truth

    def _listen(self, final: Mapping[str, Life]) -> None:
        """What people say; of pairs of which an answer may or may not hold, both is right."""
        for pair in [*self.answers.must, *self.answers.may]:
            self.matched.pop(pair, None)
            self.doubtful.pop(pair, None)
        for pair, verdict in self.answers.must.items():
            if verdict.answer is Answer.SAME:
                self.matched[pair] = (final[pair.a].offset, final[pair.b].offset)


def check_truth(facts: Facts, truth: Truth, search: Search) -> Iterator[Violation]:
    """The last events and the open tasks against the batch job; counts what is missing into `truth`."""
    final = facts.final
    said = {event.pair: event for event in facts.last_events() if event.kind is Kind.MATCHED}
    missed: list[Violation] = []
    for pair, event in said.items():
        if pair.a not in final or pair.b not in final:
            yield Violation(Rule.GONE, f"{tuple(pair)} is still matched, and a side is deleted", tuple(pair))
        elif pair in truth.answers.may:
            continue
        elif pair not in truth.matched:
            why = f"{tuple(pair)} is still matched of {event.origins} and the batch job says no"
            yield Violation(Rule.RETRACTION, why, tuple(pair))
        elif event.origins != truth.matched[pair]:
            why = f"{tuple(pair)} is matched of {event.origins}; the rows are of {truth.matched[pair]}"
            yield Violation(Rule.TRUTH, why, tuple(pair))
    for pair in truth.matched.keys() - said.keys():
        if _was_crowded(facts, final[pair.a], final[pair.b], search):
            truth.crowded += 1
        else:
            missed.append(Violation(Rule.MISSED, f"{tuple(pair)} match, and nobody said so", tuple(pair)))
    truth.missed = len(missed)
    if len(missed) > search.missed_share * len(truth.matched):
        yield from missed
    yield from check_held(facts, truth.answers)
    yield from _tasks(facts, truth, search)


def _tasks(facts: Facts, truth: Truth, search: Search) -> Iterator[Violation]:
    final, doubtful = facts.final, truth.doubtful
    for task in facts.tasks.values():
        pair = Pair(*task.pair)
        if pair in truth.answers.may:
            continue
        if pair not in doubtful:
            yield Violation(Rule.REVIEW, f"a task is open for {tuple(pair)}, which needs nobody", tuple(pair))
        elif task.origins != doubtful[pair]:
            why = f"the task of {tuple(pair)} shows {task.origins}, the rows are {doubtful[pair]}"
            yield Violation(Rule.REVIEW, why, tuple(pair))
    open_tasks = {Pair(*task.pair) for task in facts.tasks.values()}
    missed = [
        Violation(Rule.REVIEW, f"{tuple(pair)} is doubtful, and nobody is asked", tuple(pair))
        for pair in doubtful.keys() - open_tasks
        if not _was_crowded(facts, final[pair.a], final[pair.b], search)
    ]
    truth.missed += len(missed)
    if len(missed) > search.missed_share * len(doubtful):
        yield from missed


def _was_crowded(facts: Facts, a: Life, b: Life, search: Search) -> bool:
    """Whether k others were as near, when the later of two rows was judged, to offer this pair its place."""
    later, earlier = (a, b) if a.offset > b.offset else (b, a)
    if later.listing is None or earlier.listing is None:
        return False
    vector = later.listing.embedding.vector
    wanted = float(vector @ earlier.listing.embedding.vector) - _TIE
    nearer = 0
    for listing_id, lives in facts.lives.items():
        if listing_id in {a.listing_id, b.listing_id}:
            continue
        nearer += any(
            life.listing is not None
            and life.offset < later.offset + search.window
            and (life.until is None or life.until > later.offset)
            and float(vector @ life.listing.embedding.vector) >= wanted
            for life in lives
        )
    return nearer >= search.k
