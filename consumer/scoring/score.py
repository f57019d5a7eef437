"""Precision, recall and F1 of the final pairs, and what became of the true pairs that were not matched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from consumer.contracts.pairs import Pair
from consumer.contracts.topics import TopicNames
from consumer.ports.clock import Clock, SystemClock
from consumer.ports.log import StateReader
from consumer.scoring.final_state import FinalState, read_final_state
from consumer.scoring.truth import KnownProducts, read_truth
from model.strict_json import canonical

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class WrongPair:
    """A matched pair that is none, for looking at."""

    a: str
    b: str
    probability: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Score:
    """The final matches against the truth.

    Attributes:
        listings: with a known product.
        true_pairs: same product, not both ambiguous.
        matched_pairs: whose newest event is `matched`, all of them.
        left_out_unknown: of these, with a listing that the truth does not know.
        left_out_ambiguous: of these, with two ambiguous listings.
        precision: of the matched pairs that are left; None if none is.
        recall: of the true pairs; None if there are none.
        f1: None if there are neither.
        true_pairs_in_review: not matched, and waiting for a person.
        true_pairs_retracted: not matched and not in review, but matched once.
        true_pairs_never_said: without any event or task. A candidate judged different leaves no trace in the
            topics, so this is an upper bound of the true pairs that were never candidates.
        matched_by_source: scored matched pairs by who said so.
        wrong: up to 20 wrong pairs, the surest first.
    """

    listings: int
    true_pairs: int
    matched_pairs: int
    left_out_unknown: int
    left_out_ambiguous: int
    right_pairs: int
    wrong_pairs: int
    missed_pairs: int
    precision: float | None
    recall: float | None
    f1: float | None
    true_pairs_in_review: int
    true_pairs_retracted: int
    true_pairs_never_said: int
    open_reviews: int
    matched_by_source: Mapping[str, int]
    wrong: tuple[WrongPair, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def compare(state: FinalState, truth: KnownProducts) -> Score:
    """Count; pure."""
    unknown = {pair for pair in state.matched if not truth.knows(pair)}
    ambiguous = {pair for pair in state.matched - unknown if truth.is_ambiguous(pair)}
    scored = state.matched - unknown - ambiguous
    right, wrong, missed = scored & truth.pairs, scored - truth.pairs, truth.pairs - scored
    in_review = {pair for pair in missed if pair in state.reviews}
    retracted = {pair for pair in missed - in_review if pair in state.events}
    return Score(
        listings=len(truth.products),
        true_pairs=len(truth.pairs),
        matched_pairs=len(state.matched),
        left_out_unknown=len(unknown),
        left_out_ambiguous=len(ambiguous),
        right_pairs=len(right),
        wrong_pairs=len(wrong),
        missed_pairs=len(missed),
        precision=_share(len(right), len(scored)),
        recall=_share(len(right), len(truth.pairs)),
        f1=_share(2 * len(right), len(scored) + len(truth.pairs)),
        true_pairs_in_review=len(in_review),
        true_pairs_retracted=len(retracted),
        true_pairs_never_said=len(missed - in_review - retracted),
        open_reviews=len(state.reviews),
        matched_by_source=dict(sorted(Counter(str(state.events[pair].source) for pair in scored).items())),
        wrong=_examples(state, wrong),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _shown(share: float | None) -> str:
    return "nothing to judge" if share is None else f"{share:.3f}"


def _examples(state: FinalState, wrong: frozenset[Pair]) -> tuple[WrongPair, ...]:
    surest = sorted(wrong, key=lambda pair: (-(state.events[pair].probability or 0.0), pair))[:_EXAMPLES]
    return tuple(
        WrongPair(pair.a, pair.b, state.events[pair].probability, str(state.events[pair].source))
        for pair in surest
    )


def score(
    truth: Path,
    reader: StateReader,
    topics: TopicNames,
    *,
    json_out: Path | None = None,
    clock: Clock | None = None,
) -> Score:
    """Read `matches` and `match-reviews` to their end and compare them with a truth file.

    Args:
        truth: what `skutwin replay --truth` wrote.
        reader: a `StateReader` that follows `topics.matches` and `topics.reviews`; closed here.
        topics: their names.
        json_out: where to write the score as JSON.
        clock: the machine's by default.

    Raises:
        Misconfigured: the truth file is missing or damaged.
        BrokerFault: the topics could not be read to their end.
    """
    try:
        known = read_truth(truth)
        state = read_final_state(
            reader, matches=topics.matches, reviews=topics.reviews, clock=clock or SystemClock()
        )
    finally:
        reader.close()
    result = compare(state, known)
    if json_out is not None:
        json_out.write_bytes(canonical(result.to_json()) + b"\n")
    return result


def as_table(result: Score) -> Table:
    """For a terminal."""
    table = Table(title="Final matches against known products", show_header=False)
    table.add_column("what")
    table.add_column("figure", justify="right")
    for what, figure in (
        ("listings with a known product", f"{result.listings:,}"),
        ("true pairs", f"{result.true_pairs:,}"),
        ("matched pairs", f"{result.matched_pairs:,}"),
        ("  left out: unknown / ambiguous", f"{result.left_out_unknown:,} / {result.left_out_ambiguous:,}"),
        ("  right / wrong", f"{result.right_pairs:,} / {result.wrong_pairs:,}"),
        ("  by source", ", ".join(f"{name} {n:,}" for name, n in result.matched_by_source.items()) or "-"),
        ("precision", _shown(result.precision)),
        ("recall", _shown(result.recall)),
        ("F1", _shown(result.f1)),
        ("true pairs missed", f"{result.missed_pairs:,}"),
        ("  waiting for a person", f"{result.true_pairs_in_review:,}"),
        ("  retracted", f"{result.true_pairs_retracted:,}"),
        ("  never said (no event, no task)", f"{result.true_pairs_never_said:,}"),
        ("open review tasks", f"{result.open_reviews:,}"),
    ):
        table.add_row(what, figure)
    return table
