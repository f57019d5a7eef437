"""The broker of `consumer.kafka.memory`: topics, groups and transactional ids."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from consumer.errors import BrokerFault, Fenced, Misconfigured
from consumer.kafka.memory_group import Group
from consumer.kafka.memory_log import Isolation, PartitionLog, Transaction, TransactionState
from consumer.kafka.murmur2 import partition_of
from consumer.ports.clock import Clock
from consumer.ports.records import Headers, Record, TopicPartition


@dataclass(slots=True)
class _Producer:
    epoch: int = 0
    transaction: Transaction | None = None


class MemoryBroker:
    """Kafka's promises without Kafka: read_committed, transactions with fencing, groups, compaction.

    Args:
        clock: gives the records their timestamps.
        waits: polls wait for records up to their time-out; else they return at once with what is there.
    """

    cluster_id = "in-memory"

    def __init__(self, clock: Clock, *, waits: bool = False) -> None:
        self.waits = waits
        self.changed = threading.Condition(threading.RLock())
        self._clock = clock
        self._topics: dict[str, list[PartitionLog]] = {}
        self._groups: dict[str, Group] = defaultdict(lambda: Group(self.partitions))
        self._producers: dict[str, _Producer] = defaultdict(_Producer)
        self._keyless = 0

    # -- topics

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Make an empty topic.

        Raises:
            Misconfigured: it exists.
        """
        with self.changed:
            if name in self._topics:
                raise Misconfigured(f"the topic {name} exists already")
            self._topics[name] = [PartitionLog(TopicPartition(name, number)) for number in range(partitions)]

    def topic_id(self, name: str) -> str:
        """A stable id of a topic."""
        self.partitions(name)
        return f"id-of-{name}"

    def partitions(self, topic: str) -> list[TopicPartition]:
        """The partitions of a topic.

        Raises:
            Misconfigured: there is no such topic.
        """
        if topic not in self._topics:
            raise Misconfigured(f"there is no topic {topic}; make it with `skutwin topics create`")
        return [log.where for log in self._topics[topic]]

    def log(self, where: TopicPartition) -> PartitionLog:
        """One partition.

        Raises:
            Misconfigured: there is no such partition.
        """
        if where not in self.partitions(where.topic):
            raise Misconfigured(f"the topic {where.topic} has no partition {where.partition}")
        return self._topics[where.topic][where.partition]

    def compact(self, topic: str, *, drop_tombstones: bool = False) -> None:
        """Keep the last record of each key; `drop_tombstones` as if `delete.retention.ms` had passed."""
        with self.changed:
            self.partitions(topic)
            for log in self._topics[topic]:
                log.compact(drop_tombstones=drop_tombstones)

    def records(self, topic: str, isolation: Isolation = "read_committed") -> list[Record]:
        """All that a new reader would see, by partition and offset."""
        with self.changed:
            found = [self.log(where).read(0, 2**62, isolation)[0] for where in self.partitions(topic)]
        return [record for records in found for record in records]

    def latest(self, topic: str) -> dict[bytes | None, Record]:
        """The last committed record of each key, deletions left out."""
        last = {record.key: record for record in self.records(topic)}
        return {key: record for key, record in last.items() if record.value is not None}

    # -- plain writes

    def produce(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        *,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        transaction: Transaction | None = None,
    ) -> Record:
        """Write one record; without a partition its key chooses, and keyless ones go in turn."""
        with self.changed:
            count = len(self.partitions(topic))
            if partition is None and key is None:
                self._keyless += 1
                partition = self._keyless % count
            elif partition is None:
                partition = partition_of(key or b"", count)
            written = self.log(TopicPartition(topic, partition)).append(
                key,
                value,
                headers,
                self._clock.now_ms() if timestamp_ms is None else timestamp_ms,
                transaction,
            )
            self.changed.notify_all()
            return written

    # -- groups

    def group(self, name: str) -> Group:
        """The consumer group of that name."""
        return self._groups[name]

    def committed(self, group: str, where: TopicPartition) -> int | None:
        """The committed offset (next to read).

        Raises:
            BrokerFault: an open transaction may change it (a real broker makes the asker wait: KIP-447).
        """
        with self.changed:
            for name, producer in self._producers.items():
                if producer.transaction is not None and where in producer.transaction.offsets.get(group, {}):
                    raise BrokerFault(f"the offset of {where} is pending in a transaction of {name}")
            return self._groups[group].committed.get(where)

    # -- transactions

    def initialise(self, transactional_id: str) -> int:
        """A new epoch of the id; the transaction of the one before is aborted (KIP-98)."""
        with self.changed:
            producer = self._producers[transactional_id]
            if producer.transaction is not None:
                self._end(producer, TransactionState.ABORTED)
            producer.epoch += 1
            return producer.epoch

    def time_out(self, transactional_id: str) -> None:
        """The coordinator ends a transaction that took too long: aborted, and its producer is fenced."""
        self.initialise(transactional_id)

    def begin(self, transactional_id: str, epoch: int) -> Transaction:
        """Open a transaction.

        Raises:
            Fenced: the id has a newer epoch.
            RuntimeError: one is open already (our bug).
        """
        with self.changed:
            producer = self._checked(transactional_id, epoch)
            if producer.transaction is not None:
                raise RuntimeError(f"{transactional_id} has an open transaction already")
            producer.transaction = Transaction(transactional_id, self._clock.now_ms())
            return producer.transaction

    def check(self, transactional_id: str, epoch: int) -> None:
        """Whether the id is still held at this epoch.

        Raises:
            Fenced: it is not.
        """
        self._checked(transactional_id, epoch)

    def end(self, transactional_id: str, epoch: int, state: TransactionState) -> None:
        """Commit or abort the open transaction: all of it at one moment, offsets included.

        Raises:
            Fenced: the id has a newer epoch.
        """
        with self.changed:
            self._end(self._checked(transactional_id, epoch), state)

    def _end(self, producer: _Producer, state: TransactionState) -> None:
        transaction = producer.transaction
        if transaction is None:
            return
        transaction.state, producer.transaction = state, None
        for log in transaction.touched.values():
            log.mark_end_of(transaction)
        if state is TransactionState.COMMITTED:
            offsets: Mapping[str, Mapping[TopicPartition, int]] = transaction.offsets
            for group, committed in offsets.items():
                self._groups[group].committed.update(committed)
        self.changed.notify_all()

    def _checked(self, transactional_id: str, epoch: int) -> _Producer:
        producer = self._producers[transactional_id]
        if producer.epoch != epoch:
            raise Fenced(
                f"the transactional id {transactional_id} was taken over by another process"
                f" (its epoch is {producer.epoch}, ours {epoch})"
            )
        return producer
