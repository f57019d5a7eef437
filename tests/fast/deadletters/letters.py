"""Bad records and their letters, for the tests."""

from __future__ import annotations

from consumer.deadletters.letter import make_dead_letter
from consumer.errors import RecordFault
from consumer.ports.records import Headers, OutRecord, Record

FAULT = RecordFault("invalid_field", "gtin: the check digit should be 5, not 6")


def bad_record(
    *,
    key: bytes | None = b"a1",
    value: bytes | None = b'{"listing_id":"a1","revision":3}',
    offset: int = 17,
    timestamp_ms: int = 1_700_000_000_000,
    headers: Headers = (),
) -> Record:
    return Record("listings", 2, offset, timestamp_ms, key, value, headers)


def letter_of(record: Record, *, fault: RecordFault = FAULT, max_bytes: int = 1_000_000) -> OutRecord:
    return make_dead_letter(
        record, fault, topic="listings.dlq", stage="embed.decode", version="0.1.0", max_bytes=max_bytes
    )


def as_read(letter: OutRecord, *, offset: int = 0, timestamp_ms: int = 1_700_000_060_000) -> Record:
    return Record(letter.topic, 0, offset, timestamp_ms, letter.key, letter.value, letter.headers)
