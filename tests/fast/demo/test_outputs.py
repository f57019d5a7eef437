"""The demonstration's reading of its output topics, from a broker in memory."""

from __future__ import annotations

from functools import partial

from consumer.contracts.events import Kind
from consumer.contracts.topics import TopicNames
from consumer.demo.outputs import Outputs
from consumer.kafka.memory import MemoryBroker, MemoryStateReader
from tests.fast.clocks import HandClock
from tests.fast.deadletters.letters import bad_record, letter_of
from tests.fast.test_scoring import event, task


def test_the_last_word_of_each_topic_is_read() -> None:
    """All events are kept, the last of a pair decides, a withdrawn task is none, letters count by reason."""
    topics, clock = TopicNames.of("", "v1"), HandClock()
    broker = MemoryBroker(clock)
    for topic in (topics.matches, topics.reviews, topics.dlq):
        broker.create_topic(topic, 1)
    for said in (event("a", "b"), event("c", "d"), event("a", "b", Kind.RETRACTED, 2)):
        broker.produce(topics.matches, said.pair_id.encode(), said.to_bytes())
    for asked in (task("a", "c"), task("b", "d")):
        broker.produce(topics.reviews, asked.pair_id.encode(), asked.to_bytes())
    broker.produce(topics.reviews, task("a", "c").pair_id.encode(), None)
    letter = letter_of(bad_record())
    broker.produce(topics.dlq, letter.key, letter.value, letter.headers)

    outputs = Outputs.read(partial(MemoryStateReader, broker), topics, clock)

    assert len(outputs.events) == 3
    assert outputs.matched == {("c", "d")}
    assert outputs.in_review == 1
    assert outputs.dead_letters == {"invalid_field": 1}
