"""Bytes from any topic. The first byte says which, the record's value follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from consumer.contracts.dead_letter import printable
from consumer.contracts.events import MatchEvent
from consumer.contracts.inner import InnerListing, read, read_void
from consumer.contracts.pairs import Pair
from consumer.contracts.retry import RetryRequest
from consumer.contracts.reviews import ReviewTask, Verdict
from consumer.contracts.topics import TopicNames
from consumer.contracts.wire import Wire
from consumer.deadletters.letter import make_dead_letter, size_of
from consumer.embed.items import Bad, Decoder, Judged, ToEmbed
from consumer.ports.records import Record
from model.embedded import EmbeddedListing, Embedding
from model.listing import Listing, Offer
from model.strict_json import canonical, parse
from tests.hostile_records import body, hostile_records, written

TOPICS = TopicNames.of("", "v1")
_SMALL = 1_000
REASONS = {"too_large", "no_key", "bad_key", "no_value", "invalid_json", "invalid_field", "key_mismatch"}
MAX_VALUE, MAX_MESSAGE, MAX_ROW = 900_000, 1_048_576, 65_535
_DECODER = Decoder(TOPICS, 1, MAX_VALUE)
PAIR = Pair.of("a", "b")
_VECTOR = np.full(4, 0.5, np.float32)


def check(data: bytes) -> None:
    """An answer, whatever the bytes.

    Raises:
        AssertionError: it is none of the answers, or what was let in does not fit behind.
    """
    if data:
        _KINDS[data[0] % len(_KINDS)](data[1:])


def seeds() -> list[bytes]:
    """Every hostile record that is small, and honest values of each kind."""
    values = [record.value for record in hostile_records() if record.value is not None]
    return [b"\0" + value for value in values if len(value) < _SMALL] + [b"\3r:7:a", *honest()]


def honest() -> list[bytes]:
    """What is read as each kind, in their order."""
    listing = body(
        "a", price="1.50", currency="EUR", gtin="4006381333931", sizes=["S"], brand="B", market="de"
    )
    listing |= {"image_urls": ["https://x/1.png", "data:,"], "updated_at": "2026-01-01T00:00:00Z"}
    retry = {"listing": listing, "as_of": 1, "attempt": 1, "not_before_ms": 2, "arrived_ms": 3}
    said = {"a": "a", "b": "b", "seen_a": "0" * 32, "seen_b": "1" * 32, "answer": "same", "reviewer": "r"}
    verdict = said | {"pair_id": PAIR.pair_id, "decided_at": "2026-01-01T00:00:00Z"}
    side: dict[str, object] = {
        "seller_id": "s",
        "revision": 1,
        "origin": 5,
        "title": "t",
        "price": "1.50",
        "currency": "EUR",
    }
    pair = {"pair_id": PAIR.pair_id, "a": side | {"listing_id": "a"}, "b": side | {"listing_id": "b"}}
    decided = pair | {"similarity": {"fused": 0.5}, "artifact_version": "v", "shard": 0, "probability": 0.5}
    event = decided | {"number": 1, "kind": "matched", "source": "model"}
    seen: dict[str, object] = {"seen": "0" * 32, "sizes": ["S"], "image_urls": ["https://x/1.png"]}
    task = decided | {"a": side | {"listing_id": "a"} | seen, "b": side | {"listing_id": "b"} | seen}
    embedding = Embedding(vector=_VECTOR, numbers=_VECTOR)
    embedded = EmbeddedListing(**Offer.model_validate(listing).model_dump(), embedding=embedding).to_bytes()
    return [
        b"\0" + written(listing),
        b"\1" + written(retry),
        b"\2" + written(verdict),
        b"\3" + b"a",
        b"\4" + b"r:789:a\n789\n" + embedded,
        b"\4" + b"a\n\n" + embedded,
        b"\4" + b"v:" + PAIR.pair_id.encode() + b"\n\n" + written(verdict),
        b"\4" + b"r:00:a\n\n",
        b"\5" + written(event),
        b"\6" + written(task),
    ]


def _listing(value: bytes) -> None:
    """Under its own key, so that what is let in is looked at."""
    item = _answer(TOPICS.listings, _said(value, "listing_id"), value)
    if isinstance(item, ToEmbed):
        assert isinstance(item.offer, Listing)
        assert Listing.model_validate(parse(_json(item.offer))) == item.offer
        _fits(item.offer)


def _retry(value: bytes) -> None:
    item = _answer(TOPICS.retry, b"a", value)
    if isinstance(item, ToEmbed):
        assert item.as_of is not None
        _fits(item.offer)


def _verdict(value: bytes) -> None:
    item = _answer(TOPICS.verdicts, _said(value, "pair_id"), value)
    if isinstance(item, Judged) and item.verdict is not None:
        assert Verdict.from_bytes(item.verdict.to_bytes()) == item.verdict


def _key(key: bytes) -> None:
    """Any bytes as the key of a deletion."""
    _answer(TOPICS.listings, key, None)


def _inner(value: bytes) -> None:
    """A record of the inner log, its key before the first line break: read, or refused as a ValueError."""
    key, _, rest = value.partition(b"\n")
    as_of, _, payload = rest.partition(b"\n")
    kind = b"verdict" if key.startswith(b"v:") else b"void" if payload == b"{}" else b"listing"
    kind = b"again" if key.startswith(b"r:00:") else kind
    headers = (("kind", kind), ("as_of", as_of), ("arrived_ms", as_of))
    record = Record(TOPICS.embedded, 0, 7, -1, key, payload or None, headers[: 3 if as_of else 1])
    void = read_void(record)
    assert void is None or void.listing_id
    try:
        said = read(record)
    except ValueError:
        return
    out = said.to_record(TOPICS.embedded, 0)
    assert read(Record(out.topic, 0, 7, -1, out.key, out.value, out.headers)) == said


def _wire(kind: type[Wire]) -> Callable[[bytes], None]:
    """A value that is read is written and read again as the same."""

    def read_again(value: bytes) -> None:
        try:
            said = kind.from_bytes(value)
        except ValueError:
            return
        assert kind.from_bytes(said.to_bytes()) == said

    return read_again


_KINDS: tuple[Callable[[bytes], None], ...] = (
    _listing,
    _retry,
    _verdict,
    _key,
    _inner,
    _wire(MatchEvent),
    _wire(ReviewTask),
)


def _answer(topic: str, key: bytes, value: bytes | None) -> object:
    record = Record(topic, 0, 7, -1, key, value)
    item = _DECODER.decode(record)
    if isinstance(item, Bad):
        assert item.fault.reason in REASONS
        assert item.fault.detail
        assert printable(item.fault.detail)
        letter = make_dead_letter(
            record, item.fault, topic=TOPICS.dlq, stage=item.stage, version="1", max_bytes=MAX_MESSAGE
        )
        assert size_of(letter) <= MAX_MESSAGE
    return item


def _fits(offer: Offer) -> None:
    """Into the inner log, the retry topic, and (its inline pictures left out) a row of the index."""
    embedding = Embedding(vector=_VECTOR, numbers=_VECTOR)
    embedded = EmbeddedListing(**offer.model_dump(exclude={"description"}), embedding=embedding)
    inner = InnerListing(offer.listing_id, embedded, 0).to_record(TOPICS.embedded, 0)
    assert size_of(inner) <= MAX_MESSAGE
    said = read(Record(inner.topic, 0, 7, -1, inner.key, inner.value, inner.headers))
    assert isinstance(said, InnerListing)
    assert said.listing == embedded
    shown = tuple(url for url in embedded.image_urls if not url.lower().startswith("data:"))
    assert len(embedded.model_copy(update={"image_urls": shown}).to_bytes()) <= MAX_ROW
    again = RetryRequest(listing=offer, as_of=0, attempt=1, not_before_ms=0, arrived_ms=0)
    assert RetryRequest.from_bytes(again.to_bytes()).to_bytes() == again.to_bytes()


def _said(value: bytes, field: str) -> bytes:
    """What the value says that its key is, if it says so."""
    try:
        said: Any = parse(value).get(field)
        return said.encode() if isinstance(said, str) and said else b"a"
    except ValueError:
        return b"a"


def _json(model: Listing) -> bytes:
    return canonical(model.model_dump(mode="json", exclude_none=True))
