"""EmbeddedListing: bytes that repeat themselves and fit every limit behind."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from model.embedded import MAX_DIMENSION, EmbeddedListing, Embedding, Pictures
from model.encoders.palette import PALETTE
from model.listing import INT64_MAX, MAX_PICTURES, MAX_PRICE, MAX_SIZES
from tests.fast.model.rows import row, rows, vector

# What takes most bytes in JSON for its bytes of UTF-8 (quotes, backslashes), and long characters.
NASTY = ['"', "\\", "€", "😀", "é", "a"]


def full(char: str, limit: int) -> str:
    return char * (limit // len(char.encode()))


def extreme(char: str, url: str, urls: int, dimension: int) -> EmbeddedListing:
    """A listing with every field as long as the contract allows."""
    numbers = vector(3, dimension)
    return EmbeddedListing(
        listing_id=full(char, 128),
        seller_id=full(char, 128),
        revision=INT64_MAX,
        title=full(char, 2000),
        brand=full(char, 256),
        category=full(char, 256),
        colour=full(char, 256),
        sizes=(full(char, 64),) * MAX_SIZES,
        price=MAX_PRICE - Decimal("0.000001"),
        currency="EUR",
        gtin="4006381333931",
        image_urls=(url,) * urls,
        url="https://e/" + "a" * (2048 - 10),
        updated_at="2026-01-01T00:00:00.123456+14:00",
        market=full(char, 32),
        embedding=Embedding(
            vector=numbers, image=numbers, text=numbers, numbers=numbers, palette=vector(3, PALETTE)
        ),
        pictures=Pictures(
            hashes=("f" * 16,) * MAX_PICTURES,
            perceptual_hashes=("f" * 16,) * MAX_PICTURES,
            gone=12,
            pending=12,
            attempt=99,
        ),
    )


@given(st.sampled_from(NASTY), st.sampled_from(["a", "é", "%", "'", "😀"]), st.integers(1, MAX_DIMENSION))
@settings(max_examples=25)
def test_the_longest_listing_fits_a_row_of_the_index(char: str, tail: str, dimension: int) -> None:
    """Without data: URLs a listing takes 60,000 bytes at most; a VarChar of Milvus holds 65,535."""
    url = "https://e/" + full(tail, 2048 - 10)
    assert len(extreme(char, url, MAX_PICTURES, dimension).to_bytes()) <= 60_000


def test_the_longest_listing_with_pictures_inside_fits_a_message() -> None:
    """With twelve data: URLs it takes 950,000 bytes at most; a message of Kafka holds 1 MiB."""
    url = "data:image/png;base64," + "A" * (65_536 - 22)
    assert len(extreme("\\", url, MAX_PICTURES, MAX_DIMENSION).to_bytes()) <= 950_000


@given(rows())
@settings(max_examples=25)
def test_bytes_read_back_are_the_same_bytes(listing: EmbeddedListing) -> None:
    """Reading and writing again repeats every byte, and so every bit of the vectors."""
    again = EmbeddedListing.from_bytes(listing.to_bytes())
    assert again.to_bytes() == listing.to_bytes()
    assert np.array_equal(again.embedding.vector, listing.embedding.vector)


@pytest.mark.parametrize(
    "numbers",
    [[], [float("nan")], [float("inf")], [[1.0]], [0.0] * (MAX_DIMENSION + 1), "AAA=", "AAAAAAA=", "é"],
)
def test_a_vector_that_is_none_is_refused(numbers: object) -> None:
    """Not finite, not flat, empty, too long, or not float32 in base64."""
    with pytest.raises(ValidationError, match="vector"):
        Embedding.model_validate({"vector": numbers, "numbers": [1.0]})


def test_parts_of_another_length_are_refused() -> None:
    """All parts live in one space."""
    with pytest.raises(ValidationError, match="text: has 2 numbers, vector has 3"):
        Embedding(vector=np.ones(3), text=np.ones(2), numbers=np.ones(3))


def test_a_vector_is_a_copy_that_cannot_change() -> None:
    """The caller's array stays writable, and writing into it does not reach the listing."""
    mine = np.ones(3, dtype=np.float32)
    kept = Embedding(vector=mine, numbers=mine).vector
    mine[0] = 5
    assert kept.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 2


def test_a_new_price_keeps_the_fingerprint_and_a_new_title_does_not() -> None:
    """A verdict holds until what the person saw, price apart, changes."""
    first = row(price="9.99", currency="EUR")
    assert row(price="8.49", currency="USD", revision=2).fingerprint() == first.fingerprint()
    assert row(title="Shirt 2").fingerprint() != first.fingerprint()
