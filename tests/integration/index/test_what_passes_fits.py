"""What passes validation fits every limit behind it: topics, index, events, tasks, dead letters."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.contracts.inner import InnerListing
from consumer.contracts.pairs import Pair
from consumer.contracts.retry import RetryRequest
from consumer.deadletters.letter import make_dead_letter, size_of
from consumer.embed.items import Decoder, ToEmbed
from consumer.errors import RecordFault
from consumer.index.rows import MAX_PAYLOAD_BYTES, check_row, payload_of
from consumer.index.schema import collection_schema, row_entity
from consumer.kafka.config import MAX_MESSAGE_BYTES
from consumer.match.fold import fold
from consumer.match.judge import Judge, Live
from consumer.match.options import SameSeller
from consumer.ports.index import Row
from consumer.ports.records import OutRecord, Record
from model.decision.decision import Decision, Outcome, Similarity, Source
from model.decision.features import LEVELS, NUMERIC
from model.embedded import MAX_DIMENSION, EmbeddedListing, Embedding, Pictures
from model.encoders.palette import PALETTE
from model.listing import INT64_MAX, MAX_PICTURES, Listing
from tests.fast.embed.world import TOPICS
from tests.hostile_records import body, written

CHARS = ('"', "\\", "a", "é", "ﷺ", "🧦", "\u2028", "\u202e", "<", "'")
DATA = "data:image/png;base64,"


def _text(limit: int) -> st.SearchStrategy[str]:
    """Of one character, up to a limit in bytes, mostly just at it."""
    return st.builds(
        lambda char, left: char * max(1, limit // len(char.encode()) - left),
        st.sampled_from(CHARS),
        st.sampled_from((0, 0, 0, 1, 10**6)),
    )


URLS = st.one_of(
    st.builds(
        lambda tail: "https://x/" + tail * ((2_048 - 10) // len(tail.encode())), st.sampled_from("aé%'")
    ),
    st.just(DATA + "A" * (65_536 - len(DATA))),
)
LISTINGS = st.fixed_dictionaries(
    {"seller_id": _text(128), "revision": st.sampled_from((0, INT64_MAX)), "title": _text(2_000)},
    optional={
        "brand": _text(256),
        "category": _text(256),
        "colour": _text(256),
        "market": _text(32),
        "description": _text(65_536),
        "sizes": st.lists(_text(64), min_size=64, max_size=64),
        "image_urls": st.builds(lambda url: [url] * MAX_PICTURES, URLS),
        "url": st.just("https://x/" + "'" * 2_038),
        "gtin": st.just("4006381333931"),
        "updated_at": st.just("9999-12-31T23:59:59.999999+14:00"),
    },
)


def _accepted(fields: dict[str, object], listing_id: str) -> Listing | None:
    value = written(body(listing_id, **fields))
    decoder = Decoder(TOPICS, 1, 900_000)
    item = decoder.decode(Record(TOPICS.listings, 0, INT64_MAX, INT64_MAX, listing_id.encode(), value))
    return item.offer if isinstance(item, ToEmbed) and isinstance(item.offer, Listing) else None


def _embedded(listing: Listing, dimension: int) -> EmbeddedListing:
    """As large as embedding can make it."""
    vector = np.full(dimension, dimension**-0.5, np.float32)
    palette = np.full(PALETTE, PALETTE**-0.5, np.float32)
    offer = listing.model_dump(exclude={"description"})
    return EmbeddedListing(
        **offer,
        embedding=Embedding(vector=vector, image=vector, text=vector, numbers=vector, palette=palette),
        pictures=Pictures(
            hashes=("f" * 16,) * MAX_PICTURES,
            perceptual_hashes=("f" * 16,) * MAX_PICTURES,
            gone=12,
            attempt=10**6,
        ),
    )


def _stored(embedded: EmbeddedListing) -> Row:
    """The row that match makes of its record."""
    out = InnerListing(embedded.listing_id, embedded, INT64_MAX).to_record(TOPICS.embedded, 0)
    record = Record(out.topic, 0, INT64_MAX, INT64_MAX, out.key, out.value, out.headers)
    return fold([(record, InnerListing(embedded.listing_id, embedded, INT64_MAX))], {}).rows[
        embedded.listing_id
    ]


def _fits(record: OutRecord) -> bool:
    return size_of(record) <= MAX_MESSAGE_BYTES


def _decision(outcome: Outcome) -> Decision:
    contributions = tuple((name, -1234.123456789) for name in (*NUMERIC, *LEVELS, "bias"))
    similarity = Similarity(-0.123456789, -0.123456789, -0.123456789)
    return Decision(0.123456789, outcome, Source.MODEL, similarity, contributions)


@settings(max_examples=25, deadline=None)
@given(LISTINGS, LISTINGS, st.sampled_from((1, 128, MAX_DIMENSION)))
def test_what_validation_lets_in_fits_everywhere(
    one: dict[str, object], other: dict[str, object], dimension: int
) -> None:
    """Message sizes and field lengths, of the row, its retry, and what is said of two such listings."""
    listings = [_accepted(fields, name * 128) for fields, name in ((one, "a"), (other, "b"))]
    rows = []
    for listing in listings:
        if listing is None:
            return
        embedded = _embedded(listing, dimension)
        assert _fits(InnerListing(listing.listing_id, embedded, INT64_MAX, INT64_MAX).to_record("t", 0))
        retry = RetryRequest(
            listing=embedded, as_of=INT64_MAX, attempt=10**6, not_before_ms=INT64_MAX, arrived_ms=INT64_MAX
        )
        assert _fits(OutRecord("t", listing.listing_id.encode(), retry.to_bytes()))
        rows.append(_stored(embedded))
    for row in rows:
        check_row(row, dimension)
        assert len(payload_of(row).encode()) <= MAX_PAYLOAD_BYTES
        _check_columns(row, dimension)
    a, b = (row.listing for row in rows)
    assert a is not None
    assert b is not None
    for outcome in (Outcome.MATCH, Outcome.REVIEW):
        live = Live(Pair.of(a.listing_id, b.listing_id), *rows, a, b, _decision(outcome))
        owed = Judge(0, "f" * 64, SameSeller.REPORT).live(live, None, None, 10**6, asked=False)
        said = owed.event or owed.task
        assert said is not None
        assert _fits(OutRecord("t", said.pair_id.encode(), said.to_bytes(), said.headers(INT64_MAX)))


def _check_columns(row: Row, dimension: int) -> None:
    """Each text fits its column, by the schema itself."""
    entity = row_entity(row, dimension)
    for field in collection_schema(dimension).to_dict()["fields"]:
        longest = field.get("params", {}).get("max_length")
        if longest is not None:
            assert len(entity[field["name"]].encode()) <= longest, field["name"]


@settings(max_examples=30, deadline=None)
@given(
    key=st.one_of(st.none(), st.binary(max_size=300), st.just(b"k" * 1_000_000)),
    value=st.one_of(
        st.none(), st.binary(max_size=300), st.just(b"v" * 1_040_000), st.just(b"v" * 10_000_000)
    ),
    header=st.one_of(st.binary(max_size=300), st.just(b"h" * 1_040_000)),
    detail=st.one_of(st.text(max_size=300), st.just("d" * 100_000), st.just("\x1b" * 5_000)),
)
def test_a_dead_letter_of_anything_fits_a_message(
    key: bytes | None, value: bytes | None, header: bytes, detail: str
) -> None:
    """Whatever the record holds and the reason says."""
    record = Record("t" * 249, 2**31 - 1, INT64_MAX, INT64_MAX, key, value, (("h", header),))
    letter = make_dead_letter(
        record,
        RecordFault("invalid_field", detail),
        topic="dlq",
        stage="decode",
        version="0",
        max_bytes=MAX_MESSAGE_BYTES,
    )
    assert _fits(letter)
