"""Hostile records through the embed role: none stops it, none is lost, each is taken or told why not."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from consumer import logs
from consumer.contracts.dead_letter import DeadLetterHeaders
from consumer.deadletters.breaker import Breaker
from consumer.deadletters.letter import size_of
from consumer.embed.options import EmbedOptions
from consumer.kafka.config import MAX_MESSAGE_BYTES
from consumer.ports.records import OutRecord, Record
from tests.fast.embed.world import TOPICS, World
from tests.hostile_records import Hostile, hostile_records

RECORDS = hostile_records()


@pytest.fixture(scope="module")
def log() -> Iterator[io.StringIO]:
    """What is logged, as an operator reads it on a terminal; afterwards all is as before."""
    root = logging.getLogger()
    handlers, level, written = root.handlers, root.level, io.StringIO()
    logs.configure("console", "debug", written)
    yield written
    root.handlers, root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def world(log: io.StringIO) -> World:
    """All of them, sent one after the other through one process."""
    world = World(options=EmbedOptions(linger_s=0.0))
    world.breaker = Breaker(len(RECORDS), 1.0, len(RECORDS))
    for record in RECORDS:
        world.broker.produce(TOPICS.listings, record.key, record.value, record.headers)
    world.run().close()
    structlog.get_logger("tests").info("the log is read")
    assert log.getvalue()
    return world


@pytest.fixture(scope="module")
def letters(world: World) -> dict[int, list[Record]]:
    """The dead letters, by the offset of the record that they are of."""
    found: dict[int, list[Record]] = {}
    for letter in world.broker.records(TOPICS.dlq):
        found.setdefault(DeadLetterHeaders.from_headers(letter.headers).offset, []).append(letter)
    return found


def test_there_are_hundreds_and_each_is_another() -> None:
    """No case stands twice under another name."""
    assert len(RECORDS) >= 200
    assert len({record.name for record in RECORDS}) == len(RECORDS)
    assert len({(record.key, record.value, record.headers) for record in RECORDS}) == len(RECORDS)
    refused = [record for record in RECORDS if record.refused is not None]
    assert len(refused) >= 200


def test_each_is_accounted_for_once(world: World, letters: dict[int, list[Record]]) -> None:
    """Of every record there is either a row or a dead letter, never both, never neither."""
    wanted = [number for number, record in enumerate(RECORDS) if record.refused is not None]
    assert sorted(letters) == wanted, [RECORDS[n].name for n in set(letters) ^ set(wanted)]
    assert all(len(of_one) == 1 for of_one in letters.values())
    taken = [record.key for record in world.broker.records(TOPICS.embedded)]
    assert taken == [record.key for record in RECORDS if record.refused is None]


def _wrong(record: Hostile, letter: Record) -> Iterator[str]:
    """What of the record's dead letter is not as it should be."""
    assert record.refused is not None
    reason, named = record.refused
    said = DeadLetterHeaders.from_headers(letter.headers)
    if said.reason != reason:
        yield f"the reason is {said.reason}, not {reason}: {said.message}"
    if named not in said.message:
        yield f"{named!r} is not in {said.message!r}"
    if not said.message.isprintable():
        yield f"not printable: {said.message!r}"
    if not said.truncated and (letter.key, letter.value) != (record.key, record.value):
        yield "key and value are not those that came"
    if (size := size_of(OutRecord("", letter.key, letter.value, letter.headers))) > MAX_MESSAGE_BYTES:
        yield f"of {size} bytes it fits no message"


def test_a_dead_letter_names_what_is_wrong(letters: dict[int, list[Record]]) -> None:
    """The reason, and in words the field or the limit; key and value as they came, or a prefix of them."""
    wrong = {RECORDS[n].name: [*_wrong(RECORDS[n], letter)] for n, (letter,) in letters.items()}
    assert len(wrong) >= 200
    assert {name: faults for name, faults in wrong.items() if faults} == {}


def test_no_text_of_a_record_steers_the_log(world: World, log: io.StringIO) -> None:
    """No control, bidirectional or line-breaking character of any record is in the log raw."""
    del world
    for line in log.getvalue().split("\n"):
        assert line.isprintable(), ascii(line)


def test_a_fault_that_names_hostile_text_is_logged_without_its_controls(
    log: io.StringIO, world: World
) -> None:
    """What our own errors say of a record is made harmless as well, traceback and all."""
    del world
    before = len(log.getvalue())
    try:
        int("a\x1b[2J\r\u202e")
    except ValueError as err:
        structlog.get_logger("tests").error("role_stopped", why=f"{err}: \x1b\n\r\u202e", exc_info=True)
    for line in log.getvalue()[before:].split("\n"):
        assert line.isprintable(), ascii(line)
