"""Replaying to a real Kafka, and scoring what a real Kafka holds."""

from __future__ import annotations

import json
import socket
import uuid
from pathlib import Path

import pytest
from confluent_kafka import Producer

from consumer.contracts.events import Kind, MatchEvent, Side
from consumer.contracts.pairs import Pair
from consumer.contracts.topics import TopicNames
from consumer.errors import BrokerFault, Misconfigured
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import client_config
from consumer.kafka.state_reader import KafkaStateReader
from consumer.kafka.topics import topic_specs
from consumer.replay.publisher import KafkaPublisher
from consumer.replay.replay import Replay, replay
from consumer.scoring.score import score
from model.decision.decision import Source
from model.listing import Listing


def row(number: int) -> dict[str, object]:
    return {
        "listing_id": f"row-{number}",
        "product_id": f"product-{number // 2}",
        "seller_id": f"seller-{number % 2}",
        "title": f"Shirt {number}",
    }


def event(a: str, b: str, kind: Kind, number: int) -> MatchEvent:
    pair = Pair.of(a, b)
    one, other = (Side(listing_id=each, seller_id="s", revision=1, origin=0) for each in pair)
    return MatchEvent(
        pair_id=pair.pair_id,
        number=number,
        kind=kind,
        a=one,
        b=other,
        source=Source.MODEL,
        probability=0.99,
        artifact_version="v",
        shard=0,
    )


@pytest.fixture
def names(kafka_bootstrap: str) -> TopicNames:
    made = TopicNames.of(f"{uuid.uuid4().hex[:8]}.", "e1")
    ClusterAdmin(client_config(kafka_bootstrap, {}, "t")).create_topics(topic_specs(made, partitions=2))
    return made


def test_what_was_replayed_is_read_and_scored(
    kafka_bootstrap: str, names: TopicNames, tmp_path: Path
) -> None:
    """Rows arrive under opaque ids; of events only committed ones count, the newest of each pair."""
    config = client_config(kafka_bootstrap, {}, "t")
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row(n)) + "\n" for n in range(6)) + "nonsense\n")
    truth = tmp_path / "truth.jsonl"
    job = Replay(tmp_path / "rows.jsonl", None, truth, tmp_path / "work", rate=100)
    report = replay(job, KafkaPublisher(config, names.listings))
    assert (report.sent, len(report.bad)) == (6, 1)

    reader = KafkaStateReader(config, [names.listings])
    ends, read = reader.ends(), []
    while not reader.reached(ends):
        read += reader.poll(100, 1.0)
    reader.close()
    listings = {
        Listing.model_validate_json(record.value or b"").title or "": (record.key or b"").decode()
        for record in read
    }
    ids = [listings[f"Shirt {n}"] for n in range(6)]
    assert not any("row" in each for each in ids)

    producer = Producer(config | {"transactional.id": names.matches})
    producer.init_transactions(10)
    said = [
        (event(ids[0], ids[1], Kind.MATCHED, 1), True),
        (event(ids[2], ids[3], Kind.MATCHED, 1), True),
        (event(ids[2], ids[3], Kind.RETRACTED, 2), True),
        (event(ids[4], ids[5], Kind.MATCHED, 1), False),
    ]
    for each, commits in said:
        producer.begin_transaction()
        producer.produce(names.matches, key=each.pair_id, value=each.to_bytes())
        producer.flush(10)
        if commits:
            producer.commit_transaction(10)
        else:
            producer.abort_transaction(10)
    result = score(truth, KafkaStateReader(config, [names.matches, names.reviews]), names)
    assert (result.precision, result.recall) == (1.0, 0.333333)
    assert (result.true_pairs_retracted, result.true_pairs_never_said) == (1, 1)


def test_a_missing_topic_is_named_with_the_mending_command(kafka_bootstrap: str) -> None:
    """Nothing is sent into a topic that is not there."""
    config = client_config(kafka_bootstrap, {}, "t")
    with pytest.raises(Misconfigured, match="skutwin topics create"):
        KafkaPublisher(config, f"missing-{uuid.uuid4().hex}")


def test_a_broker_that_is_not_there_is_said_within_seconds(capfd: pytest.CaptureFixture[str]) -> None:
    """The message names the address and the setting, and no line of each attempt stands before it."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(BrokerFault, match=f"{address}.*SKUTWIN_KAFKA_BOOTSTRAP"):
            KafkaPublisher(client_config(address, {}, "t"), "listings")
    assert capfd.readouterr().err == ""
