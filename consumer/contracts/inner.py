"""Records of the inner log, `listings.embedded`: a listing, a deletion, a verdict, or a row written again.

The value is the payload alone; what the log needs to know about it stands in headers, since a deletion has
no value.
"""

from __future__ import annotations

from dataclasses import dataclass

from consumer.contracts.reviews import Verdict
from consumer.ports.records import OutRecord, Record
from model.embedded import EmbeddedListing

_VERDICT_KEY = "v:"
NOTHING_HELD = -1  # `as_of` of a record that stands for "there is no such listing"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The row that a retry or a re-written row stands for.

    Attributes:
        origin: the record counts only while the row held has this origin (or `NOTHING_HELD`).
        overrules: on a re-written row, the offset of the stale record that it makes up for. After compaction
            only that stale record may be left before it: then it, too, gives way.
    """

    origin: int
    overrules: int | None = None

    @property
    def rewritten(self) -> bool:
        """Whether match wrote it to keep compaction from believing a stale record."""
        return self.overrules is not None


@dataclass(frozen=True, slots=True)
class InnerListing:
    """A listing as embedded, or (None) its deletion."""

    listing_id: str
    listing: EmbeddedListing | None
    arrived_ms: int
    as_of: AsOf | None = None

    def to_record(self, topic: str, shard: int) -> OutRecord:
        """As it is written."""
        headers = [("kind", b"listing"), ("arrived_ms", b"%d" % self.arrived_ms)]
        if self.as_of is not None:
            headers.append(("as_of", b"%d" % self.as_of.origin))
            if self.as_of.overrules is not None:
                headers.append(("overrules", b"%d" % self.as_of.overrules))
        value = None if self.listing is None else self.listing.to_bytes()
        return OutRecord(topic, self.listing_id.encode(), value, tuple(headers), shard)


@dataclass(frozen=True, slots=True)
class InnerVerdict:
    """A checked verdict, or (None) its withdrawal."""

    pair_id: str
    verdict: Verdict | None

    def to_record(self, topic: str, shard: int) -> OutRecord:
        """As it is written."""
        value = None if self.verdict is None else self.verdict.to_bytes()
        key = (_VERDICT_KEY + self.pair_id).encode()
        return OutRecord(topic, key, value, (("kind", b"verdict"),), shard)


def read(record: Record) -> InnerListing | InnerVerdict:
    """What a record of the inner log says.

    Raises:
        ValueError: it was not written by `to_record`; the inner log is damaged or foreign.
    """
    key = (record.key or b"").decode("utf-8")
    kind = record.header("kind")
    if kind == b"verdict" and key.startswith(_VERDICT_KEY):
        verdict = None if record.value is None else Verdict.from_bytes(record.value)
        return InnerVerdict(key.removeprefix(_VERDICT_KEY), verdict)
    if kind != b"listing" or not key:
        raise ValueError(f"{record.topic}[{record.partition}]@{record.offset}: no listing and no verdict")
    as_of, overrules = record.header("as_of"), record.header("overrules")
    return InnerListing(
        listing_id=key,
        listing=None if record.value is None else EmbeddedListing.from_bytes(record.value),
        arrived_ms=int(record.header("arrived_ms") or b"-1"),
        as_of=None if as_of is None else AsOf(int(as_of), None if overrules is None else int(overrules)),
    )
