"""The embed role's loop: polls, keeps the stages busy, commits in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from consumer.backlog import Backlog
from consumer.contracts.topics import TopicNames
from consumer.deadletters.breaker import Breaker
from consumer.deaths import DeathWatch, Manner
from consumer.embed.batch import Batch, DeadLetterMaker
from consumer.embed.items import Bad, Decoder, Item, ToEmbed
from consumer.embed.options import EmbedOptions
from consumer.embed.pipeline import Pipeline
from consumer.embed.stages import Stages
from consumer.errors import SkutwinError, TransactionAborted
from consumer.logs import batch_lines
from consumer.metrics import Metrics
from consumer.ops.health import Component
from consumer.ownership import Ownership
from consumer.ports.clock import Clock
from consumer.ports.log import Sink, Source
from consumer.ports.records import Record, TopicPartition

_ROLE = "embed"
_WAIT_S = 0.02  # for a record or a finished batch, whichever the loop waits for
_BLOCKED_S = 1.0  # the pipeline was full for so long: stop fetching, and poll for rebalances alone
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedPorts:
    """What the role needs of the world."""

    source: Source
    sink: Sink
    clock: Clock
    metrics: Metrics
    health: Component
    deaths: DeathWatch


class EmbedRole:
    """One process's share of the embed role; `turn` is one round of its loop. Used from one thread.

    1. Poll; a micro-batch closes at a size or a linger time, whichever is first.
    2. Decode and validate; what can never be right is a dead letter.
    3. Fetch and decode pictures (a thread of its own, ahead of the encoder).
    4. Encode what no cache has; mean-pool; project (a thread of its own).
    5. One transaction, in the order of polling: listings, deletions, verdicts, dead letters, offsets.

    While one batch is in step 4, the next is in step 3 and the one before in step 5. Where processes died
    again and again, a batch is one record, and nothing else is in work meanwhile; see `consumer.deaths`.
    """

    def __init__(
        self,
        *,
        ports: EmbedPorts,
        topics: TopicNames,
        shards: int,
        stages: Stages,
        breaker: Breaker,
        dead_letter: DeadLetterMaker,
        options: EmbedOptions,
    ) -> None:
        """Wire the role.

        Args:
            ports: the world.
            topics: by name.
            shards: of the inner log.
            stages: steps 3 and 4.
            breaker: stops when too many of the last records were dead letters.
            dead_letter: makes a dead letter of a bad item.
            options: settings.
        """
        self._ports, self._topics, self._shards, self._options = ports, topics, shards, options
        self._breaker, self._dead_letter = breaker, dead_letter
        self._decoder = Decoder(topics, shards, options.max_record_bytes)
        self._pipeline: Pipeline[Batch] = Pipeline(
            [("fetch", stages.fetch), ("encode", stages.encode)], options.queue_depth
        )
        self._ownership = Ownership()
        self._deaths = ports.deaths
        self._backlog = Backlog(_ROLE, ports.metrics, ports.clock, put_back=[topics.retry])
        ports.metrics.breaker_limit.set(breaker.limit)
        self._waiting: deque[Record] = deque()
        self._forming: list[Item] = []
        self._opened_s = 0.0
        self._next: dict[TopicPartition, int] = {}
        self._due_ms: dict[TopicPartition, int] = {}
        self._put_back_s: dict[TopicPartition, tuple[int, float]] = {}  # which offset, and when first
        self._blocked_since_s: float | None = None
        self._held_back = False
        self._broken = False
        self._number = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting, forming or in flight."""
        return not self._waiting and self._nothing_in_work

    @property
    def _nothing_in_work(self) -> bool:
        return not self._forming and not self._pipeline.in_flight

    def start(self) -> None:
        """Fence an earlier process of this instance and join the group."""
        self._ports.sink.open()
        wanted = [self._topics.listings, self._topics.retry, self._topics.verdicts]
        self._ports.source.subscribe(wanted, self)
        self._ports.metrics.role_state(_ROLE, "running")
        self._ports.health.ready("in the group")

    def turn(self) -> int:
        """One round: commit what is through, send on what is full or due, poll.

        Returns:
            How many records were committed.

        Raises:
            SkutwinError: the process must stop; nothing of an unfinished batch is committed.
        """
        try:
            return self._turn()
        except BaseException as err:
            self._broken = True  # a later batch must not be committed past the one that failed
            if not isinstance(err, SkutwinError):
                self._deaths.dies()
            raise

    def _turn(self) -> int:
        committed = self._commit_ready(0.0)
        self._resume_due()
        if self._waiting or self._deaths.alone:
            committed += self._one_alone()
        else:
            committed += self._go_on()
        if self._nothing_in_work:
            self._deaths.rest()
            self._release()
        self._backlog.look(self._ports.source)
        self._ports.health.tick()
        return committed

    def _go_on(self) -> int:
        if self._closed() and self._pipeline.has_room:
            self._submit()
        if self._closed():
            return self._wait_for_room()
        if not self._deaths.join(_WAIT_S if self._nothing_in_work else 0.0):
            return self._commit_ready(_WAIT_S)  # another role needs the process to itself
        self._poll()
        return 0

    def _one_alone(self) -> int:
        """One record that others may have died of, and the next when it is committed."""
        self._hold_back()
        for record in self._polled(1, 0.0):
            self._stand_in_line(record)
        if self._forming and self._pipeline.has_room:
            self._submit()
        if not self._nothing_in_work:
            return self._commit_ready(_WAIT_S)
        if self._waiting:
            record = self._waiting.popleft()
            if not self._begin_alone(record):
                self._waiting.appendleft(record)
        return 0

    def _begin_alone(self, record: Record) -> bool:
        """Whether the record is dealt with, or in work; if not, another role is at work."""
        where = record.where
        if self._not_due(record):
            return True
        manner = self._deaths.meet(where, record.offset)
        if manner is Manner.NEVER:
            item: Item = Bad(record, self._deaths.fault(where), "embed")
        elif self._has_the_process(record, manner):
            item = self._decoder.decode(record)
        else:
            return False
        self._form(record, item)
        self._submit()
        return True

    def _has_the_process(self, record: Record, manner: Manner) -> bool:
        if manner is Manner.ALONE:
            return self._deaths.take_alone(record.where, record.offset, _WAIT_S)
        return self._deaths.join(_WAIT_S)

    def finish(self, budget_s: float) -> int:
        """Send on what is forming and commit all that gets through within the time; the rest is dropped.

        After a failure nothing is committed any more.
        """
        if self._broken:
            self._drop_all()
            return 0
        if self._forming and self._pipeline.has_room:
            self._submit()
        deadline = self._ports.clock.steady_s() + budget_s
        committed = 0
        while self._pipeline.in_flight and (left := deadline - self._ports.clock.steady_s()) > 0:
            committed += self._commit_ready(min(left, 0.25))
        self._drop_all()
        return committed

    def close(self) -> None:
        """Finish what is in flight (in `revoked`), leave the group, end the threads."""
        self._ports.metrics.role_state(_ROLE, "stopping")
        self._ports.source.close()
        self._ports.sink.close()
        self._pipeline.close()
        self._deaths.close()
        self._ports.metrics.role_state(_ROLE, "stopped")
        self._ports.health.stopped()

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        """See `RebalanceListener`."""
        self._ownership.assigned(partitions)
        self._backlog.assigned(partitions)
        if self._held_back:
            self._ports.source.pause(partitions)
        log.info("partitions_assigned", partitions=[f"{t}[{p}]" for t, p in partitions])

    def revoked(self, partitions: Sequence[TopicPartition], *, lost: bool) -> None:
        """See `RebalanceListener`: finish inside the budget what may still be committed, drop the rest."""
        log.info("partitions_revoked", partitions=[f"{t}[{p}]" for t, p in partitions], lost=lost)
        if not lost:
            self.finish(self._options.revoke_budget_s)
        self._ownership.gone(partitions)
        self._backlog.gone(partitions)
        for where in partitions:
            self._next.pop(where, None)
            self._due_ms.pop(where, None)
            self._put_back_s.pop(where, None)
        self._drop_all()
        self._deaths.give_back(partitions)

    def _poll(self) -> None:
        left = self._options.batch_size - len(self._forming)
        for record in self._polled(left, self._patience_s()):
            self._take(record)

    def _polled(self, most: int, timeout_s: float) -> list[Record]:
        records = self._ports.source.poll(most, timeout_s)
        self._backlog.polled(records)
        return records

    def _patience_s(self) -> float:
        """How long a poll may wait: not past the linger, and shortly while batches are on their way."""
        if not self._forming:
            return _WAIT_S if self._pipeline.in_flight else 5 * _WAIT_S
        open_for = self._ports.clock.steady_s() - self._opened_s
        return max(0.0, min(_WAIT_S, self._options.linger_s - open_for))

    def _take(self, record: Record) -> None:
        if record.where in self._due_ms:
            return  # fetched before the partition was put back
        if not self._waiting:
            if self._not_due(record):
                return
            if self._deaths.meet(record.where, record.offset) is Manner.TOGETHER:
                self._form(record, self._decoder.decode(record))
                return
        self._stand_in_line(record)

    def _stand_in_line(self, record: Record) -> None:
        self._next.setdefault(record.where, record.offset)
        self._waiting.append(record)

    def _form(self, record: Record, item: Item) -> None:
        if not self._forming:
            self._opened_s = self._ports.clock.steady_s()
        self._next.setdefault(record.where, record.offset)
        self._forming.append(item)

    def _not_due(self, record: Record) -> bool:
        """Whether it is a retry before its time, which is put back: its partition waits for it."""
        due_ms = self._decoder.due_ms(record)
        offset, _ = self._put_back_s.get(record.where, (None, 0.0))
        waited = offset == record.offset and self._waited_longest(record.where)
        if due_ms <= self._ports.clock.now_ms() or waited:
            return False
        self._put_back(record, due_ms)
        return True

    def _put_back(self, record: Record, due_ms: int) -> None:
        self._ports.source.seek(record.where, record.offset)
        self._ports.source.pause([record.where])
        self._due_ms[record.where] = due_ms
        if self._put_back_s.get(record.where, (None, 0.0))[0] != record.offset:
            self._put_back_s[record.where] = (record.offset, self._ports.clock.steady_s())
        self._waiting = deque(later for later in self._waiting if later.where != record.where)
        self._ports.metrics.deferred.inc()
        self._ports.metrics.records_in.labels(_ROLE, record.topic).inc()

    def _resume_due(self) -> None:
        now_ms = self._ports.clock.now_ms()
        due = [
            where for where, due_ms in self._due_ms.items() if due_ms <= now_ms or self._waited_longest(where)
        ]
        for where in due:
            del self._due_ms[where]
        if due and not self._held_back:
            self._ports.source.resume(due)

    def _waited_longest(self, where: TopicPartition) -> bool:
        """Whether what was put back has waited for as long as any retry does, by a clock that cannot jump."""
        _, since_s = self._put_back_s[where]
        return self._ports.clock.steady_s() - since_s >= self._options.retry_max_s

    def _closed(self) -> bool:
        if not self._forming:
            return False
        waited = self._ports.clock.steady_s() - self._opened_s >= self._options.linger_s
        return waited or len(self._forming) >= self._options.batch_size

    def _submit(self) -> None:
        items, self._forming = self._forming, []
        self._number += 1
        stamp = self._ownership.stamp({item.record.where for item in items})
        self._pipeline.submit(Batch(self._number, items, stamp))
        self._release()
        for stage, depth in self._pipeline.depths().items():
            self._ports.metrics.queue_depth.labels(_ROLE, stage).set(depth)

    def _wait_for_room(self) -> int:
        """Back-pressure: wait for a batch to get through; when that takes long, hold the partitions back."""
        now = self._ports.clock.steady_s()
        if self._blocked_since_s is None:
            self._blocked_since_s = now
        if now - self._blocked_since_s < _BLOCKED_S:
            return self._commit_ready(_WAIT_S)
        self._hold_back()
        for record in self._polled(1, _WAIT_S):
            self._take(record)
        return self._commit_ready(0.0)

    def _hold_back(self) -> None:
        if not self._held_back:
            self._held_back = True
            self._ports.source.pause(sorted(self._ownership.held))

    def _release(self) -> None:
        self._blocked_since_s = None
        if self._held_back and not self._waiting and not self._deaths.alone:
            self._held_back = False
            self._ports.source.resume(sorted(self._ownership.held - set(self._due_ms)))

    def _commit_ready(self, timeout_s: float) -> int:
        batch = self._pipeline.ready(timeout_s)
        if batch is None:
            return 0
        if not self._ownership.valid(batch.stamp):
            self._drop_all()
            return 0
        with batch_lines(_ROLE, str(batch.number)), self._ports.metrics.stage(_ROLE, "commit"):
            return self._commit(batch)

    def _commit(self, batch: Batch) -> int:
        for item in batch.items:
            self._breaker.note(item in batch.bad)
        self._ports.metrics.breaker_share.set(self._breaker.counted)
        self._breaker.check()
        records = batch.output(self._topics, self._shards, self._options.max_attempts, self._dead_letter)
        try:
            self._ports.sink.commit(records, batch.offsets(), self._ports.source)
        except TransactionAborted as err:
            self._ports.metrics.transactions_aborted.labels(_ROLE).inc()
            log.warning("transaction_aborted", why=str(err))
            self._rewind(batch.stamp)
            self._drop_all()
            return 0
        self._next.update(batch.offsets())
        self._deaths.passed(batch.offsets())
        self._count(batch)
        self._ports.metrics.wrote(_ROLE, records)
        return len(batch.items)

    def _drop_all(self) -> None:
        """What is forming or in flight is polled again."""
        touched = {record.where for record in (*self._waiting, *(item.record for item in self._forming))}
        self._waiting.clear()
        self._forming = []
        for batch in self._pipeline.drop():
            touched |= set(batch.stamp)
        self._deaths.rest()
        self._rewind(touched)
        self._release()

    def _rewind(self, partitions: Iterable[TopicPartition]) -> None:
        for where in sorted(set(partitions) & self._ownership.held & set(self._next)):
            self._ports.source.seek(where, self._next[where])
            if self._due_ms.pop(where, None) is not None and not self._held_back:
                self._ports.source.resume([where])

    def _count(self, batch: Batch) -> None:
        metrics = self._ports.metrics
        metrics.batch_size.labels(_ROLE).observe(len(batch.items))
        for record in batch.records:
            metrics.records_in.labels(_ROLE, record.topic).inc()
        for item in batch.bad:
            metrics.dead_letters.labels(_ROLE, item.fault.reason).inc()
        lost = len(batch.overtaken)
        metrics.superseded.labels(_ROLE).inc(lost)
        metrics.passed_on.labels(_ROLE).inc(len(batch.items) - lost - len(batch.bad))
        if batch.gathered is not None:
            metrics.incomplete.inc(sum(bool(of_one.pending) for of_one in batch.gathered.listings))
        metrics.committed(_ROLE, [item.record.timestamp_ms for item in batch.items if _fresh(item)])
        self._backlog.committed(batch.records, batch.offsets())
        log.info("batch_committed", records=len(batch.items), dead_letters=len(batch.bad), superseded=lost)


def _fresh(item: Item) -> bool:
    """A retry's own record tells nothing of how long the listing waited."""
    return not isinstance(item, ToEmbed) or item.as_of is None
