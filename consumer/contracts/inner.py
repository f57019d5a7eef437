"""Records of the inner log, `listings.embedded`: a listing, its deletion, a retry, a verdict, a sweep.

The value is the payload alone; what the log needs to know about it stands in headers, since a deletion has no
value. Keys are chosen for compaction:

    <listing_id>            the listing as its newest record says; null deletes it
    r:<as_of>:<listing_id>  a retry of the record at offset `as_of`, with the pictures that were missing then;
                            or the note that the record at that offset is void
    v:<pair_id>             a verdict
    r:00:<listing_id>       what is held of the listing is to be decided anew; a null, which compaction takes
                            away in the end (no offset is written with a leading zero)

A retry has a key of its own because it may be overtaken: under the listing's key a stale one would drive the
listing's newest record out of the compacted log, and a valid one would drive out the record it stands on,
without which a rebuild could not tell that it is valid. Match writes a null under a retry's key once its
record is superseded or deleted.

A record that killed the matcher again and again is void: it counts as if it had deleted its listing. Match
notes so in the log, because the log alone says what the index holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from consumer.contracts.reviews import Verdict
from consumer.ports.records import OutRecord, Record
from model.embedded import EmbeddedListing

_VERDICT_KEY = "v:"
_AGAIN_KEY = "r:00:"
_SWEPT_FOR = "swept_for"
_RESERVED = re.compile(r"^(v:[0-9a-f]{32}$|r:\d+:)")


def reserved(listing_id: str) -> bool:
    """Whether a listing of that id would share a key with a verdict or a retry."""
    return _RESERVED.match(listing_id) is not None


@dataclass(frozen=True, slots=True)
class InnerListing:
    """A listing as embedded, or (`listing` None) its deletion.

    Attributes:
        as_of: on a retry, the offset of the listing's own record; it counts only while that one is held.
            A retry without `listing` is a retry taken back.
        arrived_ms: Kafka's timestamp of the record in `listings`.
    """

    listing_id: str
    listing: EmbeddedListing | None
    arrived_ms: int
    as_of: int | None = None

    def to_record(self, topic: str, shard: int) -> OutRecord:
        """As it is written."""
        headers = [("kind", b"listing"), ("arrived_ms", b"%d" % self.arrived_ms)]
        key = self.listing_id
        if self.as_of is not None:
            headers.append(("as_of", b"%d" % self.as_of))
            key = f"r:{self.as_of}:{self.listing_id}"
        value = None if self.listing is None else self.listing.to_bytes()
        return OutRecord(topic, key.encode(), value, tuple(headers), shard)


@dataclass(frozen=True, slots=True)
class InnerVoid:
    """The record of a listing at `offset` is void: the listing is off sale until its next record.

    Attributes:
        as_of: of the void record, if it is a retry that is being judged; on a note of it, None.
    """

    listing_id: str
    offset: int
    as_of: int | None = None

    def to_record(self, topic: str, shard: int) -> OutRecord:
        """The note as it is written; it has a value, so that it stays as long as the record may."""
        headers = (("kind", b"void"), ("as_of", b"%d" % self.offset))
        return OutRecord(topic, f"r:{self.offset}:{self.listing_id}".encode(), b"{}", headers, shard)


@dataclass(frozen=True, slots=True)
class InnerVerdict:
    """A checked verdict, or (None) its withdrawal."""

    pair_id: str
    verdict: Verdict | None

    def to_record(self, topic: str, shard: int) -> OutRecord:
        """As it is written."""
        value = None if self.verdict is None else self.verdict.to_bytes()
        return OutRecord(topic, (_VERDICT_KEY + self.pair_id).encode(), value, (("kind", b"verdict"),), shard)


@dataclass(frozen=True, slots=True)
class InnerAgain:
    """Decide the listing anew as it is held: it says nothing of the listing itself.

    Whoever writes it, and however often or late, no row changes by it.

    Attributes:
        version: of the artifact that it is meant to be decided by; match decides by its own in any case.
    """

    listing_id: str
    version: str

    def to_record(self, topic: str, shard: int) -> OutRecord:
        """As it is written."""
        headers = (("kind", b"again"), (_SWEPT_FOR, self.version.encode()))
        return OutRecord(topic, (_AGAIN_KEY + self.listing_id).encode(), None, headers, shard)


Inner = InnerListing | InnerVerdict | InnerVoid | InnerAgain


def read(record: Record) -> Inner:
    """What a record of the inner log says.

    Raises:
        ValueError: it was not written by `to_record`; the inner log is damaged or foreign.
    """
    key = (record.key or b"").decode("utf-8")
    kind = record.header("kind")
    if kind == b"verdict" and key.startswith(_VERDICT_KEY):
        verdict = None if record.value is None else Verdict.from_bytes(record.value)
        return InnerVerdict(key.removeprefix(_VERDICT_KEY), verdict)
    if kind == b"again" and key.startswith(_AGAIN_KEY) and key != _AGAIN_KEY:
        return InnerAgain(key.removeprefix(_AGAIN_KEY), (record.header(_SWEPT_FOR) or b"").decode())
    listing_id, as_of = _listing(record, key)
    if kind == b"void" and as_of is not None:
        return InnerVoid(listing_id, as_of)
    if kind != b"listing" or not key:
        raise ValueError(f"{record.topic}[{record.partition}]@{record.offset}: no listing and no verdict")
    return InnerListing(
        listing_id=listing_id,
        listing=None if record.value is None else EmbeddedListing.from_bytes(record.value),
        arrived_ms=int(record.header("arrived_ms") or b"-1"),
        as_of=as_of,
    )


def read_void(record: Record) -> InnerVoid | None:
    """A record that is void, by its key and headers alone; None if it speaks of no listing."""
    try:
        key = (record.key or b"").decode("utf-8")
        listing_id, as_of = _listing(record, key)
    except ValueError:  # it is void: whatever else is wrong with it says nothing either
        return None
    if record.header("kind") != b"listing" or not listing_id:
        return None
    return InnerVoid(listing_id, record.offset, as_of)


def _listing(record: Record, key: str) -> tuple[str, int | None]:
    """Whose record it is, and of which record a retry."""
    header = record.header("as_of")
    if header is None:
        return key, None
    return key.removeprefix(f"r:{int(header)}:"), int(header)
