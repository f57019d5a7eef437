"""Whatever bytes come in, each of the role's readers gives an answer and never an exception of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.contracts.inner import InnerAgain, InnerListing, InnerVerdict, InnerVoid, read, read_void
from consumer.embed.items import Bad, Decoder, Deletion, Judged, ToEmbed
from consumer.ports.records import Record
from model.listing import Listing
from tests.fast.embed.world import TOPICS
from tests.hostile_records import body, hostile_records, written

REASONS = {"too_large", "no_key", "bad_key", "no_value", "invalid_json", "invalid_field", "key_mismatch"}
SEEDS = [record.value for record in hostile_records() if record.value and len(record.value) < 3_000]
SEEDS.append(written(body("a", price="1.50", currency="EUR", gtin="4006381333931", sizes=["S"])))

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "NaN", "1e999", "\ud800", "https://x/1.png", "data:,", "EUR", "a" * 3_000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(sorted(Listing.model_fields))
KEYS = st.none() | st.binary(max_size=140) | st.just(b"a")
TOPIC = st.sampled_from([TOPICS.listings, TOPICS.retry, TOPICS.verdicts])


def answer(topic: str, key: bytes | None, value: bytes | None) -> None:
    """One of the four, and of a bad one a reason that metrics can bear and a detail that names something."""
    item = Decoder(TOPICS, 1, 900_000).decode(Record(topic, 0, 7, -1, key, value))
    assert isinstance(item, Bad | ToEmbed | Deletion | Judged)
    if isinstance(item, Bad):
        assert item.fault.reason in REASONS
        assert item.fault.detail


@settings(max_examples=50)
@given(TOPIC, KEYS, st.none() | st.binary(max_size=200))
def test_any_bytes_get_an_answer(topic: str, key: bytes | None, value: bytes | None) -> None:
    """Of any topic."""
    answer(topic, key, value)


@pytest.mark.thorough
@settings(max_examples=50)
@given(TOPIC, st.dictionaries(FIELDS, JSON, max_size=4))
def test_any_json_in_any_field_gets_an_answer(topic: str, fields: dict[str, Any]) -> None:
    """Known names, and what no contract would put there."""
    answer(topic, b"a", json.dumps(body("a") | fields).encode("utf-8", "surrogatepass"))


@settings(max_examples=50)
@given(st.sampled_from(SEEDS), st.data())
def test_a_record_damaged_anywhere_gets_an_answer(seed: bytes, data: st.DataObject) -> None:
    """A hostile record cut, doubled, or with bytes turned over, as a corpus for more of its kind."""
    damaged = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        match data.draw(st.sampled_from(["flip", "cut", "double", "insert"])):
            case "flip" if damaged:
                damaged[place] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                del damaged[place:]
            case "double":
                damaged[place:place] = damaged[: place or 1]
            case _:
                damaged[place:place] = data.draw(st.binary(max_size=4))
    answer(TOPICS.listings, b"a", bytes(damaged))


@settings(max_examples=50)
@given(
    key=st.none()
    | st.binary(max_size=60)
    | st.sampled_from([b"r:7:a", b"r:00:a", b"r:00:"])
    | st.just(b"v:" + b"0" * 32),
    value=st.none() | st.binary(max_size=60) | st.just(b"{}"),
    kind=st.sampled_from([b"listing", b"verdict", b"void", b"again", b"", b"\xff"]),
    as_of=st.none() | st.binary(max_size=5) | st.just(b"7"),
)
def test_any_record_of_the_inner_log_is_read_or_refused(
    *, key: bytes | None, value: bytes | None, kind: bytes, as_of: bytes | None
) -> None:
    """Refused as a ValueError, which stops match on purpose; declared void it never is an error."""
    headers = (("kind", kind),) if as_of is None else (("kind", kind), ("as_of", as_of))
    record = Record(TOPICS.embedded, 0, 7, -1, key, value, headers)
    void = read_void(record)
    assert void is None or void.listing_id
    try:
        said = read(record)
    except ValueError:
        return
    assert isinstance(said, InnerListing | InnerVerdict | InnerVoid | InnerAgain)
