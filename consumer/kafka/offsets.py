"""Partitions and ends of topics, asked of the broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import confluent_kafka
import stamina
from confluent_kafka import IsolationLevel, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, OffsetSpec

from consumer.errors import Misconfigured
from consumer.kafka.codes import Local
from consumer.kafka.config import admin_config
from consumer.kafka.faults import fault_of
from consumer.ports.records import TopicPartition

_OLD_LEADERS = frozenset(
    {
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        Local.NOENT,  # no leader is known at the moment
    }
)


class Offsets:
    """Asks one cluster, one request for all partitions of a broker.

    An admin client keeps the leaders that it once learnt, and after a broker's restart is refused for ever:
    then another one asks.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._admin = AdminClient(admin_config(config))

    def partitions(self, topics: Sequence[str], timeout_s: float) -> list[TopicPartition]:
        """All partitions of these topics.

        Raises:
            Misconfigured: a topic is missing or may not be read.
            BrokerFault: the broker does not answer.
        """
        try:
            known = self._admin.list_topics(timeout=timeout_s).topics
        except KafkaException as exc:
            raise fault_of(exc.args[0], "listing topics", self._config) from exc
        missing = [topic for topic in topics if topic not in known]
        if missing:
            raise Misconfigured(
                f"Kafka at {self._config['bootstrap.servers']} has no topic {', '.join(missing)} (or this "
                "user may not see it). Make the topics with `skutwin topics create`."
            )
        return [
            TopicPartition(topic, number) for topic in topics for number in sorted(known[topic].partitions)
        ]

    def ends(
        self,
        partitions: Sequence[TopicPartition],
        isolation: Literal["read_committed", "read_uncommitted"],
        timeout_s: float,
    ) -> dict[TopicPartition, int]:
        """The last stable offset of each partition, or with `read_uncommitted` the high watermark.

        Raises:
            BrokerFault: the broker does not answer.
        """
        if not partitions:
            return {}
        level = IsolationLevel[isolation.upper()]
        try:
            for attempt in stamina.retry_context(
                on=_knows_old_leaders, attempts=None, timeout=timeout_s, wait_initial=0.05, wait_max=0.5
            ):
                with attempt:
                    return self._ends(partitions, level, timeout_s)
        except KafkaException as exc:
            raise fault_of(exc.args[0], "asking for the ends of partitions", self._config) from exc
        raise AssertionError("stamina either returns or raises")

    def since(
        self, partitions: Sequence[TopicPartition], time_ms: int, timeout_s: float
    ) -> dict[TopicPartition, int]:
        """The first offset of each partition whose record is of that time or later; its end if none is.

        Raises:
            BrokerFault: the broker does not answer.
        """
        ends = self.ends(partitions, "read_uncommitted", timeout_s)
        asked = {
            confluent_kafka.TopicPartition(*where): OffsetSpec.for_timestamp(time_ms) for where in partitions
        }
        answers = self._admin.list_offsets(asked, request_timeout=timeout_s)
        try:
            found = {
                TopicPartition(where.topic, where.partition): answer.result(timeout_s + 1).offset
                for where, answer in answers.items()
            }
        except KafkaException as exc:
            raise fault_of(exc.args[0], "asking for offsets by time", self._config) from exc
        return {where: offset if offset >= 0 else ends[where] for where, offset in found.items()}

    def _ends(
        self, partitions: Sequence[TopicPartition], level: IsolationLevel, timeout_s: float
    ) -> dict[TopicPartition, int]:
        asked = {confluent_kafka.TopicPartition(*where): OffsetSpec.latest() for where in partitions}
        answers = self._admin.list_offsets(asked, isolation_level=level, request_timeout=timeout_s)
        try:
            return {
                TopicPartition(where.topic, where.partition): answer.result(timeout_s + 1).offset
                for where, answer in answers.items()
            }
        except KafkaException as exc:
            if _knows_old_leaders(exc):
                self._admin = AdminClient(admin_config(self._config))
            raise


def _knows_old_leaders(exc: Exception) -> bool:
    return isinstance(exc, KafkaException) and exc.args[0].code() in _OLD_LEADERS
