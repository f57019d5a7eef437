"""Hostile records through real processes on a real Kafka and Milvus Lite."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from confluent_kafka import Producer

from consumer.contracts.dead_letter import DeadLetterHeaders
from consumer.kafka.config import MAX_MESSAGE_BYTES
from tests.hostile_records import Hostile, hostile_records
from tests.integration.stream.conftest import Install
from tests.integration.stream.promises import check_accounts, check_events, check_index
from tests.tiny_artifact import tiny_projection, write_tiny_artifact


def sendable(record: Hostile) -> bool:
    """What a broker takes into a compacted topic at all; the rest is tried in memory alone."""
    if record.key is None:
        return False
    headers = sum(len(name) + len(value) + 10 for name, value in record.headers)
    return len(record.key) + len(record.value or b"") + headers < MAX_MESSAGE_BYTES - 1_000


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """As a trained one, it has a vector for a listing of which nothing could be encoded."""
    plain = tiny_projection()
    bias = np.full_like(plain.bias, 1e-3)
    return write_tiny_artifact(tmp_path / "biased", projection=replace(plain, bias=bias)).folder


def test_hostile_records_stop_nobody_and_none_is_lost(install: Install, artifact: Path) -> None:
    """Each has its row or its dead letter, which names field or limit; honest twins among them match."""
    world = install(
        breaker_share=1.0,
        picture_budget_s=1,
        artifact=artifact,
        retry_first_delay_s=300,  # a name that nobody knows is asked for again, and this ends before
        retry_max_delay_s=300,
    )
    sent: dict[tuple[int, int], Hostile] = {}
    failed: list[str] = []

    def producer_of(record: Hostile) -> object:
        def delivered(error: object, message: object) -> None:
            if error is not None:
                failed.append(f"{record.name}: {error}")
                return
            sent[message.partition(), message.offset()] = record  # type: ignore[attr-defined]  # librdkafka's

        return delivered

    producer = Producer({"bootstrap.servers": world.settings.kafka_bootstrap, "message.max.bytes": 1_048_576})
    process = world.start()
    world.publish("twin one", "red shirt")
    for record in filter(sendable, hostile_records()):
        producer.produce(
            world.topics.listings,
            key=record.key,
            value=record.value,
            headers=list(record.headers),
            on_delivery=producer_of(record),
        )
        producer.poll(0)
    assert producer.flush(60) == 0
    assert not failed
    world.publish("twin two", "red shirt")
    assert len(sent) >= 350
    world.wait_until_quiet()
    check_accounts(process)
    assert process.term() == 0, process.tail()

    letters = {}
    for letter in world.read(world.topics.dlq):
        said = DeadLetterHeaders.from_headers(letter.headers)
        letters[said.partition, said.offset] = said
    assert len(letters) == len(world.read(world.topics.dlq))
    assert letters.keys() == {where for where, record in sent.items() if record.refused is not None}
    for where, said in letters.items():
        reason, named = sent[where].refused or ("", "")
        assert (said.reason, named in said.message) == (reason, True), (sent[where].name, said)
    accepted = {(record.key or b"").decode() for record in sent.values() if record.refused is None}
    assert world.final_rows().keys() == accepted | {"twin one", "twin two"}
    assert world.events("twin one", "twin two")
    check_events(world)
    check_index(world)
    lines = process.log.read_text(encoding="utf-8").splitlines()
    assert all(line.isprintable() for line in lines)
    assert all(isinstance(json.loads(line), dict) for line in lines)
