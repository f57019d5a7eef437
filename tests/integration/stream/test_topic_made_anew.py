"""The inner log deleted and created again under processes that are at work on it."""

from __future__ import annotations

import re

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from consumer.contracts.events import Kind
from tests.integration.stream.conftest import Install
from tests.integration.stream.installation import Installation
from tests.integration.stream.promises import check_index
from tests.integration.stream.waiting import eventually


def made_anew(world: Installation) -> None:
    """Delete the inner log and create it, as quickly as the broker lets it be done."""
    admin = AdminClient(world._client)
    admin.delete_topics([world.topics.embedded])[world.topics.embedded].result(30)

    def created() -> bool:
        try:
            world.create_topics()
        except KafkaException as err:
            if err.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
            return False  # the old one is still being deleted
        return True

    eventually(created, "the inner log is created again")


def test_a_running_matcher_notices_that_its_log_is_another_one(install: Install) -> None:
    """It refuses and names the way back, which loses no listing and leaves the pairs as before."""
    world = install()
    first = world.start()
    world.publish("a", "red shirt")
    world.publish("b", "red shirt")
    world.publish("c", "blue shirt")
    world.wait_until_quiet()
    made_anew(world)
    world.publish("d", "blue shirt")
    world.flush()
    assert first.wait() == 2, first.tail()
    assert re.search("was deleted and made anew|`skutwin topics create`", first.tail())  # gone, or back

    refused = world.start()
    assert refused.wait() == 2, refused.tail()
    assert "rebuild the index with `skutwin reindex`" in refused.tail()

    world.forget(world.names.embed_group)
    rebuilt = world.start("reindex")
    assert rebuilt.wait() == 0, rebuilt.tail()
    world._readers.clear()
    second = world.start()
    second.wait_ready("decides shards [0]")
    world.wait_until_quiet()
    assert second.term() == 0, second.tail()
    last = {event.pair: event for event in world.events()}
    assert {tuple(pair) for pair, event in last.items() if event.kind is Kind.MATCHED} == {
        ("a", "b"),
        ("c", "d"),
    }
    check_index(world)
