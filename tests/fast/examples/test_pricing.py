"""The example's table: the lowest rival price is what the last events say, each counted once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.contracts.events import Kind, MatchEvent
from consumer.contracts.pairs import Pair
from examples.pricing.table import Message, PriceTable
from tests.fast.pairs.world import event

DAY_S = 86_400.0
NOW_S = 1_700_000_000.0


@pytest.fixture
def table(tmp_path: Path) -> Iterator[PriceTable]:
    held = PriceTable(tmp_path / "prices.sqlite3")
    held.begin("c/t", NOW_S, 7 * DAY_S)
    yield held
    held.close()


def message(said: MatchEvent, offset: int = 0, **more: Any) -> Message:
    """As it stands in the topic; `more` outweighs fields of the event."""
    value = {**json.loads(said.to_bytes()), **more}
    return Message(0, offset, said.pair_id, json.dumps(value).encode())


def priced(own: str, rival: str, own_price: str, rival_price: str | None, **more: Any) -> Message:
    said = json.loads(event(own, rival).to_bytes())
    for side in (said["a"], said["b"]):
        price = own_price if side["listing_id"] == own else rival_price
        side["price"] = price
        side.update(more.get(side["listing_id"], {}))
    return message(event(own, rival), a=said["a"], b=said["b"])


def test_the_cheapest_of_several_rivals_is_kept(table: PriceTable) -> None:
    """By value, not as texts: 9.50 is less than 10.00."""
    table.apply([priced("m", "x", "12.00", "10.00"), priced("m", "y", "12.00", "9.50")], NOW_S)
    found = table.lowest("m")
    assert found is not None
    assert (found.price, found.rival_id, found.rivals) == (Decimal("9.50"), "y", 2)
    assert found.own_price == Decimal("12.00")
    theirs = table.lowest("x")
    assert theirs is not None
    assert theirs.price == Decimal("12.00")


def test_a_retraction_brings_the_next_rival_forward(table: PriceTable) -> None:
    """Taken back, a match leaves nothing behind; the last one leaves no row."""
    table.apply([priced("m", "x", "12.00", "10.00"), priced("m", "y", "12.00", "9.50")], NOW_S)
    table.apply([message(event("m", "y", kind=Kind.RETRACTED, number=2))], NOW_S)
    found = table.lowest("m")
    assert found is not None
    assert found.rival_id == "x"
    assert table.lowest("y") is None
    table.apply([Message(0, 9, Pair.of("m", "x").pair_id, None)], NOW_S)
    assert table.listings() == []


def test_a_new_price_replaces_the_old_one(table: PriceTable) -> None:
    """An event says all that holds of its pair."""
    table.apply([priced("m", "x", "12.00", "10.00")], NOW_S)
    table.apply([priced("m", "x", "12.00", "14.00")], NOW_S)
    found = table.lowest("m")
    assert found is not None
    assert (found.price, found.rivals) == (Decimal("14.00"), 1)


def test_what_cannot_be_compared_is_no_rival(table: PriceTable) -> None:
    """Another currency, no price, or the same seller."""
    table.apply(
        [
            priced("m", "x", "12.00", "1.00", x={"currency": "JPY"}),
            priced("m", "y", "12.00", None),
            message(event("m", "z"), same_seller=True),
        ],
        NOW_S,
    )
    assert table.lowest("m") is None


def test_a_death_inside_a_batch_leaves_all_as_it_was(tmp_path: Path) -> None:
    """Neither rows nor offsets of it are there, and the batch read again counts once."""
    path = tmp_path / "prices.sqlite3"
    first = PriceTable(path)
    first.begin("c/t", NOW_S, DAY_S)
    batch = [priced("m", "x", "12.00", "10.00"), priced("m", "y", "12.00", "9.50")]
    with (
        patch.object(PriceTable, "_find_lowest", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        first.apply(batch, NOW_S)
    first.close()
    second = PriceTable(path)
    assert second.begin("c/t", NOW_S, DAY_S) == {}
    second.apply(batch, NOW_S)
    assert second.begin("c/t", NOW_S, DAY_S) == {0: 1}
    found = second.lowest("m")
    assert found is not None
    assert found.rivals == 2
    second.close()


@pytest.mark.parametrize(("log_id", "later_s"), [("c/other", 0.0), ("c/t", 8 * DAY_S)])
def test_another_topic_or_a_long_absence_begins_anew(table: PriceTable, log_id: str, later_s: float) -> None:
    """Offsets of another log mean nothing, and a deletion may have been missed."""
    table.apply([priced("m", "x", "12.00", "10.00")], NOW_S)
    assert table.begin("c/t", NOW_S + DAY_S, 7 * DAY_S) == {0: 1}
    assert table.begin(log_id, NOW_S + later_s, 7 * DAY_S) == {}
    assert table.listings() == []


steps = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"), st.integers(1, 30), st.booleans()).filter(
        lambda step: step[0] != step[1]
    ),
    max_size=25,
)


@pytest.mark.thorough
@settings(max_examples=15)  # each opens a file
@given(steps, st.integers(1, 6))
def test_the_table_is_what_the_last_events_say(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int, bool]], size: int
) -> None:
    """However they are cut into batches, and whatever was said in between."""
    table = PriceTable(tmp_path_factory.mktemp("prices") / "p.sqlite3")
    table.begin("c/t", NOW_S, DAY_S)
    last: dict[Pair, tuple[str, int]] = {}
    messages = []
    for offset, (one, other, price, matched) in enumerate(steps):
        kind = Kind.MATCHED if matched else Kind.RETRACTED
        messages.append(message(event(one, other, kind=kind, price=f"{price}.00"), offset))
        last.pop(Pair.of(one, other), None)
        if matched:
            last[Pair.of(one, other)] = (one, price)
    for start in range(0, len(messages), size):
        table.apply(messages[start : start + size], NOW_S)
    for listing in "abcd":
        asked = [
            Decimal("10.50") if first == listing else Decimal(price)
            for pair, (first, price) in last.items()
            if listing in pair
        ]
        found = table.lowest(listing)
        assert (None if found is None else (found.price, found.rivals)) == (
            (min(asked), len(asked)) if asked else None
        )
    table.close()
