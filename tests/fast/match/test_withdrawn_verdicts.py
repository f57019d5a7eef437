"""Answers taken back while a side of their pair is not on sale."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consumer.contracts.events import Answer, Kind
from consumer.contracts.inner import InnerVerdict
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import Verdict
from consumer.match.role import MatchRole
from tests.fast.match.world import TOPICS, World, embedded

PAIR = Pair("a", "b")


def says(world: World, answer: Answer | None, role: MatchRole) -> None:
    """A person's answer about the two red listings, or its withdrawal, decided."""
    verdict = None
    if answer is not None:
        verdict = Verdict(
            pair_id=PAIR.pair_id,
            a="a",
            b="b",
            seen_a=embedded("a", "red").fingerprint(),
            seen_b=embedded("b", "red").fingerprint(),
            answer=answer,
            reviewer="anna",
            decided_at=datetime.fromtimestamp(0, UTC),
        )
    out = InnerVerdict(PAIR.pair_id, verdict).to_record(TOPICS.embedded, 0)
    world.broker.produce(out.topic, out.key, out.value, out.headers, partition=0)
    world.run(role)


@pytest.mark.parametrize("takes_over", [False, True])
def test_an_answer_taken_back_while_a_side_is_gone_does_not_hold_again(*, takes_over: bool) -> None:
    """The listing comes back as it was, and the model's word counts; also after a takeover."""
    world = World()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    role = world.run()
    says(world, Answer.DIFFERENT, role)
    assert world.matched() == set()
    world.delete("b")
    world.run(role)
    says(world, None, role)
    if takes_over:
        role.close()
        role = world.process()
    world.put(embedded("b", "red", revision=2))
    world.run(role)
    assert world.matched() == {("a", "b")}
    events = [(event.kind, event.number, event.verdict is None) for event in world.events()]
    assert events == [
        (Kind.MATCHED, 1, True),
        (Kind.RETRACTED, 2, False),
        (Kind.RETRACTED, 3, True),
        (Kind.MATCHED, 4, True),
    ]
