"""A dead letter keeps the record as it was and says where from and why."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.contracts.dead_letter import MAX_TEXT_BYTES, REPLAYED_FROM, DeadLetterHeaders, printable
from consumer.deadletters.letter import own_headers, read_dead_letter, size_of
from consumer.errors import RecordFault
from tests.fast.deadletters.letters import FAULT, as_read, bad_record, letter_of


@given(key=st.none() | st.binary(max_size=50), value=st.none() | st.binary(max_size=200))
def test_key_and_value_are_unchanged(key: bytes | None, value: bytes | None) -> None:
    """Whatever bytes were read are the bytes that are written, null among them."""
    letter = letter_of(bad_record(key=key, value=value))
    assert (letter.key, letter.value) == (key, value)


def test_the_headers_have_the_names_of_kip_1034() -> None:
    """Six names as Kafka Streams writes them, with decimal numbers, and stage, version and reason."""
    headers = dict(letter_of(bad_record()).headers)
    assert {name: value for name, value in headers.items() if not name.endswith("stacktrace")} == {
        "__streams.errors.topic": b"listings",
        "__streams.errors.partition": b"2",
        "__streams.errors.offset": b"17",
        "__streams.errors.exception": b"RecordFault: invalid_field: gtin: the check digit should be 5, not 6",
        "__streams.errors.message": b"gtin: the check digit should be 5, not 6",
        "skutwin.timestamp": b"1700000000000",
        "skutwin.stage": b"embed.decode",
        "skutwin.version": b"0.1.0",
        "skutwin.reason": b"invalid_field",
    }


def test_the_stack_names_files_and_functions_but_no_folders() -> None:
    """A fault that was raised says where; the machine's paths stay at home."""
    with pytest.raises(RecordFault) as caught:
        raise RecordFault("not_json", "at byte 3")
    letter = read_dead_letter(as_read(letter_of(bad_record(), fault=caught.value)))
    assert letter.headers.stacktrace.startswith("test_letter.py:")
    assert "/" not in letter.headers.stacktrace


def test_the_headers_are_read_back_as_they_were_made() -> None:
    """`from_headers` is the inverse of `to_headers`, and the letter knows its own place."""
    letter = read_dead_letter(as_read(letter_of(bad_record()), offset=5))
    assert DeadLetterHeaders.from_headers(letter.headers.to_headers()) == letter.headers
    assert (letter.headers.reason, letter.headers.message) == (FAULT.reason, FAULT.detail)
    assert letter.name == "listings.dlq/0/5"
    assert not letter.headers.truncated


def test_the_records_own_headers_are_kept() -> None:
    """A trace id travels on; headers under our names that the record brought do not mislead."""
    record = bad_record(
        headers=(("traceparent", b"00-ab"), ("skutwin.reason", b"lie"), (REPLAYED_FROM, b"listings.dlq/0/1"))
    )
    letter = letter_of(record)
    assert own_headers(letter.headers) == (("traceparent", b"00-ab"),)
    assert [value for name, value in letter.headers if name == "skutwin.reason"] == [b"invalid_field"]
    assert (REPLAYED_FROM, b"listings.dlq/0/1") in letter.headers


def test_headers_too_large_go_before_the_value_does() -> None:
    """A record whose own headers pass the bound keeps its value whole."""
    record = bad_record(headers=(("big", b"x" * 50_000),))
    letter = letter_of(record, max_bytes=10_000)
    assert letter.value == record.value
    assert own_headers(letter.headers) == ()


def test_a_value_too_large_keeps_a_prefix_and_says_so() -> None:
    """Place, length, SHA-256 and the first kibibyte remain."""
    value = b"0123456789" * 20_000
    letter = letter_of(bad_record(value=value), max_bytes=100_000)
    assert letter.value == value[:1024]
    assert size_of(letter) < 100_000
    headers = read_dead_letter(as_read(letter)).headers
    assert headers.truncated
    assert (headers.value_bytes, headers.value_sha256) == (200_000, hashlib.sha256(value).hexdigest())
    assert (headers.topic, headers.partition, headers.offset) == ("listings", 2, 17)


def test_a_key_too_large_keeps_a_prefix_and_says_so() -> None:
    """A record with a giant key and no value is told from one that is whole."""
    letter = letter_of(bad_record(key=b"k" * 200_000, value=None), max_bytes=100_000)
    headers = read_dead_letter(as_read(letter)).headers
    assert letter.key == b"k" * 1024
    assert letter.value is None
    assert (headers.key_bytes, headers.value_bytes) == (200_000, None)


@given(st.text(max_size=3_000))
def test_header_text_is_bounded_and_steers_no_terminal(text: str) -> None:
    """At most 1 KiB of UTF-8, one line, no control, direction or surrogate characters."""
    shown = printable(text)
    assert len(shown.encode("utf-8")) <= MAX_TEXT_BYTES
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_an_escape_sequence_in_a_message_is_shown_and_not_obeyed() -> None:
    """A value quoted in an error cannot colour, clear or fake the operator's terminal."""
    letter = letter_of(bad_record(), fault=RecordFault("invalid_field", "title: \x1b[2J\nok\u202e"))
    assert dict(letter.headers)["__streams.errors.message"] == b"title: \\u001b[2J ok\\u202e"


def test_the_age_is_that_of_the_bad_record() -> None:
    """Its own timestamp counts, unless it lies after the letter's or is missing."""
    for own, expected in ((1_700_000_000_000, 1_700_000_000_000), (1_900_000_000_000, 1_700_000_060_000)):
        record = as_read(letter_of(bad_record(timestamp_ms=own)))
        assert read_dead_letter(record).written_ms == expected
    assert read_dead_letter(as_read(letter_of(bad_record(timestamp_ms=-1)))).written_ms == 1_700_000_060_000


def test_headers_that_are_no_dead_letters_are_refused_by_name() -> None:
    """The missing and the wrong one are named."""
    headers = tuple(
        (name, b"x" if name.endswith("offset") else value)
        for name, value in letter_of(bad_record()).headers
        if name != "skutwin.stage"
    )
    with pytest.raises(ValueError, match=r"__streams\.errors\.offset .*skutwin\.stage"):
        DeadLetterHeaders.from_headers(headers)
