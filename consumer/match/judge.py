"""Step 6: from the rows of a pair, what is believed of it and what the artifact says, to what is owed."""

from __future__ import annotations

from dataclasses import dataclass

from consumer.contracts.events import Answer, HeldVerdict, Kind, MatchEvent, Side, Similarities
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import ReviewSide, ReviewTask
from consumer.match.options import SameSeller
from consumer.match.pair_state import PairEntry
from consumer.ports.index import Row
from model.decision.decision import Decision, Outcome, Source
from model.embedded import EmbeddedListing


@dataclass(frozen=True, slots=True)
class Live:
    """A pair whose two sides are both on sale."""

    pair: Pair
    row_a: Row
    row_b: Row
    a: EmbeddedListing
    b: EmbeddedListing
    decision: Decision

    @property
    def origins(self) -> tuple[int, int]:
        """The offsets that the event speaks of."""
        return (self.row_a.offset, self.row_b.offset)

    @property
    def same_seller(self) -> bool:
        """Whether one seller lists both."""
        return self.a.seller_id == self.b.seller_id

    def said_by(self, entry: PairEntry) -> bool:
        """Whether the pair's newest event says `matched` of these very rows already."""
        revisions = (self.a.revision, self.b.revision)
        return entry.matched and entry.origins == self.origins and entry.revisions == revisions

    def sees(self, verdict: HeldVerdict | None) -> bool:
        """Whether both sides are, price apart, what the person saw."""
        return (
            verdict is not None
            and verdict.seen_a == self.a.fingerprint()
            and verdict.seen_b == self.b.fingerprint()
        )


@dataclass(frozen=True, slots=True)
class Owed:
    """What one pair adds to the transaction.

    Attributes:
        task: a task to write; `withdraw` takes back the open one.
    """

    event: MatchEvent | None = None
    task: ReviewTask | None = None
    withdraw: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """What every event of one shard says of itself."""

    shard: int
    artifact_version: str
    same_seller: SameSeller

    def gone(self, entry: PairEntry | None, row_a: Row | None, row_b: Row | None, *, withdrawn: bool) -> Owed:
        """At least one side was deleted: the match is taken back, the task withdrawn.

        Args:
            entry: what is believed so far.
            row_a: what is left of side a, if anything.
            row_b: likewise.
            withdrawn: this batch takes the verdict back. It is written down, or the verdict would hold again
                once the listing comes back as it was.
        """
        if entry is None:
            return Owed()
        event = None
        if entry.matched or (withdrawn and entry.verdict is not None):
            last = entry.event
            event = last.model_copy(
                update={
                    "number": entry.number + 1,
                    "kind": Kind.RETRACTED,
                    "source": Source.DELETION,
                    "a": _side(last.a, row_a),
                    "b": _side(last.b, row_b),
                    "probability": None,
                    "similarity": None,
                    "contributions": {},
                    "artifact_version": self.artifact_version,
                    "verdict": None,
                }
            )
        return Owed(event, withdraw=entry.task is not None)

    def live(
        self,
        pair: Live,
        entry: PairEntry | None,
        verdict: HeldVerdict | None,
        rank: int | None,
        *,
        asked: bool,
    ) -> Owed:
        """Both sides are on sale.

        Args:
            pair: both rows and the artifact's decision.
            entry: what is believed so far.
            verdict: the answer that holds of these two rows, or None.
            rank: for the task alone.
            asked: a verdict or its withdrawal is in this batch, so it has to be written down.
        """
        matched, source = self._outcome(pair, verdict)
        believed = entry is not None and entry.matched
        number = (entry.number if entry is not None else 0) + 1
        noted = entry.verdict if entry is not None else None
        event = None
        if matched:
            said = entry is not None and pair.said_by(entry) and noted == verdict
            event = None if said else self._event(pair, Kind.MATCHED, number, source, verdict)
        elif believed:
            incomplete = pair.a.pending or pair.b.pending
            if not incomplete or source is not Source.MODEL:
                event = self._event(pair, Kind.RETRACTED, number, source, verdict)
        elif asked and noted != verdict:
            event = self._event(pair, Kind.RETRACTED, number, source, verdict)
        still_matched = matched or (believed and event is None)
        return self._with_task(pair, entry, event, rank, wanted=verdict is None and not still_matched)

    def _outcome(self, pair: Live, verdict: HeldVerdict | None) -> tuple[bool, Source]:
        if verdict is not None:
            return verdict.answer is Answer.SAME, Source.REVIEW
        if pair.same_seller and self.same_seller is SameSeller.IGNORE:
            return False, Source.MODEL
        return pair.decision.outcome is Outcome.MATCH, pair.decision.source

    def _with_task(
        self,
        pair: Live,
        entry: PairEntry | None,
        event: MatchEvent | None,
        rank: int | None,
        *,
        wanted: bool,
    ) -> Owed:
        ignored = pair.same_seller and self.same_seller is SameSeller.IGNORE
        complete = not (pair.a.pending or pair.b.pending)
        wanted = wanted and complete and not ignored and pair.decision.outcome is Outcome.REVIEW
        open_task = entry.task if entry is not None else None
        if not wanted:
            return Owed(event, withdraw=open_task is not None)
        if open_task == pair.origins:
            return Owed(event)
        return Owed(event, task=self._task(pair, rank))

    def _event(
        self,
        pair: Live,
        kind: Kind,
        number: int,
        source: Source,
        verdict: HeldVerdict | None,
    ) -> MatchEvent:
        return MatchEvent(
            pair_id=pair.pair.pair_id,
            number=number,
            kind=kind,
            a=Side.of(pair.a, pair.row_a.offset),
            b=Side.of(pair.b, pair.row_b.offset),
            source=source,
            probability=pair.decision.probability,
            similarity=Similarities.of(pair.decision.similarity),
            contributions=_contributions(pair.decision),
            same_seller=pair.same_seller,
            artifact_version=self.artifact_version,
            shard=self.shard,
            verdict=verdict,
        )

    def _task(self, pair: Live, rank: int | None) -> ReviewTask:
        return ReviewTask(
            pair_id=pair.pair.pair_id,
            shard=self.shard,
            a=ReviewSide.of(pair.a, pair.row_a.offset),
            b=ReviewSide.of(pair.b, pair.row_b.offset),
            probability=pair.decision.probability,
            similarity=Similarities.of(pair.decision.similarity),
            contributions=_contributions(pair.decision),
            same_seller=pair.same_seller,
            rank=rank,
            artifact_version=self.artifact_version,
        )


def _side(last: Side, row: Row | None) -> Side:
    """The row's side; of a deleted listing the fields that were said last, and the marker's offset."""
    if row is None:
        return last
    if row.listing is None:
        return last.model_copy(update={"origin": row.offset})
    return Side.of(row.listing, row.offset)


def _contributions(decision: Decision) -> dict[str, float]:
    return {name: round(value, 4) for name, value in decision.contributions}
