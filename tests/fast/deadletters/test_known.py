"""What a replay asks of the index or of the inner log."""

from __future__ import annotations

import numpy as np

from consumer.contracts.inner import InnerListing, InnerVerdict
from consumer.deadletters.known import known_to_index, known_to_log
from consumer.deadletters.replay import DELETED
from consumer.index.memory import MemoryIndex
from consumer.kafka.memory import MemoryBroker, MemoryStateReader
from consumer.ports.index import IndexIdentity, Row
from model.embedded import EmbeddedListing, Embedding
from tests.fast.clocks import HandClock

INNER = "listings.embedded.v1"
VECTOR = np.array([1.0, 0.0], np.float32)


def listing(listing_id: str, revision: int) -> EmbeddedListing:
    return EmbeddedListing(
        listing_id=listing_id,
        seller_id="s",
        revision=revision,
        title="t",
        embedding=Embedding(vector=VECTOR, numbers=VECTOR),
    )


def row(listing_id: str, offset: int, revision: int | None) -> Row:
    held = None if revision is None else listing(listing_id, revision)
    return Row(listing_id, offset, offset, 1_000, held)


def test_the_index_answers_with_the_row_of_the_greatest_offset() -> None:
    """A superseded row, a marker over a row, a row over a marker, another shard's row, and nothing."""
    shards = []
    for shard in range(2):
        index = MemoryIndex(IndexIdentity("c", INNER, "t", shard, "v1", 2))
        index.open()
        shards.append(index)
    shards[0].write([row("new", 1, 1), row("new", 5, 2), row("gone", 2, 1), row("gone", 6, None)], 7)
    shards[0].write([row("back", 3, None), row("back", 7, 9), row("moved", 4, None)], 8)
    shards[1].write([row("moved", 3, 4)], 4)
    known = known_to_index(shards)({"new", "gone", "back", "moved", "nobody"})
    assert known == {"new": 2, "gone": DELETED, "back": 9, "moved": 4}


def test_the_inner_log_answers_with_its_last_records() -> None:
    """Retries and verdicts have keys of their own and say nothing of a listing's newest revision."""
    broker = MemoryBroker(HandClock())
    broker.create_topic(INNER, 2)
    pair = "0" * 32
    records = [
        InnerListing("new", listing("new", 1), 1).to_record(INNER, 0),
        InnerListing("new", listing("new", 2), 2).to_record(INNER, 0),
        InnerListing("new", listing("new", 1), 2, as_of=0).to_record(INNER, 0),
        InnerListing("gone", listing("gone", 5), 3).to_record(INNER, 0),
        InnerVerdict(pair, None).to_record(INNER, 0),
        *(InnerListing("gone", None, 4).to_record(INNER, shard) for shard in range(2)),
        InnerListing("moved", None, 5).to_record(INNER, 0),
        InnerListing("moved", listing("moved", 7), 5).to_record(INNER, 1),
    ]
    for record in records:
        broker.produce(INNER, record.key, record.value, record.headers, partition=record.partition)
    current = known_to_log(lambda topics: MemoryStateReader(broker, topics), INNER, HandClock())
    assert current({"new", "gone", "moved", "nobody", f"v:{pair}"}) == {"new": 2, "gone": DELETED, "moved": 7}
