"""Embedders that keep their partitions while they restart, as the chart has them."""

from __future__ import annotations

import json

from tests.integration.stream.conftest import Install
from tests.integration.stream.crowd import Crowd
from tests.integration.stream.installation import PARTITIONS
from tests.integration.stream.process import SkutwinProcess
from tests.integration.stream.promises import check_events, check_index
from tests.integration.stream.waiting import eventually

_ALL = 3 * PARTITIONS  # of listings, retries and verdicts


def test_embedders_that_are_stopped_or_killed_and_come_back_lose_and_double_nothing(install: Install) -> None:
    """Under its old name each finds its own partitions again; those of the other one stay where they are."""
    world = install(static_member_s=60)
    crowd = Crowd(world, seed=11)
    matcher = world.start("run", "--role", "match", instance="match")
    both = {name: world.start("run", "--role", "embed", instance=name) for name in ("embed-0", "embed-1")}
    for process in (matcher, *both.values()):
        process.wait_ready()
    eventually(
        lambda: all(len(_held(process)) == _ALL / 2 for process in both.values()), "half of all for each"
    )
    # Whoever was first may keep all of `listings`, and the other one retries and verdicts.
    name, other_name = sorted(both, key=lambda name: -_listings(both[name]))
    one, other = both[name], both[other_name]
    own, moved = _held(one), _changes(other)

    with crowd.flowing(per_second=20):
        eventually(lambda: one.metric("skutwin_passed_on_total") > 5, "the first embeds")
        assert one.term() == 0, one.tail()
        again = world.start("run", "--role", "embed", instance=name)
        eventually(lambda: _held(again) == own, "it has its partitions again")
        again.kill()
        last = world.start("run", "--role", "embed", instance=name)
        eventually(lambda: _held(last) == own, "and again after a death")
    world.wait_until_quiet()

    assert _changes(other) == moved
    for process in (last, other, matcher):
        assert process.term() == 0, process.tail()
    check_events(world)
    check_index(world)


def _changes(process: SkutwinProcess) -> list[tuple[str, list[str]]]:
    """What it was given and what was taken from it, in order, by its log."""
    lines = [line for line in process.log.read_text().splitlines() if '"partitions_' in line]
    return [(said["event"], said["partitions"]) for said in map(json.loads, lines)]


def _held(process: SkutwinProcess) -> set[str]:
    """The partitions that it has now."""
    held: set[str] = set()
    for event, partitions in _changes(process):
        held = held | set(partitions) if event == "partitions_assigned" else held - set(partitions)
    return held


def _listings(process: SkutwinProcess) -> int:
    return sum(".listings[" in partition for partition in _held(process))
