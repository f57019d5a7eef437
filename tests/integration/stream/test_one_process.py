"""Both roles in one process, on a real Kafka and Milvus Lite: from a listing to what is said of it."""

from __future__ import annotations

import json

from consumer.contracts.dead_letter import DeadLetterHeaders
from consumer.contracts.events import Kind
from model.decision.decision import Source
from tests.integration.stream.conftest import Install
from tests.integration.stream.crowd import Crowd
from tests.integration.stream.promises import check_accounts, check_events, check_index
from tests.integration.stream.waiting import eventually


def test_the_life_of_a_pair_is_told(install: Install) -> None:
    """Twins match, a new price is said without an encoder, a new title or a deletion takes the match back."""
    world = install()
    process = world.start()
    process.wait_ready()
    kinds = []

    def told(kind: Kind) -> None:
        world.flush()
        kinds.append(kind)
        eventually(lambda: [event.kind for event in world.events("a", "b")] == kinds, f"{kinds} said")

    world.publish("a", "red shirt", price="10.00", currency="EUR")
    world.publish("b", "red shirt", price="12.00", currency="EUR")
    told(Kind.MATCHED)
    encoded = process.metric("skutwin_encoder_batches_total")
    world.publish("a", "red shirt", revision=2, price="9.00", currency="EUR")
    told(Kind.MATCHED)
    assert process.metric("skutwin_encoder_batches_total") == encoded > 0
    world.publish("a", "blue shirt", revision=3)
    told(Kind.RETRACTED)
    world.publish("a", "red shirt", revision=4)
    told(Kind.MATCHED)
    world.delete("b")
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


def test_poison_becomes_dead_letters_and_the_stream_goes_on(install: Install) -> None:
    """Each bad record is kept as it was, with its place and the field's name; those around it are decided."""
    world = install()
    poison = {
        "no json": (b"{", "invalid_json", ""),
        "no seller": (
            b'{"listing_id": "no seller", "revision": 1, "title": "x"}',
            "invalid_field",
            "seller_id",
        ),
        "float": (
            b'{"listing_id": "float", "seller_id": "s", "revision": 1, "title": "x", "price": "1e3"}',
            "invalid_field",
            "price",
        ),
        "other key": (
            json.dumps({"listing_id": "a", "seller_id": "s", "revision": 1, "title": "x"}).encode(),
            "key_mismatch",
            "listing_id",
        ),
    }
    process = world.start()
    process.wait_ready()
    world.publish("a", "red shirt")
    for key, (value, _, _) in poison.items():
        world.publish_bytes(key, value)
    world.publish("b", "red shirt")
    world.wait_until_quiet()

    letters = {(record.key or b"").decode(): record for record in world.read(world.topics.dlq)}
    assert letters.keys() == poison.keys()
    for key, (value, reason, field) in poison.items():
        assert letters[key].value == value
        headers = DeadLetterHeaders.from_headers(letters[key].headers)
        assert (headers.topic, headers.reason) == (world.topics.listings, reason)
        assert field in headers.message
        assert process.metric("skutwin_dead_letters_total", reason=reason) >= 1
    assert [event.kind for event in world.events("a", "b")] == [Kind.MATCHED]
    check_accounts(process)


def test_a_process_that_is_asked_to_leave_loses_and_doubles_nothing(install: Install) -> None:
    """SIGTERM in mid-stream ends it with 0 and nothing half done; the next one goes on where it left."""
    world = install(batch_size=8, match_batch_size=8)
    crowd = Crowd(world, seed=1)
    first = world.start()
    first.wait_ready()
    crowd.publish(200)
    eventually(lambda: first.metric("skutwin_passed_on_total", role="match") > 20, "some are decided")
    crowd.publish(100)
    assert first.term() == 0, first.tail()
    decided = world.match_offset()

    second = world.start()
    second.wait_ready()
    crowd.publish(50)
    world.wait_until_quiet()
    check_accounts(second)
    accepted = world.read(world.topics.embedded)
    assert second.metric("skutwin_records_in_total", role="match") == sum(
        record.offset >= decided for record in accepted
    )
    assert len(world.read(world.topics.dlq)) == crowd.bad > 0
    assert second.term() == 0, second.tail()
    check_events(world)
    check_index(world)
