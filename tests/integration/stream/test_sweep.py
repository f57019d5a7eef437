"""`skutwin sweep` beside a matcher with a new decider, on a real Kafka and Milvus Lite."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from consumer.contracts.events import Kind, MatchEvent
from consumer.contracts.inner import InnerAgain, read
from consumer.reindex.reading import silent
from consumer.sweep.job import Order, Swept, sweep
from consumer.sweep.standing import Tally
from model.artifact import load_artifact
from model.decision.decider import Decider
from model.decision.terms import Curve
from tests.integration.stream.artifact import write_tiny_artifact
from tests.integration.stream.conftest import Install
from tests.integration.stream.installation import Installation
from tests.integration.stream.promises import check_accounts, check_events, check_index
from tests.integration.stream.waiting import eventually
from tests.tiny_artifact import tiny_decider

TITLES = ("red shirt", "red coat", "blue shirt", "blue coat")
PRICES = ("10.00", "20.00", "40.00")


def by_price_alone() -> Decider:
    """Equal prices match, whatever the titles say: the other way round than the tests' own decider."""
    decider = tiny_decider()
    curves = dict.fromkeys(decider.terms.curves, Curve((0.0, 1.0), (0.0,), 0.0))
    price = Curve((0.0, 0.1), (-16.0,), -16.0)
    return replace(decider, terms=replace(decider.terms, bias=8.0, curves=curves | {"price_gap": price}))


def publish(world: Installation, numbers: range, *, revision: int = 1) -> None:
    for number in numbers:
        title, price = TITLES[(number + revision) % len(TITLES)], PRICES[number % len(PRICES)]
        world.publish(f"l{number}", title, revision=revision, price=price, currency="EUR")


def asked(world: Installation) -> Counter[str]:
    """How often a sweep has asked for each listing."""
    said = [read(record) for record in world.read(world.topics.embedded)]
    return Counter(item.listing_id for item in said if isinstance(item, InnerAgain))


def said_again(events: list[MatchEvent]) -> list[MatchEvent]:
    """Events that say of a pair what the event before says, of the same two rows."""
    before: dict[str, MatchEvent] = {}
    found = []
    for event in events:
        last = before.get(event.pair_id)
        if last is not None and (last.kind, last.origins) == (event.kind, event.origins):
            found.append(event)
        before[event.pair_id] = event
    return found


def test_after_a_sweep_all_is_as_the_new_decider_says(install: Install, tmp_path: Path) -> None:
    """Killed on the way and asked for again, among changes and deletions; then there is nothing to sweep."""
    world = install(match_floor=-1, match_k=64)
    old = world.start()
    publish(world, range(24))
    world.wait_until_quiet()
    assert old.term() == 0, old.tail()
    check_events(world)

    folder = write_tiny_artifact(tmp_path / "new", decider=by_price_alone()).folder
    world.artifact = load_artifact(folder)
    matcher = world.start(artifact=str(folder))
    killed = world.start_plain("sweep", "--rate", "4", instance="first", artifact=str(folder))
    matcher.wait_ready("decides shards [0]")
    eventually(lambda: len(asked(world)) >= 2, "some listings are asked for")
    killed.kill()
    done = len(asked(world))
    world.delete("l0")
    publish(world, range(4, 8), revision=2)
    world.flush()
    eventually(world.all_embedded, "the changes are in the inner log")

    again = world.start_plain("sweep", "--rate", "500", instance="second", artifact=str(folder))
    assert again.wait() == 0, again.tail()
    assert " listings handed to the matcher" in again.tail()
    world.wait_until_quiet()
    assert done < 20, "it was killed before its end"
    times, changed = asked(world), {f"l{number}" for number in range(4, 8)}
    assert {f"l{number}" for number in range(1, 24)} <= set(times)
    assert all(count == 1 or name in changed for name, count in times.items())
    assert said_again(world.events()) == []
    check_events(world)
    check_accounts(matcher)
    kinds = Counter(event.kind for event in world.events())
    assert kinds[Kind.RETRACTED] > 0

    settings = world.settings.model_copy(update={"artifact": folder})
    (idle,) = sweep(Order(rate=1), settings, lambda *_: silent)
    assert idle == Swept(0, Tally(due=0, done=23), 0, whole=True)
    assert matcher.term() == 0, matcher.tail()
    check_index(world)
