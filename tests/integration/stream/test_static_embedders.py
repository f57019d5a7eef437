"""Embedders that keep their partitions while they restart, as the chart has them."""

from __future__ import annotations

from tests.integration.stream.conftest import Install
from tests.integration.stream.crowd import Crowd
from tests.integration.stream.process import SkutwinProcess
from tests.integration.stream.promises import check_events, check_index
from tests.integration.stream.waiting import eventually


def test_embedders_that_are_stopped_or_killed_and_come_back_lose_and_double_nothing(install: Install) -> None:
    """Under its old name each finds its own partitions again; those of the other one stay where they are."""
    world = install(static_member_s=60)
    crowd = Crowd(world, seed=11)
    matcher = world.start("run", "--role", "match", instance="match")
    one, two = (world.start("run", "--role", "embed", instance=f"embed-{n}") for n in (0, 1))
    for process in (matcher, one, two):
        process.wait_ready()
    eventually(lambda: _partitions(one) == _partitions(two) == 2, "two partitions each")
    moved = two.log.read_text().count("partitions_assigned")

    with crowd.flowing(per_second=20):
        eventually(lambda: one.metric("skutwin_passed_on_total") > 5, "the first embeds")
        assert one.term() == 0, one.tail()
        again = world.start("run", "--role", "embed", instance="embed-0")
        eventually(lambda: _partitions(again) == 2, "it has its partitions again")
        again.kill()
        last = world.start("run", "--role", "embed", instance="embed-0")
        eventually(lambda: _partitions(last) == 2, "and again after a death")
    world.wait_until_quiet()

    assert two.log.read_text().count("partitions_assigned") == moved
    for process in (last, two, matcher):
        assert process.term() == 0, process.tail()
    check_events(world)
    check_index(world)


def _partitions(process: SkutwinProcess) -> int:
    """How many partitions of `listings` it was given, by its log."""
    lines = [line for line in process.log.read_text().splitlines() if "partitions_assigned" in line]
    return max((line.count("listings[") for line in lines), default=0)
