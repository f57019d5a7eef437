"""A member of a consumer group on a real Kafka."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import confluent_kafka
from confluent_kafka import Consumer, KafkaError, KafkaException

from consumer.errors import BrokerFault
from consumer.kafka.codes import Local
from consumer.kafka.config import log, member_config
from consumer.kafka.faults import fault_of, is_credentials, unreachable
from consumer.kafka.offsets import Offsets
from consumer.kafka.received import record_of
from consumer.ports.clock import Clock, SystemClock
from consumer.ports.log import RebalanceListener
from consumer.ports.records import Record, TopicPartition

_PROBE_S = 2.0
_OUTSIDE_S = 60.0  # a client that reaches its coordinator is let in within seconds
_METADATA_MAGIC = (
    b"CGMDv2:"  # rd_kafka_consumer_group_metadata_write: magic, int32 generation, group, member, …
)


class KafkaSource:
    """See `Source`.

    Args:
        config: from `client_config`.
        group: the consumer group.
        instance: makes it a static member (KIP-345): a restart within the session time-out moves nothing.
        away_s: that session time-out, where it is longer than others'.
        grace_s: how long the brokers may be away before a poll raises.
        overrides: librdkafka settings on top, for tests.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        group: str,
        *,
        instance: str | None = None,
        away_s: float = 0.0,
        grace_s: float = 10.0,
        ends_max_age_s: float = 2.0,
        clock: Clock | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        self._config = dict(config)
        self._group, self._grace_s = group, grace_s
        self._clock = clock or SystemClock()
        self._down: tuple[float, str] | None = None
        self._outside_since_s: float | None = None
        self._refusal: KafkaError | None = None
        self._consumer = Consumer(
            {
                **member_config(config, group, instance, away_s),
                "enable.partition.eof": True,
                **(overrides or {}),
                "error_cb": self._failed,
            }
        )
        self._offsets: Offsets | None = None
        self._ends_max_age_s = ends_max_age_s
        self._ends: dict[TopicPartition, int] = {}
        self._asked_s: dict[TopicPartition, float] = {}
        self._read_to: dict[TopicPartition, int] = {}
        self._listener: RebalanceListener | None = None
        self._owned: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()
        self._starting: dict[TopicPartition, int] | None = None
        self._batch: list[Record] = []
        self._closed = False

    # -- the port

    def subscribe(self, topics: Sequence[str], listener: RebalanceListener) -> None:
        """See `Source`."""
        self._listener = listener
        self._consumer.subscribe(
            list(topics), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """See `Source`.

        Messages are taken one at a time: so each is known to be of a partition that is ours at that moment,
        and a revocation in the midst drops those of the partition that goes.
        """
        self._batch = []
        while len(self._batch) < max_records:
            message = self._consumer.poll(0 if self._batch else timeout_s)
            if message is None:
                break
            where = TopicPartition(message.topic(), message.partition())
            error = message.error()
            if error is not None and error.code() != Local.PARTITION_EOF:
                self._check(error)
            elif where in self._owned:
                self._down = None
                if error is None:
                    self._read_to.pop(where, None)
                    self._batch.append(record_of(message))
                else:
                    self._read_to[where] = message.offset()
        self._check_reachable()
        self._check_member()
        batch, self._batch = self._batch, []
        return batch

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """See `Source`."""
        self._paused |= self._ours(partitions)
        if self._starting is None:
            self._consumer.pause(_theirs(partitions))

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        """See `Source`."""
        self._paused -= self._ours(partitions)
        if self._starting is None:
            self._consumer.resume(_theirs(partitions))

    def seek(self, where: TopicPartition, offset: int) -> None:
        """See `Source`."""
        self._ours([where])
        self._read_to.pop(where, None)
        self._batch = [record for record in self._batch if record.where != where]
        if self._starting is not None:
            self._starting[where] = offset
            return
        target = confluent_kafka.TopicPartition(where.topic, where.partition, offset)
        try:
            self._consumer.seek(target)
        except KafkaException as exc:
            if exc.args[0].code() != Local.STATE:
                raise fault_of(exc.args[0], f"seeking in {where}", self._config) from exc
            # Not fetching yet: its first offset is being looked up. Begin it anew.
            self._consumer.incremental_unassign([target])
            self._begin({where: offset})

    def committed(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int | None]:
        """See `Source`.

        Raises:
            BrokerFault: no answer in time; an open transaction that holds an offset delays it (KIP-447).
        """
        try:
            answers = self._consumer.committed(_theirs(partitions), timeout=15.0)
        except KafkaException as exc:
            raise fault_of(exc.args[0], "reading committed offsets", self._config) from exc
        for answer in answers:
            if answer.error is not None:
                raise fault_of(answer.error, f"reading the committed offset of {answer.topic}", self._config)
        return {
            TopicPartition(answer.topic, answer.partition): answer.offset if answer.offset >= 0 else None
            for answer in answers
        }

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """See `Source`; asked again after `ends_max_age_s`. A broker that does not answer keeps them old.

        They are for a gauge: a broker in trouble is seen, and borne, where records are read and committed.
        """
        now = self._clock.steady_s()
        old = [
            w for w in partitions if w not in self._asked_s or now - self._asked_s[w] > self._ends_max_age_s
        ]
        if old:
            self._offsets = self._offsets or Offsets(self._config)
            self._asked_s.update(dict.fromkeys(old, now))
            try:
                self._ends.update(self._offsets.ends(old, "read_committed", _PROBE_S))
            except BrokerFault as err:
                log.info("Kafka: the ends of %d partitions are not known: %s", len(old), err)
        return {where: self._ends[where] for where in partitions if where in self._ends}

    def caught_up(self, partitions: Sequence[TopicPartition]) -> set[TopicPartition]:
        """See `Source`. librdkafka says it once, when it has fetched all there is."""
        return {where for where, end in self.ends(partitions).items() if self._read_to.get(where, -1) >= end}

    def close(self) -> None:
        """See `Source`."""
        if not self._closed:
            self._closed = True
            self._consumer.close()

    # -- for KafkaSink

    def group_metadata(self) -> bytes | None:
        """What vouches for this member in a transaction, taken now; None while it is no member.

        A broker does not fence metadata without a member (KIP-447), so a commit with them must not be sent.
        """
        metadata: bytes | None = self._consumer.consumer_group_metadata()
        if not metadata or not self._consumer.memberid():
            return None
        if metadata.startswith(_METADATA_MAGIC):
            start = len(_METADATA_MAGIC)
            generation = int.from_bytes(metadata[start : start + 4], "little", signed=True)
            return metadata if generation >= 0 else None
        raise BrokerFault(
            f"unknown form of group metadata: {metadata[:16]!r}; this librdkafka is not supported"
        )

    # -- callbacks, inside poll and close

    def _assigned(self, _: Consumer, partitions: Sequence[confluent_kafka.TopicPartition]) -> None:
        """The listener may pause and seek here, before the first fetch."""
        ours = _mine(partitions)
        self._owned.update(ours)
        self._starting = dict.fromkeys(ours, confluent_kafka.OFFSET_STORED)
        try:
            if ours:
                self._told().assigned(ours)
        finally:
            starting, self._starting = self._starting, None
            self._begin(starting)

    def _begin(self, starting: Mapping[TopicPartition, int]) -> None:
        self._consumer.incremental_assign(
            [confluent_kafka.TopicPartition(*where, offset) for where, offset in starting.items()]
        )
        paused = [where for where in starting if where in self._paused]
        if paused:
            self._consumer.pause(_theirs(paused))

    def _revoked(self, _: Consumer, partitions: Sequence[confluent_kafka.TopicPartition]) -> None:
        self._give_up(partitions, self._told().revoked, lost=False)

    def _lost(self, _: Consumer, partitions: Sequence[confluent_kafka.TopicPartition]) -> None:
        self._give_up(partitions, self._told().revoked, lost=True)

    def _give_up(
        self,
        partitions: Sequence[confluent_kafka.TopicPartition],
        tell: Callable[..., None],
        *,
        lost: bool,
    ) -> None:
        gone = _mine(partitions)
        self._batch = [record for record in self._batch if record.where not in gone]
        try:
            if gone:
                tell(gone, lost=lost)
        finally:
            self._owned.difference_update(gone)
            self._paused.difference_update(gone)
            for where in gone:
                self._read_to.pop(where, None)
            self._consumer.incremental_unassign(partitions)

    def _told(self) -> RebalanceListener:
        if self._listener is None:
            raise RuntimeError("a rebalance without a subscription")
        return self._listener

    # -- errors

    def _failed(self, error: KafkaError) -> None:
        """Librdkafka's errors that belong to no message: it goes on trying by itself."""
        if error.fatal() or is_credentials(error):
            self._refusal = error
        elif error.code() == Local.ALL_BROKERS_DOWN:
            self._down = self._down or (self._clock.steady_s(), error.str())
        else:
            log.info("Kafka: %s: %s", error.name(), error.str())

    def _check(self, error: KafkaError) -> None:
        if error.code() == Local.MAX_POLL_EXCEEDED:
            log.info("Kafka: %s: %s", error.name(), error.str())
        elif error.fatal() or not error.retriable():
            raise fault_of(error, "reading", self._config)

    def _check_reachable(self) -> None:
        if self._refusal is not None:
            raise fault_of(self._refusal, "reading", self._config)
        if self._down is None or self._clock.steady_s() - self._down[0] < self._grace_s:
            return
        try:
            self._consumer.list_topics(timeout=_PROBE_S)
        except KafkaException as exc:
            raise unreachable(self._config, f"for {self._grace_s:.0f} s: {self._down[1]}") from exc
        self._down = None

    def _check_member(self) -> None:
        """Whether the group knows us. A client can lose its brokers for good, and then says nothing at all.

        Seen after a broker's slow restart: librdkafka took a first answer that named no brokers for the truth
        (its issue 5301), dropped those that it knew, and tried none again.
        """
        if self._consumer.memberid():
            self._outside_since_s = None
            return
        now = self._clock.steady_s()
        since = self._outside_since_s = now if self._outside_since_s is None else self._outside_since_s
        if now - since > _OUTSIDE_S:
            raise BrokerFault(
                f"not let into the consumer group {self._group} for {_OUTSIDE_S:.0f} s: is its coordinator"
                " available? A new process may get in where this one cannot"
            )

    def _ours(self, partitions: Sequence[TopicPartition]) -> set[TopicPartition]:
        foreign = set(partitions) - self._owned
        if foreign:
            raise RuntimeError(f"not ours: {sorted(foreign)}")
        return set(partitions)


def _theirs(partitions: Sequence[TopicPartition]) -> list[confluent_kafka.TopicPartition]:
    return [confluent_kafka.TopicPartition(*where) for where in partitions]


def _mine(partitions: Sequence[confluent_kafka.TopicPartition]) -> list[TopicPartition]:
    return sorted(TopicPartition(each.topic, each.partition) for each in partitions)
