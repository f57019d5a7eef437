"""`skutwin backfill` on a real Kafka and Milvus Lite: from a file and from a topic, killed on its way."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from confluent_kafka import Producer

from consumer.backfill.ends import after_last_records
from consumer.contracts.events import Kind
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.topics import TopicSpec
from tests.integration.stream.conftest import Install, install, tiny_artifact
from tests.integration.stream.installation import Installation
from tests.integration.stream.waiting import eventually

__all__ = ["install", "tiny_artifact"]

PRODUCTS = 250
LISTINGS = 2 * PRODUCTS  # two sellers each


def catalogue() -> list[dict[str, object]]:
    """Each product twice, with one title; the first half of the file holds one seller's."""
    return [
        {
            "listing_id": f"{seller}-{number}",
            "seller_id": seller,
            "revision": 1,
            "title": f"product number {number}",
            "price": "9.90",
            "currency": "EUR",
        }
        for seller in ("north", "south")
        for number in range(PRODUCTS)
    ]


def write(path: Path) -> Path:
    lines = [json.dumps(listing) for listing in catalogue()]
    lines.insert(PRODUCTS, '{"listing_id": "bad"}')
    path.write_text("\n".join(lines))
    return path


def holds_the_catalogue(world: Installation) -> None:
    """Each listing was published once, embedded once, and each product said to be one once."""
    for topic in (world.topics.listings, world.topics.embedded):
        counted = Counter(record.key for record in world.read(topic))
        assert set(counted.values()) == {1}, topic
        assert len(counted) == LISTINGS
    events = [event for event in world.events() if event.a.listing_id[6:] == event.b.listing_id[6:]]
    assert len(events) == PRODUCTS
    assert {(event.kind, event.number) for event in events} == {(Kind.MATCHED, 1)}
    assert len({event.event_id() for event in world.events()}) == len(world.events())


@pytest.fixture
def world(install: Install) -> Installation:
    return install()


def test_a_file_is_taken_in_once_however_often_it_is_killed(world: Installation, tmp_path: Path) -> None:
    """Killed while it embeds and while it matches; asked for again it goes on, and then has nothing to do."""
    file = str(write(tmp_path / "catalogue.jsonl"))
    for topic in (world.topics.listings, world.topics.embedded):
        process = world.start("backfill", file)
        eventually(lambda: world.read(topic) or process.poll() is not None, f"something is in {topic}")  # noqa: B023 (called at once)
        process.kill()
    process = world.start("backfill", file)
    assert process.wait(120) == 0, process.tail()
    holds_the_catalogue(world)
    again = world.start("backfill", file)
    assert again.wait(120) == 0, again.tail()
    assert "0 listings published now" in again.tail()
    holds_the_catalogue(world)


def test_a_topic_is_copied_once_and_taken_in(world: Installation) -> None:
    """SIGTERM lets a batch finish; what was copied is not copied again."""
    source = f"{world.settings.topic_prefix}catalogue"
    spec = TopicSpec(source, 2, exactly=False, cleanup="compact", keep_ms=10**9)
    ClusterAdmin(world._client).create_topics([spec])
    producer = Producer(world._client)
    for listing in catalogue():
        producer.produce(source, key=str(listing["listing_id"]), value=json.dumps(listing))
    assert producer.flush(30) == 0
    first = world.start("backfill", source)
    eventually(lambda: world.read(world.topics.listings) or first.poll() is not None, "it copies")
    assert first.term() in {0, 130}, first.tail()
    second = world.start("backfill", source)
    assert second.wait(120) == 0, second.tail()
    holds_the_catalogue(world)


def test_the_ends_of_a_topic_are_those_of_its_records(world: Installation) -> None:
    """Markers of transactions behind the last record are not counted, however many there are."""
    topic = world.topics.listings
    assert set(after_last_records(world._client, topic).values()) == {0}
    producer = Producer({**world._client, "transactional.id": f"{topic}-ends"})
    producer.init_transactions(30)
    for number in range(12):
        producer.begin_transaction()
        producer.produce(topic, key=b"k", value=b"v", partition=1)
        producer.flush(10)
        producer.commit_transaction(30) if number == 0 else producer.abort_transaction(30)
    found = after_last_records(world._client, topic)
    assert {where.partition: end for where, end in found.items()} == {0: 0, 1: 1, 2: 0, 3: 0}
