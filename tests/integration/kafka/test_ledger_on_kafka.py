"""The ledger of lives in a group's offsets."""

from __future__ import annotations

import pytest

from consumer.errors import BrokerFault
from consumer.kafka.config import client_config
from consumer.kafka.ledger import KafkaDeathLedger
from consumer.ports.deaths import Claims
from consumer.ports.records import TopicPartition
from tests.integration.kafka.real_log import RealLog


def test_claims_outlive_the_process_that_made_them(kafka_bootstrap: str) -> None:
    """What one process writes another reads, partition by partition; the last word counts."""
    log = RealLog(kafka_bootstrap)
    topic = log.topic(2)
    here, there = TopicPartition(topic, 0), TopicPartition(topic, 1)
    first = KafkaDeathLedger(log.config, topic)
    assert first.read([here, there]) == {}
    claims = Claims(5, together=("one", "another"), alone=("a third",), until=25)
    first.write({here: Claims(3, together=("one",)), there: Claims(0)})
    first.write({here: claims})
    first.close()
    second = KafkaDeathLedger(log.config, topic)
    assert second.read([here, there]) == {here: claims, there: Claims(0)}
    second.close()
    log.close()


def test_the_longest_claims_fit_into_the_metadata(kafka_bootstrap: str) -> None:
    """With the greatest limit that can be set, a broker's default of 4,096 bytes is enough."""
    log = RealLog(kafka_bootstrap)
    here = TopicPartition(log.topic(), 0)
    lives = tuple(f"{number:012x}" for number in range(21))
    ledger = KafkaDeathLedger(log.config, here.topic)
    most = Claims(2**63 - 1, together=lives, alone=lives, until=2**63 - 1)
    ledger.write({here: most})
    assert ledger.read([here]) == {here: most}
    ledger.close()
    log.close()


def test_a_foreign_note_claims_nothing(kafka_bootstrap: str) -> None:
    """Metadata that the ledger did not write are as good as none."""
    log = RealLog(kafka_bootstrap)
    topic = log.topic()
    log.commit_metadata(f"{topic}-deaths", TopicPartition(topic, 0), 7, "somebody else's")
    ledger = KafkaDeathLedger(log.config, topic)
    assert ledger.read([TopicPartition(topic, 0)]) == {TopicPartition(topic, 0): Claims(7)}
    ledger.close()
    log.close()


def test_a_broker_that_does_not_answer_is_a_fault() -> None:
    """Within a bounded time, naming the address."""
    ledger = KafkaDeathLedger(client_config("127.0.0.1:1", {}, "tests"), "group")
    with pytest.raises(BrokerFault, match=r"127\.0\.0\.1:1"):
        ledger.read([TopicPartition("topic", 0)])
    ledger.close()
