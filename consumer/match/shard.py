"""One shard under one assignment: the way of a batch from the inner log to its match events."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from consumer.contracts.cloudevents import shard_headers
from consumer.contracts.events import HeldVerdict
from consumer.contracts.inner import InnerListing, InnerVoid, read_void
from consumer.contracts.pairs import Pair
from consumer.contracts.retry import RetryRequest
from consumer.contracts.topics import TopicNames
from consumer.match.candidates import Candidates, CandidateSearch
from consumer.match.fold import Folded, Said, fold, listing_ids, parsed
from consumer.match.gtin_watch import DOUBT
from consumer.match.judge import Judge, Live, Owed
from consumer.match.newest import NewestRows
from consumer.match.options import MatchOptions
from consumer.match.pair_state import PairEntry, PairState
from consumer.match.recent import RecentRows
from consumer.ports.clock import Clock
from consumer.ports.drift import DriftWatch, Judged
from consumer.ports.index import Index, Row
from consumer.ports.records import OutRecord, Record
from model.decision.decision import Decision, Source
from model.embedded import EmbeddedListing


class Decider(Protocol):
    """The model's face, as far as this role needs it."""

    def decide(self, pairs: Sequence[tuple[EmbeddedListing, EmbeddedListing]]) -> list[Decision]:
        """A symmetric, pure decision of each pair."""


