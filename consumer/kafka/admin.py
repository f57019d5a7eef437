"""What is asked of a cluster and done to it outside the stream: topics, identities, committed offsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import stamina
from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicCollection,
)
from confluent_kafka import TopicPartition as KafkaPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

from consumer.errors import BrokerFault, Misconfigured
from consumer.kafka.config import MAX_MESSAGE_BYTES, admin_config
from consumer.kafka.faults import fault_of
from consumer.kafka.mock import CLUSTER_PREFIX
from consumer.kafka.topics import TopicSpec
from consumer.ports.records import TopicPartition

_TIMEOUT_S = 6.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a topic that must be otherwise.

    Attributes:
        mend: the command that mends it.
    """

    topic: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.problem}. To mend it: {self.mend}"


class ClusterAdmin:
    """One cluster's topics and groups. Each call answers or raises within about ten seconds.

    All calls raise `BrokerFault` when the cluster does not answer, and `Misconfigured` when it refuses.
    """

    def __init__(self, config: Mapping[str, Any], *, timeout_s: float = _TIMEOUT_S) -> None:
        self._config = dict(config)
        self._timeout_s = timeout_s
        self._client = AdminClient(admin_config(config))

    @property
    def bootstrap(self) -> str:
        """The address it was given."""
        return str(self._config["bootstrap.servers"])

    def partitions(self) -> dict[str, int]:
        """How many partitions each topic has that this user may see."""
        topics = self._metadata("listing topics").topics
        return {name: len(topic.partitions) for name, topic in topics.items() if topic.error is None}

    def create_topics(self, specs: Sequence[TopicSpec], *, replication: int | None = None) -> list[str]:
        """Make those that are missing, wait until the brokers know them, and give the names of those made.

        Existing ones are left as they are.

        Args:
            specs: from `topic_specs`.
            replication: replicas of each partition; by default three, or as many as there are brokers.
        """
        copies = replication or min(3, max(1, len(self._metadata("listing brokers").brokers)))
        there = self.partitions()
        missing = [spec for spec in specs if spec.name not in there]
        if not missing:
            return []
        made = self._client.create_topics(
            [NewTopic(spec.name, spec.partitions, copies, config=spec.configs(copies)) for spec in missing],
            operation_timeout=self._timeout_s,
            request_timeout=self._timeout_s,
        )
        names = [name for name in sorted(made) if self._made(name, made[name])]
        self._wait_until_known(sorted(made))
        return names

    def check_topics(self, specs: Sequence[TopicSpec]) -> list[Finding]:
        """What of these topics is not as it must be. A mock cluster's settings pass unseen."""
        metadata = self._metadata("listing topics")
        there = {
            name: len(topic.partitions) for name, topic in metadata.topics.items() if topic.error is None
        }
        found = [
            finding for spec in specs if (finding := self._count(spec, there.get(spec.name))) is not None
        ]
        known = [spec for spec in specs if spec.name in there]
        if _is_mock(metadata.cluster_id):
            return found
        configs = self._configs([spec.name for spec in known])
        return found + [finding for spec in known for finding in self._settings(spec, configs[spec.name])]

    def identity(self, topic: str) -> tuple[str, str]:
        """The cluster's id and the topic's: together they name one log for good, offsets and all.

        A mock cluster has no topic ids; its name stands for it there: the cluster's id is new each time.
        """
        cluster = str(self._metadata("asking for the cluster's id").cluster_id)
        if _is_mock(cluster):
            return cluster, f"name:{topic}"
        described = self._client.describe_topics(TopicCollection([topic]), request_timeout=self._timeout_s)
        return cluster, str(self._answer(described[topic], f"describing the topic {topic}").topic_id)

    def members(self, group: str) -> int:
        """How many members a group has; a missing one has none."""
        for attempt in stamina.retry_context(
            on=_coordinator_moves, attempts=None, timeout=self._timeout_s, wait_initial=0.05, wait_max=0.5
        ):
            with attempt:
                asked = self._client.describe_consumer_groups([group], request_timeout=self._timeout_s)
                try:
                    return len(self._answer(asked[group], f"describing the group {group}").members)
                except BrokerFault as err:
                    if _code_behind(err) == KafkaError.GROUP_ID_NOT_FOUND:
                        return 0
                    raise
        raise AssertionError("stamina either returns or raises")

    def commit(self, group: str, offsets: Mapping[TopicPartition, int]) -> None:
        """Set what a group has committed; the broker refuses it while the group has members."""
        wanted = [KafkaPartition(*where, offset) for where, offset in offsets.items()]
        asked = self._client.alter_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group, wanted)], request_timeout=self._timeout_s
        )
        what = f"setting the offsets of the group {group}"
        for answer in self._answer(asked[group], what).topic_partitions:
            if answer.error is not None:
                raise fault_of(answer.error, what, self._config)

    # -- questions

    def _metadata(self, what: str) -> Any:
        try:
            return self._client.list_topics(timeout=self._timeout_s)
        except KafkaException as exc:
            raise fault_of(exc.args[0], what, self._config) from exc

    def _answer(self, asked: Future[Any], what: str) -> Any:
        try:
            return asked.result(self._timeout_s + 1)
        except KafkaException as exc:
            raise fault_of(exc.args[0], what, self._config) from exc

    def _made(self, name: str, asked: Future[Any]) -> bool:
        try:
            asked.result(self._timeout_s + 1)
        except KafkaException as exc:
            error: KafkaError = exc.args[0]
            if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return False  # somebody else made it at this moment
            raise fault_of(error, f"making the topic {name}", self._config) from exc
        return True

    def _wait_until_known(self, names: Sequence[str]) -> None:
        """The making of a topic is acknowledged before every broker can describe it."""
        for attempt in stamina.retry_context(
            on=Misconfigured, attempts=None, timeout=self._timeout_s, wait_initial=0.05, wait_max=0.5
        ):
            with attempt:
                asked = self._client.describe_topics(
                    TopicCollection(list(names)), request_timeout=self._timeout_s
                )
                for name, described in asked.items():
                    self._answer(described, f"describing the topic {name}")

    def _configs(self, topics: Sequence[str]) -> dict[str, dict[str, str]]:
        if not topics:
            return {}
        asked = self._client.describe_configs(
            [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in topics],
            request_timeout=self._timeout_s,
        )
        answers = {
            resource.name: self._answer(future, f"reading the settings of {resource.name}")
            for resource, future in asked.items()
        }
        return {topic: {name: entry.value for name, entry in got.items()} for topic, got in answers.items()}

    # -- findings

    def _count(self, spec: TopicSpec, there: int | None) -> Finding | None:
        if there is None:
            return Finding(spec.name, "missing", "skutwin topics create")
        if spec.exactly and there != spec.partitions:
            return Finding(
                spec.name,
                f"has {there} partitions where {spec.partitions} shards are set",
                f"SKUTWIN_SHARDS={there}, or delete it, then `skutwin topics create` and `skutwin reindex`",
            )
        return None

    def _settings(self, spec: TopicSpec, configs: Mapping[str, str]) -> list[Finding]:
        found: list[Finding] = []
        if configs["cleanup.policy"] != spec.cleanup:
            found.append(self._wrong(spec, configs, "cleanup.policy", spec.cleanup))
        kept_ms = int(configs["delete.retention.ms"])
        if spec.cleanup == "compact" and kept_ms < spec.keep_ms:
            found.append(self._wrong(spec, configs, "delete.retention.ms", str(spec.keep_ms)))
        if int(configs["max.message.bytes"]) < MAX_MESSAGE_BYTES:
            limit = spec.configs(1)["max.message.bytes"]
            found.append(self._wrong(spec, configs, "max.message.bytes", limit))
        return found

    def _wrong(self, spec: TopicSpec, configs: Mapping[str, str], setting: str, wanted: str) -> Finding:
        return Finding(
            spec.name,
            f"has {setting}={configs[setting]} where {wanted} is needed",
            f"kafka-configs.sh --bootstrap-server {self.bootstrap} --alter --entity-type topics "
            f"--entity-name {spec.name} --add-config {setting}={wanted}",
        )


def _code_behind(err: Exception) -> int | None:
    cause = err.__cause__
    return cause.args[0].code() if isinstance(cause, KafkaException) else None


def _coordinator_moves(err: Exception) -> bool:
    """Whether the group's coordinator is only being found, as on a broker that just started."""
    return _code_behind(err) in {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    }


def _is_mock(cluster_id: str | None) -> bool:
    return (cluster_id or "").startswith(CLUSTER_PREFIX)
