"""`dlq list` shows what lies in the dead-letter topic, and obeys nothing that is written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from consumer.deadletters.browse import LetterList, list_dead_letters
from consumer.errors import BrokerFault, RecordFault
from consumer.kafka.memory import MemoryBroker, MemoryStateReader
from tests.fast.clocks import HandClock
from tests.fast.deadletters.letters import bad_record, letter_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consumer.ports.records import Record

DLQ = "listings.dlq"


class World:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker(self.clock)
        self.broker.create_topic(DLQ, 2)

    def put(
        self, reason: str, *, key: bytes = b"a1", detail: str = "why", timestamp_ms: int | None = None
    ) -> None:
        letter = letter_of(bad_record(key=key), fault=RecordFault(reason, detail))
        self.broker.produce(DLQ, letter.key, letter.value, letter.headers, timestamp_ms=timestamp_ms)

    def open(self, topics: Sequence[str]) -> MemoryStateReader:
        return MemoryStateReader(self.broker, topics)

    def list(self, *, reason: str | None = None, limit: int = 50) -> LetterList:
        return list_dead_letters(self.open, DLQ, self.clock, reason=reason, limit=limit)


def shown(found: LetterList) -> str:
    console = Console(width=200, force_terminal=False)
    with console.capture() as capture:
        console.print(found.table())
    return capture.get()


def test_an_empty_topic_gives_an_empty_list() -> None:
    """No letter is no error."""
    found = World().list()
    assert (found.letters, found.by_reason, found.unreadable) == ((), {}, 0)
    assert "0 dead letters" in shown(found)


def test_letters_of_all_partitions_come_by_time_with_counts_of_all() -> None:
    """The filter picks what is shown; the counts are of everything."""
    world = World()
    for place, (reason, key) in enumerate([("not_json", b"a"), ("bad_gtin", b"b"), ("not_json", b"c")]):
        world.put(reason, key=key, timestamp_ms=1_700_000_000_000 + place)
    assert [letter.record.key for letter in world.list().letters] == [b"a", b"b", b"c"]
    found = world.list(reason="not_json")
    assert [letter.record.key for letter in found.letters] == [b"a", b"c"]
    assert found.by_reason == {"not_json": 2, "bad_gtin": 1}


def test_only_the_newest_are_kept() -> None:
    """A limit of three shows the last three, whichever partitions they lie in, and counts all ten."""
    world = World()
    for number in range(10):
        world.put("not_json", key=str(number).encode(), timestamp_ms=1_700_000_000_000 + number)
    found = world.list(limit=3)
    assert [letter.record.key for letter in found.letters] == [b"7", b"8", b"9"]
    assert found.by_reason.total() == 10


def test_the_table_says_when_where_why_and_whose() -> None:
    """One row a letter."""
    world = World()
    world.put(
        "bad_gtin",
        key=b"shop-7:abc",
        detail="gtin: the check digit should be 5",
        timestamp_ms=1_700_000_000_000,
    )
    text = shown(world.list())
    for part in (
        "2023-11-14 22:13:20",
        "listings/2/17",
        "bad_gtin",
        "shop-7:abc",
        "the check digit should be 5",
    ):
        assert part in text


def test_nothing_in_a_record_steers_the_terminal() -> None:
    """Escape sequences and markup in keys and messages are shown, not obeyed."""
    world = World()
    world.put("x", key=b"\x1b[31mred[/b]\xff", detail="[bold]loud[/bold] \x1b]0;title\x07")
    text = shown(world.list())
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\\u001b[31mred[/b]\\xff" in text
    assert "[bold]loud[/bold]" in text


def test_records_that_are_no_letters_are_counted() -> None:
    """A stranger's record in the topic is told, not shown."""
    world = World()
    world.put("not_json")
    world.broker.produce(DLQ, b"k", b"v")
    found = world.list()
    assert (len(found.letters), found.unreadable) == (1, 1)
    assert "1 records that are none" in shown(found)


def test_a_silent_broker_is_not_waited_for_without_end() -> None:
    """A reader that never reaches the end gives up after half a minute and says so."""
    world = World()
    world.put("not_json")

    class Silent(MemoryStateReader):
        def poll(self, max_records: int, timeout_s: float) -> list[Record]:
            world.clock.advance(timeout_s)
            return super().poll(0 * max_records, timeout_s)

    with pytest.raises(BrokerFault, match=r"the end of listings\.dlq was not reached"):
        list_dead_letters(lambda topics: Silent(world.broker, topics), DLQ, world.clock)
