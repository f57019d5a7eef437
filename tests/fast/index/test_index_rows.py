"""Keys and limits that every index shares."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from consumer.index.identity import from_text, to_text
from consumer.index.rows import MAX_PAYLOAD_BYTES, listing_key, payload_of, primary_key
from consumer.index.schema import entity_row, row_entity
from consumer.ports.index import Row
from model.embedded import MAX_DIMENSION, EmbeddedListing, Embedding, Pictures
from model.listing import INT64_MAX
from tests.index_suite import IDENTITY

IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=128)


@given(IDS, st.integers(0, INT64_MAX))
def test_a_primary_key_needs_no_quoting(listing_id: str, offset: int) -> None:
    """Whatever an id holds, its key has letters, digits and a dash only, and its hash is a positive int64."""
    assert re.fullmatch(r"[0-9a-f]{32}-[0-9]{19}", primary_key(listing_id, offset))
    assert 0 <= listing_key(listing_id) <= INT64_MAX


@given(IDS, IDS, st.integers(0, INT64_MAX), st.integers(0, INT64_MAX))
def test_different_rows_have_different_keys(one: str, other: str, first: int, second: int) -> None:
    """Keys are equal where listing and offset are, and nowhere else."""
    equal = (one, first) == (other, second)
    assert (primary_key(one, first) == primary_key(other, second)) == equal


def test_the_largest_valid_listing_fits() -> None:
    """With every field at its limit, the greatest dimension and no data: URLs, a row fits a VarChar."""
    vector = np.full(MAX_DIMENSION, MAX_DIMENSION**-0.5, np.float32)
    listing = EmbeddedListing(
        listing_id='"' * 128,
        seller_id="\\" * 128,
        revision=INT64_MAX,
        title='"' * 2_000,
        brand='"' * 256,
        category='"' * 256,
        colour='"' * 256,
        sizes=('"' * 64,) * 64,
        price="999999999999.999999",
        currency="EUR",
        gtin="04006381333931",
        image_urls=("https://" + "x" * 2_040,) * 12,
        url="https://" + "x" * 2_040,
        updated_at="2026-01-01T00:00:00.000001+00:00",
        market='"' * 32,
        embedding=Embedding(vector=vector, image=vector, text=vector, numbers=vector),
        pictures=Pictures(hashes=("0" * 16,) * 12, gone=12, pending=12, attempt=10**6),
    )
    row = Row(listing.listing_id, INT64_MAX, INT64_MAX, INT64_MAX, listing)
    assert 50_000 < len(payload_of(row).encode()) <= MAX_PAYLOAD_BYTES


def test_a_payload_is_one_value_to_whoever_checks_its_values() -> None:
    """Walked through, it gives itself and not its letters, which Milvus' client would check one by one."""
    vector = np.full(4, 0.5, np.float32)
    listing = EmbeddedListing(
        listing_id="a",
        seller_id="s",
        revision=1,
        title="red shirt",
        embedding=Embedding(vector=vector, numbers=vector),
    )
    row = Row("a", 7, 7, 0, listing)
    payload = row_entity(row, 4)["payload"]
    assert list(payload) == [payload] == [payload_of(row)]
    assert entity_row(row_entity(row, 4)) == row


def test_an_identity_comes_back_from_its_text() -> None:
    """What is written into a collection is read back the same; anything else is no identity."""
    identity = replace(IDENTITY, topic='we"ird', shard=3)
    assert from_text(to_text(identity)) == identity
    for text in ("", "{}", "[]", "null", "nonsense"):
        assert from_text(text) is None
