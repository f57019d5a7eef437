"""Both roles in one process, on a real Kafka and Milvus Lite: from a listing to what is said of it."""

from __future__ import annotations

from consumer.contracts.events import Kind
from model.decision.decision import Source
from tests.integration.stream.conftest import Install
from tests.integration.stream.promises import check_accounts, check_events, check_index
from tests.integration.stream.waiting import eventually


def test_the_life_of_a_pair_is_told(install: Install) -> None:
    """Twins match, a new price is said, a new title takes the match back, and so does a deletion."""
    world = install()
    process = world.start()
    process.wait_ready()
    kinds = []

    def told(kind: Kind) -> None:
        kinds.append(kind)
        eventually(lambda: [e.kind for e in world.events("a", "b")] == kinds, f"{kinds} said")

    world.publish("a", "red shirt", price="10.00", currency="EUR")
    world.publish("b", "red shirt", price="12.00", currency="EUR")
    world.flush()
    told(Kind.MATCHED)
    encoded = process.metric("skutwin_encoder_batches_total")
    world.publish("a", "red shirt", revision=2, price="9.00", currency="EUR")
    world.flush()
    told(Kind.MATCHED)
    assert process.metric("skutwin_encoder_batches_total") == encoded
    world.publish("a", "blue shirt", revision=3)
    world.flush()
    told(Kind.RETRACTED)
    world.publish("a", "red shirt", revision=4)
    world.flush()
    told(Kind.MATCHED)
    world.delete("b")
    world.flush()
    told(Kind.RETRACTED)

    last = world.events("a", "b")[-1]
    assert (last.source, last.b.title) == (Source.DELETION, "red shirt")
    world.wait_until_quiet()
    check_accounts(process)
    assert process.term() == 0, process.tail()
    check_events(world)
    check_index(world)
    with world.index() as index:
        (marker,) = index.rows_of(["b"], strong=True)["b"]
    assert marker.listing is None
