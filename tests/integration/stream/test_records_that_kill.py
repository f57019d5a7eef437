"""Records that kill whoever works on them, in real processes on a real Kafka."""

from __future__ import annotations

import pytest

from consumer.contracts.dead_letter import DeadLetterHeaders
from consumer.ports.records import TopicPartition
from tests.integration.stream.conftest import Install
from tests.integration.stream.installation import Installation
from tests.integration.stream.launch import KILLERS
from tests.integration.stream.process import SkutwinProcess
from tests.integration.stream.promises import check_accounts, check_events
from tests.integration.stream.waiting import eventually

LIMIT = 2


def died(world: Installation, process: SkutwinProcess) -> bool:
    """Whether the process is killed, and not its record set aside."""
    eventually(lambda: world.read(world.topics.dlq) or process.poll() is not None, "a death or a dead letter")
    assert process.poll() in {None, -9}, process.tail()
    return process.poll() is not None


@pytest.mark.parametrize("role", ["embed", "match"])
def test_a_record_that_kills_becomes_a_dead_letter(install: Install, role: str) -> None:
    """Started again after each death, the process sets the killer aside and deals with all others, once."""
    world = install(deaths_limit=LIMIT)
    for number in range(12):
        world.publish(f"l{number}", "red shirt" if number < 3 else f"shirt {number}")
    world.publish("killer", KILLERS[role])
    for number in range(12, 24):
        world.publish(f"l{number}", f"shirt {number}")
    world.flush()

    deaths = 0
    process = world.start()
    while died(world, process):
        deaths += 1
        assert deaths <= 1 + 2 * LIMIT, "it is found in time"
        process = world.start()
    world.wait_until_quiet()
    (letter,) = world.read(world.topics.dlq)
    said = DeadLetterHeaders.from_headers(letter.headers)
    assert (said.reason, said.stage) == ("kills_process", role)
    assert deaths >= 2 * LIMIT
    check_accounts(process)
    assert len(world.events("l0", "l1", "l2")) == 3
    assert process.term() == 0, process.tail()
    check_events(world)


def test_processes_that_are_stopped_again_and_again_blame_no_record(install: Install) -> None:
    """SIGTERM in the midst of a backlog leaves nothing claimed in the ledger."""
    world = install(deaths_limit=1)
    for _ in range(3):
        for number in range(40):
            world.publish(f"l{number}", "red shirt")
        world.flush()
        process = world.start()
        process.wait_ready("decides shards [0]")
        assert process.term() == 0, process.tail()
        for group, topic in (
            (world.names.embed_group, world.topics.listings),
            (world.names.match_group, world.topics.embedded),
        ):
            for claims in world.ledger(group).read([TopicPartition(topic, 0)]).values():
                passed = claims.offset < world.committed(group, TopicPartition(topic, 0))
                assert passed or claims.together == claims.alone == ()
    assert world.read(world.topics.dlq) == []