@dataclass(slots=True)
class Plan:
    """All that one batch owes, in memory, before its transaction begins.

    Attributes:
        end: offset after the batch's last record.
        owed: what each judged pair adds.
        strangers: partners that have neither row nor marker, left as they are.
        stale_verdicts: verdicts about what is no longer on sale, or no longer looks like that.
        void: the record that killed, to be noted in the log.
        judged: the decision of each pair that has a changed side and whose sides are both on sale.
        doubted_gtins: of pairs that an equal GTIN matches and the model does not believe.
    """

    end: int
    records: int
    folded: Folded
    candidates: Candidates
    newest: NewestRows
    owed: list[tuple[Pair, Owed, int]] = field(default_factory=list)
    strangers: int = 0
    stale_verdicts: int = 0
    void: InnerVoid | None = None
    judged: list[Judged] = field(default_factory=list)
    doubted_gtins: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Events, tasks and withdrawals owed."""
        return sum((o.event is not None) + (o.task is not None or o.withdraw) for _, o, _ in self.owed)

    def asked(self, pair: Pair) -> bool:
        """Whether the batch brings a verdict on the pair, or takes one back; few batches do."""
        return bool(self.folded.verdicts) and pair.pair_id in self.folded.verdicts

    def show(self, watch: DriftWatch) -> None:
        """What is new of it: a listing counts by its own record, not again by retries of its pictures."""
        listings = [
            row.listing
            for row in self.folded.rows.values()
            if row.listing is not None and row.origin == row.offset
        ]
        nearest = [self.candidates.top.get(listing.listing_id, math.nan) for listing in listings]
        watch.saw(listings, nearest, self.judged)


class Shard:
    """Decides for one shard. Everything is called from one thread."""

    def __init__(
        self,
        *,
        topics: TopicNames,
        index: Index,
        recent: RecentRows,
        pairs: PairState,
        decider: Decider,
        judge: Judge,
        options: MatchOptions,
        clock: Clock,
    ) -> None:
        self._topics, self._index, self._recent, self._pairs = topics, index, recent, pairs
        self._decider, self._judge, self._options, self._clock = decider, judge, options, clock
        self._search = CandidateSearch(index, recent, pairs, options, clock)

    def plan(self, records: Sequence[Record], *, position: int, strong: bool) -> Plan:
        """Steps 2 to 6 of a batch; the batch is halved until it owes no more than a transaction should hold.

        2. Fold: of several records of one listing the last that counts; retries that came too late fall out.
        3. Write the new rows and markers to the index; whoever writes them writes the same, so an aborted
           batch leaves nothing wrong behind.
        4. Candidates of these, and of what a sweep asks for, as it is held: neighbours in the index and in
           memory, equal GTINs, partners in the pair state.
        5. Read the rows of all of them; the greatest offset counts.
        6. Decide each pair.

        Args:
            records: of the shard's partition, in order.
            position: the committed offset; rows at or past it do not exist yet.
            strong: whether every search and read waits for all acknowledged writes.

        Raises:
            IndexFault: the index could not be read or written.
        """
        batch = parsed(records)
        while True:
            plan = self._plan(batch, position, batch[-1][0].offset + 1, strong=strong)
            if plan.size <= self._options.max_events or len(batch) == 1:
                return plan
            batch = batch[: len(batch) // 2]

    def plan_void(self, record: Record, *, position: int, strong: bool) -> Plan:
        """The same of one record that kills whoever looks into it: its key and headers alone are read.

        Raises:
            IndexFault: the index could not be read or written.
        """
        void = read_void(record)
        plan = self._plan(
            [] if void is None else [(record, void)], position, record.offset + 1, strong=strong
        )
        plan.records = 1
        plan.void = void
        return plan

    def _plan(self, batch: Sequence[Said], position: int, end: int, *, strong: bool) -> Plan:
        if not self._recent.begun:
            self._recent.begin(index_empty=self._index.watermark() is None)
        self._recent.expire()
        self._recent.discard_from(position)
        newest = NewestRows(self._index, self._recent, position=position, strong=strong)
        newest.read(listing_ids(batch))
        folded = fold(batch, newest.held())
        rows = list(folded.rows.values())
        self._index.write(rows, watermark=end, decided=position)
        self._recent.add(rows)
        newest.replace(folded.rows)
        again = {name: row for name in folded.again if (row := newest.get(name)) is not None}
        candidates = self._search.find(again | folded.rows, newest, strong=strong)
        judged = [verdict.pair for verdict in folded.verdicts.values() if verdict is not None]
        judged += [entry.pair for pair_id in folded.verdicts if (entry := self._pairs.by_id(pair_id))]
        candidates.pairs.update(judged)
        newest.read({listing_id for pair in candidates.pairs for listing_id in pair})
        plan = Plan(end, len(batch), folded, candidates, newest)
        self._judge_all(plan)
        return plan

    def _judge_all(self, plan: Plan) -> None:
        both: list[tuple[Pair, Row, Row, EmbeddedListing, EmbeddedListing]] = []
        for pair in sorted(plan.candidates.pairs):
            row_a, row_b = plan.newest.get(pair.a), plan.newest.get(pair.b)
            if row_a is None or row_b is None:
                plan.strangers += 1
                plan.stale_verdicts += plan.asked(pair)
            elif row_a.listing is None or row_b.listing is None:
                withdrawn = plan.asked(pair) and plan.folded.verdicts[pair.pair_id] is None
                owed = self._judge.gone(self._pairs.get(pair), row_a, row_b, withdrawn=withdrawn)
                plan.owed.append((pair, owed, max(row_a.timestamp_ms, row_b.timestamp_ms)))
                plan.stale_verdicts += plan.asked(pair)
            else:
                both.append((pair, row_a, row_b, row_a.listing, row_b.listing))
        decisions = self._decider.decide([(a, b) for _, _, _, a, b in both]) if both else []
        for (pair, row_a, row_b, a, b), decision in zip(both, decisions, strict=True):
            live = Live(pair, row_a, row_b, a, b, decision)
            changed = [row for row in (row_a, row_b) if row.listing_id in plan.folded.rows]
            if changed:
                newer = max(changed, key=lambda row: row.offset)
                plan.judged.append(Judged(a.seller_id if newer is row_a else b.seller_id, decision))
            if decision.source is Source.GTIN and decision.probability < DOUBT and a.gtin == b.gtin:
                plan.doubted_gtins.append(a.gtin or "")
            entry = self._pairs.get(pair)
            verdict, stale = self._verdict(live, entry, plan)
            plan.stale_verdicts += stale
            rank = plan.candidates.rank.get(pair)
            owed = self._judge.live(live, entry, verdict, rank, asked=plan.asked(pair))
            plan.owed.append((pair, owed, max(row_a.timestamp_ms, row_b.timestamp_ms)))
        plan.owed.sort(key=lambda item: item[0])

    def _verdict(self, live: Live, entry: PairEntry | None, plan: Plan) -> tuple[HeldVerdict | None, bool]:
        """The answer that holds of these rows, and whether the batch brought one that does not."""
        noted = entry.verdict if entry is not None and live.sees(entry.verdict) else None
        if not plan.asked(live.pair):
            return noted, False
        verdict = plan.folded.verdicts[live.pair.pair_id]
        if verdict is None:
            return None, False
        return (verdict.held(), False) if live.sees(verdict.held()) else (noted, True)

    def output(self, plan: Plan, shard: int) -> list[OutRecord]:
        """Step 7's records: events, tasks, withdrawals by pair, requests to try again, closed retries."""
        records = []
        for pair, owed, time_ms in plan.owed:
            if (event := owed.event) is not None:
                key = event.pair_id.encode()
                records.append(OutRecord(self._topics.matches, key, event.to_bytes(), event.headers(time_ms)))
            if (task := owed.task) is not None:
                key = task.pair_id.encode()
                records.append(OutRecord(self._topics.reviews, key, task.to_bytes(), task.headers(time_ms)))
            elif owed.withdraw:
                key = pair.pair_id.encode()
                records.append(OutRecord(self._topics.reviews, key, None, shard_headers(shard)))
        records += [
            self._retry(listing_id, listing, plan.folded)
            for listing_id, listing in plan.folded.incomplete.items()
        ]
        if plan.void is not None:
            records.append(plan.void.to_record(self._topics.embedded, shard))
        for as_of, listing_id in sorted(plan.folded.closed):
            closing = InnerListing(listing_id, None, -1, as_of)
            records.append(closing.to_record(self._topics.embedded, shard))
        return records

    def _retry(self, listing_id: str, listing: EmbeddedListing, folded: Folded) -> OutRecord:
        attempt = listing.pictures.attempt + 1
        delay_ms = int(self._options.retry_delay_s(attempt) * 1000)
        request = RetryRequest(
            listing=listing,
            as_of=folded.rows[listing_id].origin,
            attempt=attempt,
            not_before_ms=self._clock.now_ms() + delay_ms,
            arrived_ms=folded.arrived_ms[listing_id],
        )
        return OutRecord(self._topics.retry, listing_id.encode(), request.to_bytes())

    def committed(self, plan: Plan) -> int:
        """The transaction is in: the pair state takes it, and (step 8) what it superseded is deleted.

        Returns:
            How many rows were deleted.

        Raises:
            IndexFault: the rows stay until they are met again; superseded, they say nothing.
        """
        for pair, owed, _ in plan.owed:
            if owed.event is not None:
                self._pairs.take_event(owed.event, owed.event.to_bytes())
            if owed.task is not None:
                self._pairs.take_task(owed.task)
            elif owed.withdraw:
                self._pairs.drop_task(pair.pair_id)
        noted = plan.newest.superseded()
        if noted:
            self._index.delete(noted)
            self._recent.discard(noted)
        return len(noted)
