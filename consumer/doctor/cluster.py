"""What a Kafka cluster says of itself and of what this user may do; nothing is changed by asking."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import confluent_kafka
import stamina
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, OffsetSpec

from consumer.errors import BrokerFault, SkutwinError
from consumer.kafka.config import admin_config
from consumer.kafka.faults import fault_of

Operations = frozenset[str] | None
"""Names of operations, such as READ; None where the broker does not tell."""

_UNSETTLED = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)
_API = re.compile(r"ApiKey \S+ \((\d+)\) Versions (\d+)\.\.(\d+)")


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """The cluster.

    Attributes:
        settings: of each broker by its id; empty where this user may not read them.
        operations: that this user may do with the cluster.
        apis: least and greatest version of each request by its key.
    """

    cluster_id: str
    brokers: int
    settings: Mapping[int, Mapping[str, str]]
    operations: Operations
    apis: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """One topic that exists.

    Attributes:
        replicas: of each partition.
        in_sync: of each partition.
        settings: the effective ones; empty where this user may not read them.
        operations: that this user may do with it.
    """

    name: str
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]
    settings: Mapping[str, str]
    operations: Operations


class _Heard(logging.Handler):
    """Collects what librdkafka logs of the broker's answer to ApiVersions: it has no other face."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class ClusterView:
    """Asks one cluster. Every call raises `BrokerFault` or `Misconfigured`, as `ClusterAdmin` does."""

    def __init__(self, config: Mapping[str, Any], *, timeout_s: float = 6.0) -> None:
        self._config, self._timeout_s = dict(config), timeout_s
        self._client = AdminClient(admin_config(config))

    def reach(self) -> None:
        """Raises where nobody answers, or refuses who we are."""
        self._metadata()

    def cluster(self) -> ClusterFacts:
        """The cluster, its brokers' settings, and what it can do."""
        described = self._answer(
            self._client.describe_cluster(
                include_authorized_operations=True, request_timeout=self._timeout_s
            ),
            "describing the cluster",
        )
        return ClusterFacts(
            cluster_id=str(described.cluster_id),
            brokers=len(described.nodes),
            settings=self._broker_settings([node.id for node in described.nodes]),
            operations=_operations(described.authorized_operations),
            apis=self._apis(),
        )

    def topics(self, names: Sequence[str]) -> list[TopicFacts]:
        """Those of these topics that exist."""
        there = self._metadata().topics
        known = [name for name in names if name in there and there[name].error is None]
        if not known:
            return []
        asked = self._client.describe_topics(
            TopicCollection(known), include_authorized_operations=True, request_timeout=self._timeout_s
        )
        described = {name: self._answer(asked[name], f"describing the topic {name}") for name in known}
        settings = self._settings(ConfigResource.Type.TOPIC, known)
        return [
            TopicFacts(
                name=name,
                replicas=tuple(len(each.replicas) for each in described[name].partitions),
                in_sync=tuple(len(each.isr) for each in described[name].partitions),
                settings=settings.get(name, {}),
                operations=_operations(described[name].authorized_operations),
            )
            for name in known
        ]

    def groups(self, names: Sequence[str]) -> dict[str, Operations]:
        """What this user may do with each of these groups; None of one that does not exist yet."""
        asked = self._client.describe_consumer_groups(
            list(names), include_authorized_operations=True, request_timeout=self._timeout_s
        )
        found: dict[str, Operations] = {}
        for name, answer in asked.items():
            try:
                described = self._answer(answer, f"describing the group {name}")
            except BrokerFault:
                found[name] = None  # newer brokers know no group that nobody joined
            else:
                found[name] = _operations(described.authorized_operations)
        return found

    def newest_ms(self, names: Iterable[str]) -> dict[str, int]:
        """The greatest timestamp of a record of each of these topics; without those that have none."""
        there = self._metadata().topics
        asked = {
            confluent_kafka.TopicPartition(name, partition): OffsetSpec.max_timestamp()
            for name in names
            if name in there
            for partition in there[name].partitions
        }
        if not asked:
            return {}
        for attempt in stamina.retry_context(
            on=_will_settle, attempts=None, timeout=self._timeout_s, wait_initial=0.05, wait_max=0.5
        ):
            with attempt:
                client = AdminClient(admin_config(self._config))  # one that knows an old leader never learns
                answers = client.list_offsets(asked, request_timeout=self._timeout_s)
                newest: dict[str, int] = {}
                for where, answer in answers.items():
                    told = self._answer(answer, f"asking for the newest record of {where.topic}").timestamp
                    if told is not None and told >= 0:
                        newest[where.topic] = max(told, newest.get(where.topic, told))
                return newest
        raise AssertionError("stamina either returns or raises")

    def _metadata(self) -> Any:
        try:
            return self._client.list_topics(timeout=self._timeout_s)
        except KafkaException as exc:
            raise fault_of(exc.args[0], "listing topics", self._config) from exc

    def _broker_settings(self, ids: Sequence[int]) -> dict[int, Mapping[str, str]]:
        found = self._settings(ConfigResource.Type.BROKER, [str(number) for number in ids])
        return {int(number): settings for number, settings in found.items()}

    def _settings(self, kind: ConfigResource.Type, names: Sequence[str]) -> dict[str, Mapping[str, str]]:
        asked = self._client.describe_configs(
            [ConfigResource(kind, name) for name in names], request_timeout=self._timeout_s
        )
        found: dict[str, Mapping[str, str]] = {}
        for resource, answer in asked.items():
            try:
                entries = self._answer(answer, f"reading the settings of {resource.name}")
            except SkutwinError:
                continue  # not allowed: whoever needs them says that they are not known
            found[resource.name] = {name: entry.value or "" for name, entry in entries.items()}
        return found

    def _apis(self) -> dict[int, tuple[int, int]]:
        heard = _Heard()
        logger = logging.getLogger(f"skutwin.doctor.apis.{id(heard)}")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(heard)
        client = AdminClient({**self._config, "debug": "feature", "logger": logger})
        try:
            client.list_topics(timeout=self._timeout_s)
        except KafkaException as exc:
            raise fault_of(exc.args[0], "asking what it can do", self._config) from exc
        client.poll(0)
        said = (_API.search(line) for line in heard.lines)
        return {int(one[1]): (int(one[2]), int(one[3])) for one in said if one is not None}

    def _answer(self, asked: Future[Any], what: str) -> Any:
        try:
            return asked.result(self._timeout_s + 1)
        except KafkaException as exc:
            raise fault_of(exc.args[0], what, self._config) from exc


def _will_settle(err: Exception) -> bool:
    """A topic that was made a moment ago, or moves, has a leader soon."""
    cause = err.__cause__
    return isinstance(cause, KafkaException) and cause.args[0].code() in _UNSETTLED


def _operations(told: Any) -> Operations:
    return None if told is None else frozenset(operation.name for operation in told)
