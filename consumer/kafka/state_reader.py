"""A reader of compacted topics on a real Kafka, in no group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import confluent_kafka
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message

from consumer.kafka.codes import Local
from consumer.kafka.config import reader_config
from consumer.kafka.faults import fault_of
from consumer.kafka.offsets import Offsets
from consumer.kafka.received import record_of
from consumer.ports.records import Record, TopicPartition


class KafkaStateReader:
    """See `StateReader`.

    How far it has come is the last record's offset, or that of an end-of-partition event: the latter lies
    behind aborted, compacted and control records too.

    Args:
        config: from `client_config`.
        topics: all their partitions are followed.
        start: where to begin; partitions that are not named begin at the earliest record.
        timeout_s: for the questions that are put to the broker.

    Raises:
        Misconfigured: a topic is missing.
        BrokerFault: the broker does not answer.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        topics: Sequence[str],
        *,
        start: Mapping[TopicPartition, int] | None = None,
        timeout_s: float = 8.0,
    ) -> None:
        self._config = dict(config)
        self._timeout_s = timeout_s
        self._offsets = Offsets(config)
        self._partitions = self._offsets.partitions(topics, timeout_s)
        begin = start or {}
        self._positions = {where: begin.get(where, 0) for where in self._partitions}
        self._refusal: KafkaError | None = None
        self._consumer = Consumer(
            {
                **reader_config(config),
                "group.id": "skutwin-state",  # librdkafka asks for one; nothing joins it
                "enable.partition.eof": True,
                "error_cb": self._failed,
            }
        )
        self._consumer.assign(
            [
                confluent_kafka.TopicPartition(*where, begin.get(where, OFFSET_BEGINNING))
                for where in self._partitions
            ]
        )

    def ends(self) -> dict[TopicPartition, int]:
        """See `StateReader`.

        Raises:
            BrokerFault: the broker does not answer.
        """
        return self._offsets.ends(self._partitions, "read_uncommitted", self._timeout_s)

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """See `StateReader`.

        Raises:
            BrokerFault: reading is refused.
        """
        first = self._consumer.poll(timeout_s)
        messages = [] if first is None else [first, *self._consumer.consume(max_records - 1, 0)]
        if self._refusal is not None:
            raise fault_of(self._refusal, "reading", self._config)
        return [record for message in messages for record in self._take(message)]

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """See `StateReader`."""
        return all(self._positions[where] >= end for where, end in ends.items())

    def close(self) -> None:
        """See `StateReader`."""
        self._consumer.close()

    def _take(self, message: Message) -> list[Record]:
        error = message.error()
        if error is None:
            record = record_of(message)
            self._positions[record.where] = record.offset + 1
            return [record]
        if error.code() == Local.PARTITION_EOF:
            self._positions[TopicPartition(message.topic(), message.partition())] = message.offset()
        elif error.fatal() or not error.retriable():
            raise fault_of(error, "reading", self._config) from KafkaException(error)
        return []

    def _failed(self, error: KafkaError) -> None:
        if error.fatal():
            self._refusal = error
