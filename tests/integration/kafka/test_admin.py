"""Topics, identities and offsets on a real Kafka, and on the demo's mock cluster."""

from __future__ import annotations

import socket
import time
import uuid

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from consumer.contracts.topics import TopicNames
from consumer.errors import BrokerFault
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import client_config
from consumer.kafka.mock import mock_cluster
from consumer.kafka.topics import topic_specs
from tests.integration.kafka.real_log import RealLog
from tests.log_suite import Assigned, join, out, take, values


def names() -> TopicNames:
    return TopicNames.of(f"{uuid.uuid4().hex[:8]}.", "e1")


def alter(admin: ClusterAdmin, topic: str, setting: str, value: str) -> None:
    entry = ConfigEntry(setting, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin._client.incremental_alter_configs([resource])[resource].result(10)


def test_topics_are_made_once_and_pass_their_check(kafka_bootstrap: str) -> None:
    """Missing topics are found, made, found no more, and not made again."""
    admin, specs = ClusterAdmin(client_config(kafka_bootstrap, {}, "t")), topic_specs(names(), partitions=2)
    assert {(f.topic, f.mend) for f in admin.check_topics(specs)} == {
        (spec.name, "skutwin topics create") for spec in specs
    }
    assert admin.create_topics(specs) == sorted(spec.name for spec in specs)
    assert admin.check_topics(specs) == []
    assert admin.create_topics(specs) == []


def test_a_wrong_topic_is_found_with_the_command_that_mends_it(kafka_bootstrap: str) -> None:
    """Partition count, clean-up, retention and message size are compared."""
    admin, topics = ClusterAdmin(client_config(kafka_bootstrap, {}, "t")), names()
    admin.create_topics(topic_specs(topics, partitions=1, shards=1))
    alter(admin, topics.matches, "cleanup.policy", "delete")
    alter(admin, topics.listings, "delete.retention.ms", "1000")
    alter(admin, topics.dlq, "max.message.bytes", "1000")
    found = {finding.topic: finding for finding in admin.check_topics(topic_specs(topics, shards=2))}
    assert found.keys() == {topics.matches, topics.listings, topics.dlq, topics.embedded}
    assert "has 1 partitions where 2 shards are set" in found[topics.embedded].problem
    assert "SKUTWIN_SHARDS=1" in found[topics.embedded].mend
    assert f"--entity-name {topics.matches} --add-config cleanup.policy=compact" in found[topics.matches].mend
    assert "delete.retention.ms=604800000" in found[topics.listings].mend
    assert "max.message.bytes=" in str(found[topics.dlq])


def test_a_topic_made_anew_has_another_identity(kafka_bootstrap: str) -> None:
    """Cluster and topic id are stable, and differ between two topics of one name."""
    admin, topics = ClusterAdmin(client_config(kafka_bootstrap, {}, "t")), names()
    (spec,) = [spec for spec in topic_specs(topics) if spec.name == topics.embedded]
    admin.create_topics([spec])
    first = admin.identity(spec.name)
    assert first == admin.identity(spec.name)
    admin._client.delete_topics([spec.name])[spec.name].result(10)
    deadline = time.monotonic() + 15
    while spec.name in admin.partitions():
        assert time.monotonic() < deadline
    admin.create_topics([spec])
    second = admin.identity(spec.name)
    assert (first[0], len(first[1])) == (second[0], 22)
    assert first[1] != second[1]


def test_the_members_of_a_group_are_counted(kafka_bootstrap: str) -> None:
    """A group has those that joined and did not leave; one that never was has none."""
    log = RealLog(kafka_bootstrap)
    topic, admin = log.topic(), ClusterAdmin(log.config)
    source, group = log.source("counted"), f"counted-{log.unique}"
    assert admin.members(group) == 0
    join(source, [topic], Assigned(), 1)
    assert admin.members(group) == 1
    source.close()
    assert admin.members(group) == 0
    log.close()


def test_an_unreachable_broker_is_reported_within_ten_seconds() -> None:
    """The message names the address and what to look at."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(BrokerFault, match=address) as caught:
            ClusterAdmin(client_config(address, {}, "t")).check_topics([])
        assert time.monotonic() - begun < 10
        assert "is it running" in str(caught.value)


def test_the_mock_cluster_serves_what_the_demo_needs() -> None:
    """Topics with their partitions, a group, transactions that pass, state read to its end, an identity."""
    topics = names()
    specs = topic_specs(topics, partitions=2)
    with mock_cluster({spec.name: spec.partitions for spec in specs}) as bootstrap:
        log = RealLog(bootstrap)
        admin = ClusterAdmin(log.config)
        assert admin.check_topics(specs) == []
        assert admin.create_topics(specs) == []
        assert admin.partitions()[topics.embedded] == 1
        assert admin.identity(topics.embedded) == admin.identity(topics.embedded)
        source, sink = log.source("demo"), log.sink("demo")
        log.produce(topics.listings, b"k", b"v")
        source.subscribe([topics.listings], Assigned())
        (record,) = take(source, 1)
        sink.open()
        sink.commit(out(topics.matches, "x"), {record.where: record.offset + 1}, source)
        sink.close()
        reader = log.state_reader([topics.matches])
        assert values(take(reader, 1)) == [b"x"]
        reader.close()
        log.close()
