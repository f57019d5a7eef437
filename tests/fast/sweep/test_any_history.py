"""Any history with sweeps in it ends as the decider at work says of the final rows."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.match.options import MatchOptions
from consumer.reindex.reading import silent
from consumer.sweep.standing import Place, standings
from tests.fast.match.world import World, embedded
from tests.fast.sweep.world import NewDecider, exchange, log, sweep

NAMES, COLOURS = ("a", "b", "c", "d"), ("red", "blue", "green")
Step = tuple[str, str, str]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("put", "put", "put", "delete", "turn", "sweep", "late sweep")),
        st.sampled_from(NAMES),
        st.sampled_from(COLOURS),
    ),
    max_size=14,
)


def play(world: World, steps: list[Step], colours: dict[str, str], version: str) -> None:
    """What sellers, a matcher and operators do; `colours` is what is on sale."""
    role = world.process()

    def seller(kind: str, name: str, colour: str) -> None:
        if kind == "delete":
            world.delete(name)
            colours.pop(name, None)
        else:
            world.put(embedded(name, colour))
            colours[name] = colour

    for kind, name, colour in steps:
        if kind in {"put", "delete"}:
            seller(kind, name, colour)
        elif kind == "turn":
            role.turn()
        elif kind == "sweep":
            sweep(world, version)
        else:
            sweep(world, version, again=True, meanwhile=lambda n=name, c=colour: seller("put", n, c))  # type: ignore[misc]  # its own name and colour
    world.run(role, turns=100).close()


@pytest.mark.thorough
@settings(max_examples=40)
@given(before=STEPS, after=STEPS)
def test_any_history_ends_as_the_decider_at_work_says(before: list[Step], after: list[Step]) -> None:
    """Whatever is published, deleted, decided and swept before and after the exchange, in whatever order."""
    world = World(options=MatchOptions(batch_size=3, settle_s=30, floor=-1))
    colours: dict[str, str] = {}
    play(world, before, colours, "old")
    exchange(world)
    play(world, [*after, ("sweep", "", "")], colours, "new")
    pairs = combinations(sorted(colours), 2)
    assert world.matched() == {pair for pair in pairs if NewDecider.same(*(colours[name] for name in pair))}
    ids = [event.event_id() for event in world.events()]
    assert len(ids) == len(set(ids))
    live = {
        name
        for name, one in standings(log(world), silent).items()
        if one.place("new", again=True) is Place.DUE
    }
    assert live == set(colours)
