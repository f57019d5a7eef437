"""`LogUnderTest` over a real Kafka."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import confluent_kafka
from confluent_kafka import ConsumerGroupTopicPartitions, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from consumer.kafka.config import client_config
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.kafka.state_reader import KafkaStateReader
from consumer.ports.log import Source
from consumer.ports.records import Headers, OutRecord, TopicPartition
from tests.integration.stream.waiting import eventually

FAST_MEMBER = {"session.timeout.ms": 2_000, "heartbeat.interval.ms": 300, "max.poll.interval.ms": 2_500}


class RealLog:
    """Groups, ids and topics have names of their own in each test."""

    def __init__(self, bootstrap: str) -> None:
        self.config = client_config(bootstrap, {}, "skutwin-tests")
        self.unique = uuid.uuid4().hex[:8]
        self._topics = 0
        self._quiet = {**self.config, "log_level": 0}
        self._admin = AdminClient(self._quiet)
        self._sources: list[KafkaSource] = []
        self._sleepers: list[Producer] = []
        self._writer = Producer({**self._quiet, "acks": "all", "partitioner": "murmur2_random"})

    def topic(self, partitions: int = 1, config: Mapping[str, str] | None = None) -> str:
        self._topics += 1
        name = f"topic-{self.unique}-{self._topics}"
        made = self._admin.create_topics([NewTopic(name, partitions, 1, config=dict(config or {}))])
        made[name].result(15)
        return name

    def source(self, group: str, overrides: Mapping[str, Any] | None = None) -> KafkaSource:
        source = KafkaSource(
            self.config, f"{group}-{self.unique}", overrides={**FAST_MEMBER, **(overrides or {})}
        )
        self._sources.append(source)
        return source

    def sink(self, transactional_id: str) -> KafkaSink:
        return KafkaSink(self.config, f"{transactional_id}-{self.unique}")

    def state_reader(self, topics: Sequence[str]) -> KafkaStateReader:
        return KafkaStateReader(self.config, topics)

    def produce(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        where = {} if partition is None else {"partition": partition}
        self._writer.produce(topic, value=value, key=key, headers=list(headers), **where)
        assert self._writer.flush(15) == 0

    def commit_metadata(self, group: str, where: TopicPartition, offset: int, metadata: str) -> None:
        """Leave an offset with a note in a group that nobody joined."""
        at = confluent_kafka.TopicPartition(*where, offset, metadata)
        group_at = ConsumerGroupTopicPartitions(group, [at])
        for answer in self._admin.alter_consumer_group_offsets([group_at]).values():
            assert answer.result(15).topic_partitions[0].error is None

    def leave_open(self, transactional_id: str, records: Sequence[OutRecord]) -> None:
        sleeper = Producer({**self._quiet, "transactional.id": f"{transactional_id}-{self.unique}"})
        sleeper.init_transactions(15)
        sleeper.begin_transaction()
        for record in records:
            sleeper.produce(record.topic, value=record.value, key=record.key)
        assert sleeper.flush(15) == 0
        self._sleepers.append(sleeper)  # else its end would end its transaction

    def expel(self, source: Source) -> None:
        assert isinstance(source, KafkaSource)
        eventually(
            lambda: source.group_metadata() is None, "a member that does not poll is expelled", deadline_s=30
        )

    def close(self) -> None:
        for source in self._sources:
            source.close()
        for sleeper in self._sleepers:
            sleeper.purge()
        self._sleepers.clear()
