"""From a bad record to its dead letter, and back."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass
from pathlib import PurePath

from consumer.contracts.dead_letter import OWN_PREFIXES, REPLAYED_FROM, DeadLetterHeaders
from consumer.errors import RecordFault
from consumer.ports.records import Headers, OutRecord, Record

PREFIX_BYTES = 1_024
"""How much is kept of a key or value that is too large."""
_FRAMING_BYTES = 256  # what Kafka's record and batch formats add, with room to spare
_HEADER_FRAMING_BYTES = 10


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record of the dead-letter topic and what its headers say."""

    record: Record
    headers: DeadLetterHeaders

    @property
    def name(self) -> str:
        """Where the letter itself lies: `topic/partition/offset`."""
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"

    @property
    def written_ms(self) -> int:
        """When the bad record was written: its own timestamp, at the latest the letter's."""
        known = [ms for ms in (self.headers.timestamp_ms, self.record.timestamp_ms) if ms >= 0]
        return min(known, default=-1)


def make_dead_letter(
    record: Record, fault: RecordFault, *, topic: str, stage: str, version: str, max_bytes: int
) -> OutRecord:
    """The record to write: key, value and headers unchanged, where from and why in further headers.

    Args:
        record: the bad one.
        fault: why it can never be right.
        topic: the dead-letter topic.
        stage: the step that refused it.
        version: of this program.
        max_bytes: what a record may count for in all. One over it first loses its own headers; then of value
            and key only a prefix is kept, and the headers tell length and SHA-256.
    """
    about = DeadLetterHeaders(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        exception=f"{type(fault).__name__}: {fault}",
        message=fault.detail,
        stacktrace=_where_raised(fault),
        timestamp_ms=max(record.timestamp_ms, -1),
        stage=stage,
        version=version,
        reason=fault.reason,
    )
    own = tuple(header for header in record.headers if _kept(header[0]))
    whole = OutRecord(topic, record.key, record.value, own + about.to_headers())
    if size_of(whole) <= max_bytes:
        return whole
    whole = OutRecord(topic, record.key, record.value, about.to_headers())
    if size_of(whole) <= max_bytes:
        return whole
    return _shortened(whole, about)


def read_dead_letter(record: Record) -> DeadLetter:
    """What `make_dead_letter` wrote.

    Raises:
        ValueError: its headers are not a dead letter's.
    """
    return DeadLetter(record, DeadLetterHeaders.from_headers(record.headers))


def own_headers(headers: Headers) -> Headers:
    """The headers that the bad record had itself."""
    return tuple(header for header in headers if not header[0].startswith(OWN_PREFIXES))


def size_of(record: OutRecord) -> int:
    """Bytes that a record counts for towards a broker's limit, rather more than less."""
    headers = sum(len(name.encode()) + len(value) + _HEADER_FRAMING_BYTES for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers + _FRAMING_BYTES


def _shortened(whole: OutRecord, about: DeadLetterHeaders) -> OutRecord:
    changes: dict[str, int | str] = {}
    key, value = whole.key, whole.value
    if value is not None and len(value) > PREFIX_BYTES:
        changes |= {"value_bytes": len(value), "value_sha256": hashlib.sha256(value).hexdigest()}
        value = value[:PREFIX_BYTES]
    if key is not None and len(key) > PREFIX_BYTES:
        changes |= {"key_bytes": len(key)}
        key = key[:PREFIX_BYTES]
    return OutRecord(whole.topic, key, value, about.model_copy(update=changes).to_headers())


def _kept(name: str) -> bool:
    return name == REPLAYED_FROM or not name.startswith(OWN_PREFIXES)


def _where_raised(fault: RecordFault) -> str:
    """File names only: a path says where somebody's program lies, which is nobody else's business."""
    frames = traceback.extract_tb(fault.__traceback__)
    return " < ".join(
        f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
