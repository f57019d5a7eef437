"""The ledger of lives on a real Kafka: a consumer group that nobody joins, its offsets and their metadata.

The offset is the record's, the metadata (a string that a group may leave with an offset) say whose claims
stand there. A group without members fences nobody, so that a process whose session is over may still take its
claim back. It costs no topic, and is forgotten with the broker's `offsets.retention.minutes`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from typing import Any

import confluent_kafka
import stamina
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import AdminClient

from consumer.kafka.config import admin_config, log
from consumer.kafka.faults import fault_of, unreachable
from consumer.ports.deaths import Claims
from consumer.ports.records import TopicPartition

_CALL_S = 8.0
_BUDGET_S = 15.0


class KafkaDeathLedger:
    """See `DeathLedger`.

    Args:
        config: from `client_config`.
        group: whose deaths are counted; the ledger's own group is named after it.
    """

    def __init__(self, config: Mapping[str, Any], group: str) -> None:
        self._config = dict(config)
        self._group = f"{group}-deaths"
        self._admin: AdminClient | None = None

    def read(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Claims]:
        """See `DeathLedger`."""
        asked = [confluent_kafka.TopicPartition(*where) for where in partitions]
        answers = self._ask(
            "reading",
            lambda admin, group: admin.list_consumer_group_offsets(group, request_timeout=_CALL_S),
            asked,
        )
        return {
            TopicPartition(answer.topic, answer.partition): _claims(answer.offset, answer.metadata)
            for answer in answers
            if answer.offset >= 0
        }

    def write(self, claims: Mapping[TopicPartition, Claims]) -> None:
        """See `DeathLedger`."""
        offsets = [
            confluent_kafka.TopicPartition(*where, said.offset, _metadata(said))
            for where, said in claims.items()
        ]
        self._ask(
            "writing",
            lambda admin, group: admin.alter_consumer_group_offsets(group, request_timeout=_CALL_S),
            offsets,
        )

    def close(self) -> None:
        """See `DeathLedger`."""
        self._admin = None

    def _ask(
        self,
        what: str,
        request: Callable[..., Mapping[str, Future[ConsumerGroupTopicPartitions]]],
        partitions: list[confluent_kafka.TopicPartition],
    ) -> list[confluent_kafka.TopicPartition]:
        """One request for all of them; a broker that does not answer is a fault within a bounded time."""
        if not partitions:
            return []
        self._admin = self._admin or AdminClient(admin_config(self._config))
        group = ConsumerGroupTopicPartitions(self._group, partitions)
        try:
            for attempt in stamina.retry_context(_passing, attempts=None, timeout=_BUDGET_S, wait_max=1.0):
                with attempt:
                    answers = request(self._admin, [group])[self._group].result(_CALL_S).topic_partitions
        except KafkaException as exc:
            raise fault_of(exc.args[0], f"{what} the ledger of lives", self._config) from exc
        except TimeoutError as exc:
            raise unreachable(self._config, f"{what} the ledger of lives") from exc
        for answer in answers:
            if answer.error is not None:
                raise fault_of(answer.error, f"{what} the ledger of lives", self._config)
        return list(answers)


def _passing(error: Exception) -> bool:
    """A coordinator that is being found, loaded or moved will answer soon."""
    return isinstance(error, KafkaException) and error.args[0].retriable()


def _metadata(claims: Claims) -> str:
    said = asdict(claims)
    del said["offset"]
    return json.dumps(said, separators=(",", ":"))


def _claims(offset: int, metadata: str | None) -> Claims:
    """What is no ledger's entry claims nothing: it can only delay a dead letter."""
    try:
        said = json.loads(metadata or "{}")
        return Claims(
            offset,
            together=tuple(map(str, said["together"])),
            alone=tuple(map(str, said["alone"])),
            until=int(said["until"]),
        )
    except (ValueError, TypeError, KeyError):
        log.warning("the ledger of lives holds at offset %d what it did not write", offset)
        return Claims(offset)
