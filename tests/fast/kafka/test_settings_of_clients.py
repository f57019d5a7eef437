from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient

from consumer.contracts.topics import TopicNames
from consumer.errors import BrokerFault, Misconfigured
from consumer.kafka.codes import Local
from consumer.kafka.config import (
    admin_config,
    client_config,
    member_config,
    plain_config,
    transactional_config,
)
from consumer.kafka.faults import fault_of
from consumer.kafka.murmur2 import murmur2
from consumer.kafka.topics import topic_specs

CONFIG = client_config("broker:9092", {"sasl.username": "me"}, "test")


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_the_hashes_of_kafkas_own_test(key: bytes, signed: int) -> None:
    """The values of Kafka's UtilsTest."""
    assert murmur2(key) == signed & 0xFFFFFFFF


@pytest.mark.parametrize("code", list(Local))
def test_local_codes_are_those_of_the_client_library(code: Local) -> None:
    """Each name means the same number in confluent-kafka."""
    assert getattr(KafkaError, f"_{code.name}") == code


@pytest.mark.parametrize(
    ("client", "config"),
    [
        (Consumer, member_config(CONFIG, "group", "instance")),
        (Producer, transactional_config(CONFIG, "id")),
        (Producer, plain_config(CONFIG)),
        (AdminClient, admin_config(CONFIG)),
    ],
)
def test_librdkafka_knows_every_setting(client: Any, config: dict[str, Any]) -> None:
    """A misspelt or contradictory setting would be refused."""
    client(config)


def test_a_pass_through_may_not_weaken_the_guarantees() -> None:
    """Security settings pass; those that exactly-once rests on are refused by name."""
    assert client_config("b", {"ssl.ca.location": "x"}, "c")["ssl.ca.location"] == "x"
    with pytest.raises(ValueError, match=r"isolation\.level"):
        client_config("b", {"isolation.level": "read_uncommitted"}, "c")


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (Local.AUTHENTICATION, Misconfigured, "sasl.mechanism"),
        (KafkaError.SASL_AUTHENTICATION_FAILED, Misconfigured, "sasl.password"),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, Misconfigured, "ACL"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, Misconfigured, "skutwin topics create"),
        (Local.ALL_BROKERS_DOWN, BrokerFault, "SKUTWIN_KAFKA_BOOTSTRAP"),
        (KafkaError.UNKNOWN, BrokerFault, "broker:9092"),
    ],
)
def test_an_error_says_whose_fault_it_is_and_what_to_do(code: int, kind: type[Exception], says: str) -> None:
    """What the operator must change is `Misconfigured`; the rest is the world's."""
    fault = fault_of(KafkaError(code), "reading", CONFIG)
    assert type(fault) is kind
    assert says in str(fault)
    assert "broker:9092" in str(fault)


def test_topics_are_named_by_prefix_and_inner_ones_by_version() -> None:
    """Vectors of two embedding versions never share a topic."""
    names = TopicNames.of("eu.", "e1")
    assert names.embedded == "eu.listings.embedded.e1"
    assert names.retry == "eu.listings.retry.e1"
    assert names.listings == "eu.listings"
    assert {names.embedded, names.retry}.isdisjoint(
        {TopicNames.of("eu.", "e2").embedded, TopicNames.of("eu.", "e2").retry}
    )


def test_every_topic_has_its_specification() -> None:
    """Compacted topics keep deletions for `marker_ttl`; the inner log has a partition a shard."""
    names = TopicNames.of("", "e1")
    specs = {spec.name: spec for spec in topic_specs(names, shards=3, marker_ttl_s=3600)}
    assert len(specs) == 8
    assert (specs[names.embedded].partitions, specs[names.embedded].exactly) == (3, True)
    compacted = {spec.name for spec in specs.values() if spec.cleanup == "compact"}
    inputs_and_outputs = {names.listings, names.matches, names.reviews, names.verdicts, names.drift}
    assert compacted == {names.embedded} | inputs_and_outputs
    assert {specs[name].configs(1)["delete.retention.ms"] for name in compacted} == {"3600000"}
    assert specs[names.dlq].configs(3)["min.insync.replicas"] == "2"
    assert specs[names.dlq].configs(1)["min.insync.replicas"] == "1"


def test_a_static_member_may_be_away_as_long_as_it_says_and_no_shorter_than_others() -> None:
    """Its name and its time-out go together; without a name it is a member like all."""
    plain, short, long = (
        member_config(CONFIG, "g", name, away_s)
        for name, away_s in ((None, 45.0), ("pod-0", 1.0), ("pod-0", 45.0))
    )
    assert "group.instance.id" not in plain
    assert short["group.instance.id"] == "pod-0"
    assert plain["session.timeout.ms"] == short["session.timeout.ms"] == 10_000
    assert long["session.timeout.ms"] == 45_000
