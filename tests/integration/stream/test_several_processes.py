"""Several processes of one installation, on a real Kafka and a real Milvus server."""

from __future__ import annotations

import re

from tests.integration.stream.conftest import Install
from tests.integration.stream.crowd import Crowd
from tests.integration.stream.promises import check_accounts, check_events, check_index
from tests.integration.stream.waiting import eventually


def test_rebalances_and_a_takeover_in_mid_stream_lose_and_double_nothing(
    install: Install, milvus_uri: str
) -> None:
    """A second embedder joins, the deciding matcher is killed and the one standing by takes over."""
    world = install(milvus_uri=milvus_uri)
    crowd = Crowd(world, seed=2)
    embedders = [world.start("run", "--role", "embed", instance="embed-1")]
    active = world.start("run", "--role", "match", instance="match-1")
    active.wait_ready("decides shards [0]")
    standing_by = world.start("run", "--role", "match", instance="match-2")
    standing_by.wait_ready("standing by")
    embedders[0].wait_ready()

    with crowd.flowing(per_second=30):
        eventually(lambda: active.metric("skutwin_passed_on_total", role="match") > 10, "some decided")
        embedders.append(world.start("run", "--role", "embed", instance="embed-2"))
        embedders[1].wait_ready()
        eventually(
            lambda: all(each.metric("skutwin_passed_on_total") > 10 for each in embedders), "both embed"
        )
        before = world.match_offset()
        active.kill()
        standing_by.wait_ready("decides shards [0]")
        eventually(lambda: world.match_offset() > before + 10, "the other one decides")
    world.wait_until_quiet()

    for process in (*embedders, standing_by):
        check_accounts(process)
    records_in = [process.metric("skutwin_records_in_total", role="embed") for process in embedders]
    assert sum(records_in) == world.published
    assert len(world.read(world.topics.dlq)) == crowd.bad
    for process in (*embedders, standing_by):
        assert process.term() == 0, process.tail()
    check_events(world)
    check_index(world)


def test_a_second_process_of_one_instance_fences_the_first(install: Install, milvus_uri: str) -> None:
    """The first ends with a code of its own and says what to set; the second goes on."""
    world = install(milvus_uri=milvus_uri)
    first = world.start("run", "--role", "embed", instance="twin")
    first.wait_ready()
    world.publish("a", "red shirt")
    eventually(lambda: first.metric("skutwin_passed_on_total") == 1, "the first embeds")
    second = world.start("run", "--role", "embed", instance="twin")
    second.wait_ready()
    crowd = Crowd(world, seed=3)
    crowd.publish(40)
    assert first.wait() == 5, first.tail()
    assert re.search(r"skutwin: .*another process.*SKUTWIN_INSTANCE", first.tail(), re.DOTALL | re.IGNORECASE)
    eventually(world.all_embedded, "the second embeds all")
    assert second.term() == 0, second.tail()
