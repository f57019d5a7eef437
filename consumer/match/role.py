"""The match role's loop: stands by, takes a shard over, decides its batches, gives it up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from consumer.backlog import Backlog
from consumer.contracts.topics import TopicNames
from consumer.deaths import DeathWatch, Manner
from consumer.errors import BrokerFault, IndexMismatch, RecordFault, SkutwinError, TransactionAborted
from consumer.logs import batch_lines
from consumer.match.assignment import Assignment, Step
from consumer.match.gtin_watch import GtinWatch
from consumer.match.judge import Judge
from consumer.match.options import MatchOptions
from consumer.match.pair_state import PairState
from consumer.match.recent import RecentRows
from consumer.match.shard import Decider, Plan, Shard
from consumer.match.sweep import Sweep
from consumer.metrics import Metrics
from consumer.ops.health import Component
from consumer.ownership import Ownership
from consumer.ports.clock import Clock
from consumer.ports.drift import DriftWatch, Unwatched
from consumer.ports.index import Index
from consumer.ports.log import Sink, Source, StateReader
from consumer.ports.records import OutRecord, Record, TopicPartition

_ROLE = "match"
_FOLLOW_AT_ONCE = 2000
_WAIT_S = 0.05  # for the embed role of the same process, when one of the two has a record that may kill
DeadLetterMaker = Callable[[Record, RecordFault], OutRecord]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPorts:
    """What the role needs of the world.

    Attributes:
        check_log: raises `IndexMismatch` where the inner log is no longer the topic that the process began
            with, and `BrokerFault` where nobody can say.
        drift: watches a shard.
    """

    source: Source
    follower: StateReader
    sink: Callable[[int], Sink]
    index: Callable[[int], Index]
    clock: Clock
    metrics: Metrics
    health: Component
    deaths: DeathWatch
    check_log: Callable[[], None]
    drift: Callable[[int], DriftWatch] = lambda _: Unwatched()


@dataclass(slots=True)
class _Held:
    """A shard under one assignment.

    Attributes:
        followed: outputs read since the last commit. They are ours, unless another process has taken over and
            we do not know it yet; a commit that went through proves that none had.
    """

    assignment: Assignment
    shard: Shard
    began_s: float
    settled_s: float = 0.0
    swept_s: float = 0.0
    followed: list[Record] = field(default_factory=list)


class MatchRole:
    """One process's share of the match role; `turn` is one round of its loop. Used from one thread."""

    def __init__(
        self,
        *,
        ports: MatchPorts,
        topics: TopicNames,
        shards: int,
        decider: Decider,
        artifact_version: str,
        dimension: int,
        dead_letter: DeadLetterMaker,
        options: MatchOptions,
    ) -> None:
        self._dead_letter, self._deaths = dead_letter, ports.deaths
        self._ports, self._topics, self._options = ports, topics, options
        self._decider, self._artifact_version, self._dimension = decider, artifact_version, dimension
        self._pairs = {
            number: PairState(number, matches=topics.matches, reviews=topics.reviews)
            for number in range(shards)
        }
        self._drift = {number: ports.drift(number) for number in range(shards)}
        self._gtins = GtinWatch()
        self._held: dict[TopicPartition, _Held] = {}
        self._ownership = Ownership()
        self._backlog = Backlog(_ROLE, ports.metrics, ports.clock)

    @property
    def active_shards(self) -> list[int]:
        """The shards decided here at this moment."""
        return sorted(where.partition for where, held in self._held.items() if held.assignment.active)

    def start(self) -> None:
        """Join the group."""
        self._ports.source.subscribe([self._topics.embedded], self)
        self._state()

    def turn(self) -> int:
        """One round: follow the outputs, go on with assignments, decide one batch of each shard.

        Returns:
            How many records were decided.

        Raises:
            SkutwinError: the process must stop; nothing of an unfinished batch is committed.
        """
        self._follow()
        for where, held in list(self._held.items()):
            if not held.assignment.active:
                self._advance(where, held)
        decided = 0
        if self._deaths.join(_WAIT_S):
            for where, records in self._polled().items():
                decided += self._decide(where, records)
            self._deaths.rest()
        self._sweep()
        self._tell_drift()
        self._backlog.look(self._ports.source)
        self._ports.health.tick()
        return decided

    def close(self) -> None:
        """Leave the group and let go of every shard."""
        self._ports.metrics.role_state(_ROLE, "stopping")
        self._ports.source.close()
        self._let_go(list(self._held))
        self._ports.follower.close()
        self._deaths.close()
        self._ports.metrics.role_state(_ROLE, "stopped")
        self._ports.health.stopped()

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        """See `RebalanceListener`: everything of an earlier assignment is forgotten."""
        self._ownership.assigned(partitions)
        self._backlog.assigned(partitions)
        self._ports.source.pause(partitions)
        for where in partitions:
            number = where.partition
            index = self._ports.index(number)
            options = self._options
            recent = RecentRows(self._ports.clock, options.settle_s, self._dimension, options.rows_in_memory)
            shard = Shard(
                topics=self._topics,
                index=index,
                recent=recent,
                pairs=self._pairs[number],
                decider=self._decider,
                judge=Judge(number, self._artifact_version, self._options.same_seller),
                options=self._options,
                clock=self._ports.clock,
            )
            assignment = Assignment(
                where, self._ports.sink(number), index, self._ports.source, self._ports.check_log
            )
            self._held[where] = _Held(assignment, shard, self._ports.clock.steady_s())
        self._state()

    def revoked(self, partitions: Sequence[TopicPartition], *, lost: bool) -> None:
        """See `RebalanceListener`: between two batches nothing is unfinished, so nothing is to commit."""
        log.info("shards_revoked", shards=[where.partition for where in partitions], lost=lost)
        self._ownership.gone(partitions)
        self._backlog.gone(partitions)
        self._let_go(partitions)
        self._state()

    def _let_go(self, partitions: Sequence[TopicPartition]) -> None:
        for where in partitions:
            held = self._held.pop(where, None)
            if held is not None:
                for record in held.followed:
                    self._apply(where.partition, record)
                self._drift[where.partition].end()
                held.assignment.close()
        self._deaths.give_back(partitions)

    def _follow(self) -> None:
        """Every shard that is not decided here follows its outputs, so that a takeover is short.

        Who decides holds back what it reads. A process that stood still may read here what its successor
        wrote, before it learns of its loss: passed over, it would be missing when this one decides again.
        """
        for record in self._ports.follower.poll(_FOLLOW_AT_ONCE, 0.0):
            for number, pairs in self._pairs.items():
                held = self._held.get(TopicPartition(self._topics.embedded, number))
                if held is None or not held.assignment.active:
                    self._apply(number, record)
                elif pairs.concerns(record):
                    held.followed.append(record)

    def _apply(self, shard: int, record: Record) -> None:
        self._pairs[shard].apply(record)
        self._drift[shard].apply(record)

    def _advance(self, where: TopicPartition, held: _Held) -> None:
        before = held.assignment.step
        held.assignment.advance(self._ports.follower)
        if held.assignment.step is not before:
            self._state()
        if held.assignment.step is Step.ACTIVE:
            now = self._ports.clock.steady_s()
            held.settled_s = now + self._options.settle_s
            held.swept_s = now
            self._drift[where.partition].begin()
            self._ports.metrics.restore_seconds.labels(str(where.partition)).set(now - held.began_s)
            log.info(
                "shard_active",
                shard=where.partition,
                offset=held.assignment.position,
                pairs=len(self._pairs[where.partition]),
            )

    def _polled(self) -> dict[TopicPartition, list[Record]]:
        polled: dict[TopicPartition, list[Record]] = {}
        most = 1 if self._deaths.careful else self._options.batch_size  # to seek back after each is slow
        records = self._ports.source.poll(most, self._options.poll_timeout_s)
        self._backlog.polled(records)
        for record in records:
            polled.setdefault(record.where, []).append(record)
        return polled

    def _decide(self, where: TopicPartition, records: Sequence[Record]) -> int:
        """What was polled of one shard; what the process cannot survive is a death of its first record."""
        held = self._held.get(where)
        if held is None or not held.assignment.active:
            return 0
        self._check_goes_on(held.assignment.position, records[0])
        try:
            manner = self._deaths.meet(where, records[0].offset)
            if manner is Manner.ALONE and not self._deaths.take_alone(where, records[0].offset, _WAIT_S):
                self._ports.source.seek(where, records[0].offset)
                return 0
            batch = records if manner is Manner.TOGETHER else records[:1]
            with batch_lines(_ROLE, f"{where.partition}-{records[0].offset}"):
                fault = self._deaths.fault(where) if manner is Manner.NEVER else None
                decided = self._batch(where, held, batch, fault)
            if 0 < decided < len(records):
                self._ports.source.seek(where, records[decided].offset)
        except Exception as err:
            if not isinstance(err, SkutwinError):
                self._deaths.dies()
            raise
        return decided

    def _check_goes_on(self, position: int, record: Record) -> None:
        """A topic that was deleted and made anew under us begins again, at offsets decided long ago."""
        if record.offset < position:
            self._ports.check_log()
            raise IndexMismatch(
                f"{record.where} gives offset {record.offset} after all before {position} was decided: the"
                " log has lost records that it had acknowledged. Rebuild the index from what is left with"
                f" `skutwin reindex --shard {record.partition}`."
            )

    def _batch(
        self, where: TopicPartition, held: _Held, records: Sequence[Record], fault: RecordFault | None
    ) -> int:
        """Steps 2 to 8 for what was polled of one shard; with a `fault` it is one record, which is void.

        2.-6. See `Shard.plan`.
        7.    One transaction: events, tasks, requests to try again, offsets. It is begun only if the shard
              was held without a break since the poll; aborted, the batch is polled again.
        8.    Delete what the new rows superseded. Dying before this does no harm: it is met again.

        Returns:
            How many of the records were decided; 0 if they are polled again.
        """
        metrics, stamp = self._ports.metrics, self._ownership.stamp([where])
        strong = self._ports.clock.steady_s() < held.settled_s
        with metrics.stage(_ROLE, "plan"):
            position = held.assignment.position
            if fault is not None:
                plan = held.shard.plan_void(records[0], position=position, strong=strong)
            else:
                plan = held.shard.plan(records, position=position, strong=strong)
        if not self._ownership.valid(stamp):
            return 0
        output = held.shard.output(plan, where.partition)
        if fault is not None:
            output.append(self._dead_letter(records[0], fault))
        with metrics.stage(_ROLE, "commit"):
            try:
                held.assignment.sink.commit(output, {where: plan.end}, self._ports.source)
            except TransactionAborted as err:
                metrics.transactions_aborted.labels(_ROLE).inc()
                log.warning("transaction_aborted", why=str(err))
                self._ports.source.seek(where, records[0].offset)
                return 0
        held.assignment.position = plan.end
        held.followed.clear()
        self._deaths.passed({where: plan.end})
        self._backlog.committed(records[: plan.records], {where: plan.end})
        with metrics.stage(_ROLE, "clean_up"):
            deleted = held.shard.committed(plan)
        if fault is not None:
            metrics.dead_letters.labels(_ROLE, fault.reason).inc()
            log.warning("record_void", offset=records[0].offset, why=fault.detail)
        else:
            metrics.passed_on.labels(_ROLE).inc(plan.folded.effective)
        with metrics.stage(_ROLE, "drift"):
            plan.show(self._drift[where.partition])
        self._count(where, plan, deleted)
        metrics.wrote(_ROLE, output)
        log.info("batch_committed", records=plan.records, owed=plan.size, pairs=len(plan.owed))
        return plan.records

    def _count(self, where: TopicPartition, plan: Plan, deleted: int) -> None:
        metrics, folded = self._ports.metrics, plan.folded
        metrics.batch_size.labels(_ROLE).observe(plan.records)
        metrics.records_in.labels(_ROLE, self._topics.embedded).inc(plan.records)
        metrics.superseded.labels(_ROLE).inc(folded.superseded)
        metrics.stale_retries.inc(folded.stale)
        metrics.closed_retries.inc(folded.closings)
        metrics.revisions_back.labels(_ROLE).inc(folded.went_back)
        metrics.stale_verdicts.inc(plan.stale_verdicts)
        metrics.rows_written.inc(len(folded.rows))
        metrics.rows_deleted.inc(deleted)
        metrics.partners_missing.inc(plan.strangers)
        for gtin in self._gtins.note(plan.doubted_gtins):
            metrics.doubted_gtins.inc()
            log.warning("gtin_doubted", gtin=gtin, mend="consider it for the artifact's overshared_gtins")
        if others := set(folded.again.values()) - {self._artifact_version}:
            mend = "restart the matchers with the artifact that was swept for, then `skutwin sweep --again`"
            log.warning("swept_for_another_artifact", swept_for=sorted(others), mend=mend)
        metrics.k_cap_hits.inc(plan.candidates.capped)
        for source, count in plan.candidates.by_source.items():
            metrics.candidates.labels(source).inc(count)
        metrics.recall_probes.inc(plan.candidates.probed.searches)
        metrics.recall_expected.inc(plan.candidates.probed.expected)
        metrics.recall_found.inc(plan.candidates.probed.found)
        for cosine in plan.candidates.top.values():
            metrics.top_similarity.observe(cosine)
        for _, owed, _ in plan.owed:
            if owed.event is not None:
                metrics.events_out.labels(owed.event.kind, owed.event.source).inc()
            if owed.task is not None:
                metrics.review_tasks.inc()
        metrics.committed(_ROLE, folded.first_arrivals_ms)
        for state, count in self._pairs[where.partition].counts().items():
            metrics.pairs.labels(str(where.partition), state).set(count)

    def _sweep(self) -> None:
        """Forget what was deleted longer than `marker_ttl` ago."""
        now = self._ports.clock.steady_s()
        for where, held in list(self._held.items()):
            if not held.assignment.active or now - held.swept_s < self._options.sweep_interval_s:
                continue
            held.swept_s = now
            self._check_log()
            before_ms = self._ports.clock.now_ms() - int(self._options.marker_ttl_s * 1000)
            pairs, index = self._pairs[where.partition], held.assignment.index
            due = Sweep.due(index, pairs, self._topics, where.partition, before_ms=before_ms)
            if due.records:
                try:
                    held.assignment.sink.commit(due.records, {}, self._ports.source)
                except TransactionAborted as err:
                    log.warning("sweep_aborted", why=str(err))
                    continue
                for pair_id in due.pair_ids:
                    pairs.forget_event(pair_id)
            if due.keys:
                index.delete(due.keys)
                self._ports.metrics.rows_deleted.inc(len(due.keys))
            self._show_size(str(where.partition), index)

    def _show_size(self, shard: str, index: Index) -> None:
        metrics, room = self._ports.metrics, index.room()
        metrics.live_rows.labels(shard).set(index.live_rows())
        if self._options.rows_limit is not None:
            metrics.rows_limit.labels(shard).set(self._options.rows_limit)
        if room is not None:
            metrics.index_bytes.labels(shard).set(room.used_bytes)
            metrics.index_bytes_limit.labels(shard).set(room.limit_bytes)

    def _tell_drift(self) -> None:
        """What the windows that are over say, by the shard's own sink: who was fenced tells nothing."""
        for where, held in list(self._held.items()):
            watch = self._drift[where.partition]
            records = watch.due() if held.assignment.active else []
            if not records:
                continue
            try:
                held.assignment.sink.commit(records, {}, self._ports.source)
            except TransactionAborted as err:
                log.warning("drift_not_told", why=str(err))
                continue
            held.followed.clear()
            watch.written()
            self._ports.metrics.wrote(_ROLE, records)

    def _check_log(self) -> None:
        """Whether it was made anew meanwhile. A broker that cannot say is borne where records are read."""
        try:
            self._ports.check_log()
        except BrokerFault as err:
            log.info("log_not_known", why=str(err))

    def _state(self) -> None:
        for number in self._pairs:
            self._ports.metrics.shard_active.labels(str(number)).set(number in self.active_shards)
        if not self._held:
            state, reason = "standby", "standing by: follows the outputs, holds no shard"
        elif all(held.assignment.active for held in self._held.values()):
            state, reason = "running", f"decides shards {self.active_shards}"
        else:
            state, reason = "restoring", "restoring the pair state of a shard"
        self._ports.metrics.role_state(_ROLE, state)
        if state == "restoring":
            self._ports.health.starting(reason)
        else:
            self._ports.health.ready(reason)
