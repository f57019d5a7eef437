"""Dead letters on a real Kafka: listed, replayed once, and refused where they are no longer the last word."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest

from consumer.contracts.dead_letter import REPLAYED_FROM
from consumer.contracts.inner import InnerListing
from consumer.contracts.topics import TopicNames
from consumer.deadletters.letter import make_dead_letter, size_of
from consumer.deadletters.on_kafka import list_on_kafka, replay_on_kafka
from consumer.deadletters.reading import read_to_end
from consumer.deadletters.report import Refusal
from consumer.deadletters.writer import PlainWriter
from consumer.errors import BrokerFault, RecordFault
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import MAX_MESSAGE_BYTES, client_config
from consumer.kafka.state_reader import KafkaStateReader
from consumer.kafka.topics import topic_specs
from consumer.ports.clock import SystemClock
from consumer.ports.records import OutRecord, Record

WEEK_S = 7 * 86_400.0


class Installation:
    """Topics of its own on the broker."""

    def __init__(self, bootstrap: str) -> None:
        self.config: dict[str, Any] = client_config(bootstrap, {}, "skutwin-tests")
        self.topics = TopicNames.of(f"{uuid.uuid4().hex[:8]}.", "e1")
        ClusterAdmin(self.config).create_topics(topic_specs(self.topics, partitions=3))

    def write(self, *records: OutRecord) -> None:
        with PlainWriter(self.config) as writer:
            for record in records:
                writer.write(record)

    def read(self, topic: str) -> list[Record]:
        records = read_to_end(lambda topics: KafkaStateReader(self.config, topics), topic, SystemClock())
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def say(self, key: str, value: bytes | None) -> None:
        self.write(OutRecord(self.topics.listings, key.encode(), value))

    def refuse_all(self, reason: str = "bad_gtin") -> None:
        """A dead letter of every listing there is now."""
        fault = RecordFault(reason, "gtin: the check digit should be 5")
        self.write(
            *(
                make_dead_letter(
                    record,
                    fault,
                    topic=self.topics.dlq,
                    stage="decode",
                    version="test",
                    max_bytes=MAX_MESSAGE_BYTES,
                )
                for record in self.read(self.topics.listings)
            )
        )


@pytest.fixture
def here(kafka_bootstrap: str) -> Installation:
    return Installation(kafka_bootstrap)


def test_letters_are_listed_and_replayed_once(here: Installation) -> None:
    """Bytes and partition come back, a dry run sends nothing, and a second run finds them replayed."""
    here.say("a1", b'{"listing_id":"a1","revision":1}')
    here.say("a2", b"\x00not json")
    here.say("a3", None)
    before = here.read(here.topics.listings)
    here.refuse_all()
    found = list_on_kafka(here.config, here.topics)
    assert found.by_reason == {"bad_gtin": 3}
    assert sorted(letter.record.key or b"" for letter in found.letters) == [b"a1", b"a2", b"a3"]

    assert replay_on_kafka(here.config, here.topics, marker_ttl_s=WEEK_S, dry_run=True).replayed == 3
    assert here.read(here.topics.listings) == before
    assert replay_on_kafka(here.config, here.topics, marker_ttl_s=WEEK_S).replayed == 3
    sent = [record for record in here.read(here.topics.listings) if record.header(REPLAYED_FROM)]
    assert {(record.key, record.value, record.partition) for record in sent} == {
        (record.key, record.value, record.partition) for record in before
    }
    report = replay_on_kafka(here.config, here.topics, marker_ttl_s=WEEK_S)
    assert (report.replayed, report.refused) == (0, {Refusal.REPLAYED: 3})


def test_what_is_no_longer_the_last_word_is_refused(here: Installation) -> None:
    """A later record in the topic, and a deletion in the inner log, each keep a letter from being sent."""
    for key in ("later", "deleted", "fine"):
        here.say(key, b'{"revision":1}')
    here.refuse_all()
    here.say("later", b'{"revision":2}')
    here.write(InnerListing("deleted", None, 1).to_record(here.topics.embedded, 0))
    report = replay_on_kafka(here.config, here.topics, marker_ttl_s=WEEK_S)
    assert (report.replayed, report.refused) == (1, {Refusal.SUPERSEDED: 1, Refusal.DELETED: 1})


def test_a_record_as_large_as_the_topic_takes_becomes_a_letter_that_it_takes(here: Installation) -> None:
    """Bytes that do not compress, up to the very last that fits; of one byte more a prefix is kept."""
    noise = random.Random(1).randbytes(MAX_MESSAGE_BYTES)

    def letter(size: int) -> OutRecord:
        return make_dead_letter(
            Record(here.topics.listings, 0, 0, 1, b"k", noise[:size]),
            RecordFault("not_json", "x" * 5_000),
            topic=here.topics.dlq,
            stage="decode",
            version="test",
            max_bytes=MAX_MESSAGE_BYTES,
        )

    most = MAX_MESSAGE_BYTES - size_of(letter(0))
    letters = [letter(most), letter(most + 1)]
    assert [len(each.value or b"") for each in letters] == [most, 1_024]
    here.write(*letters)
    assert sorted(len(record.value or b"") for record in here.read(here.topics.dlq)) == [1_024, most]


def test_a_broker_that_is_away_is_told_in_time() -> None:
    """Neither writing nor listing waits for ever."""
    config = client_config("127.0.0.1:1", {}, "skutwin-tests")
    with pytest.raises(BrokerFault), PlainWriter(config, timeout_s=1.0) as writer:
        writer.write(OutRecord("t", b"k", b"v"))
    with pytest.raises(BrokerFault, match=r"127\.0\.0\.1:1"):
        list_on_kafka(config, TopicNames.of("", "e1"))
