"""Step 2: what each record is, once it has been validated."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from consumer.contracts.inner import reserved
from consumer.contracts.retry import RetryRequest
from consumer.contracts.reviews import Verdict
from consumer.contracts.topics import TopicNames
from consumer.errors import RecordFault
from consumer.ports.records import Record
from model.listing import MAX_ID_BYTES, Listing, Offer
from model.strict_json import parse

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ToEmbed:
    """A listing, or a retry of one."""

    record: Record
    offer: Offer
    shard: int
    arrived_ms: int
    as_of: int | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Deletion:
    """A listing that is no longer on sale; it goes to every shard, since a null names none."""

    record: Record
    listing_id: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, or (None) its withdrawal, which goes to every shard."""

    record: Record
    pair_id: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that can never be right; `stage` is the step that says so."""

    record: Record
    fault: RecordFault
    stage: str = "decode"


Item = ToEmbed | Deletion | Judged | Bad


class Decoder:
    """From records to items; never raises for what a record holds."""

    def __init__(self, topics: TopicNames, shards: int, max_bytes: int) -> None:
        self._topics, self._shards, self._max_bytes = topics, shards, max_bytes

    def decode(self, record: Record) -> Item:
        """What the record is: a listing, a deletion, a verdict, or a dead letter with its reason."""
        try:
            return self._decode(record)
        except RecordFault as fault:
            return Bad(record, fault)

    def due_ms(self, record: Record) -> int:
        """Wall clock before which a record of the retry topic is not due; 0 of any other, or a broken one."""
        if record.topic != self._topics.retry or record.value is None:
            return 0
        try:
            return RetryRequest.from_bytes(record.value).not_before_ms
        except ValueError:
            return 0

    def _decode(self, record: Record) -> Item:
        if record.value is not None and len(record.value) > self._max_bytes:
            raise RecordFault(
                "too_large", f"the value has {len(record.value)} bytes; at most {self._max_bytes}"
            )
        key = _key(record)
        if record.topic == self._topics.verdicts:
            return self._verdict(record, key)
        if record.topic == self._topics.retry:
            return self._retry(record)
        if record.value is None:
            return Deletion(record, key)
        listing = _validated(Listing, record.value)
        if listing.listing_id != key:
            raise RecordFault("key_mismatch", f"listing_id: is not the record's key {key[:64]!r}")
        return ToEmbed(record, listing, self._shard(listing), record.timestamp_ms)

    def _verdict(self, record: Record, key: str) -> Judged:
        if record.value is None:
            return Judged(record, key, None)
        verdict = _validated(Verdict, record.value)
        if verdict.pair_id != key:
            raise RecordFault("key_mismatch", f"pair_id: is not the record's key {key[:64]!r}")
        if verdict.shard >= self._shards:
            raise RecordFault("invalid_field", f"shard: is {verdict.shard}, there are {self._shards}")
        return Judged(record, key, verdict)

    def _retry(self, record: Record) -> ToEmbed:
        if record.value is None:
            raise RecordFault("no_value", "a retry has a value")
        request = _validated(RetryRequest, record.value)
        offer = request.listing
        return ToEmbed(record, offer, self._shard(offer), request.arrived_ms, request.as_of, request.attempt)

    def _shard(self, offer: Offer) -> int:
        if self._shards == 1:
            return 0
        if offer.market is None:
            raise RecordFault("invalid_field", "market: is required where there is more than one shard")
        return zlib.crc32(offer.market.encode()) % self._shards


def superseded(items: Sequence[Item]) -> set[int]:
    """Indices of listings (and deletions, and retries) that a later record of the same listing overtakes.

    A retry overtakes nothing: it may turn out to be stale.
    """
    overtaken: set[str] = set()
    found = set()
    for index in range(len(items) - 1, -1, -1):
        item = items[index]
        if not isinstance(item, ToEmbed | Deletion):
            continue
        listing_id = item.offer.listing_id if isinstance(item, ToEmbed) else item.listing_id
        if listing_id in overtaken:
            found.add(index)
        elif isinstance(item, Deletion) or item.as_of is None:
            overtaken.add(listing_id)
    return found


def _key(record: Record) -> str:
    if not record.key:
        raise RecordFault("no_key", "the record has no key; a listing's key is its listing_id")
    if len(record.key) > MAX_ID_BYTES:
        raise RecordFault("bad_key", f"the key has {len(record.key)} bytes; at most {MAX_ID_BYTES}")
    try:
        key = record.key.decode("utf-8")
    except UnicodeDecodeError:
        raise RecordFault("bad_key", "the key is not UTF-8") from None
    if reserved(key) or not key.isprintable():
        raise RecordFault("bad_key", f"the key {key[:64]!r} is reserved or not printable")
    return key


def _validated(kind: type[_Model], value: bytes) -> _Model:
    try:
        raw = parse(value)
    except ValueError as err:
        raise RecordFault("invalid_json", str(err)) from None
    try:
        return kind.model_validate(raw)
    except ValidationError as err:
        raise RecordFault("invalid_field", _explain(err)) from None


def _explain(err: ValidationError) -> str:
    """Each field's name and why, at most eight of them; the values themselves stay out."""
    told = []
    for problem in err.errors(include_url=False, include_input=False)[:8]:
        field = ".".join(str(part) for part in problem["loc"])
        why = problem["msg"].removeprefix("Value error, ")
        told.append(f"{field}: {why}" if field else why)
    return "; ".join(told)
