"""A process killed in the midst of a commit, and the one that comes after it."""

from __future__ import annotations

import pytest

from consumer.contracts.events import Kind
from tests.integration.stream.conftest import Install
from tests.integration.stream.promises import check_accounts, check_events, check_index
from tests.integration.stream.waiting import eventually


@pytest.mark.parametrize("moment", ["before_transaction", "in_transaction", "after_commit"])
def test_a_matcher_killed_in_a_commit_leaves_nothing_lost_or_doubled(install: Install, moment: str) -> None:
    """Between the index's write and the commit, and between the commit and the clean-up."""
    world = install()
    first = world.start()
    first.wait_ready()
    for name in ("a", "b", "c"):
        world.publish(name, "red shirt")
    world.wait_until_quiet()
    assert len(world.events()) == 3

    world.strike(moment)
    world.publish("a", "red shirt", revision=2, price="9.00", currency="EUR")
    world.publish("b", "blue shirt", revision=2)
    world.publish("d", "blue shirt")
    world.flush()
    assert first.wait() == -9, first.tail()
    with world.index() as index:
        versions = index.rows_of(["a", "b"], strong=True)
        assert max(map(len, versions.values())) == 2, "the struck batch has written, and cleaned nothing up"
    world.spare()

    second = world.start()
    second.wait_ready("decides shards [0]")
    world.publish("a", "blue shirt", revision=3)
    world.publish("b", "blue shirt", revision=3)
    world.wait_until_quiet()
    check_accounts(second)
    eventually(lambda: {e.kind for e in world.events("a", "b")[-1:]} == {Kind.MATCHED}, "the last word")
    assert second.term() == 0, second.tail()
    check_events(world)
    check_index(world)
