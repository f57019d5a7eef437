"""What every index holds its rows to, so that no back end accepts in silence what another refuses."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from consumer.ports.index import Row
from model.listing import INT64_MAX, MAX_ID_BYTES

MAX_LIMIT: Final = 16_384
"""Milvus' cap on the rows of one search or query."""

MAX_PAYLOAD_BYTES: Final = 65_535
"""Milvus' cap on a VarChar."""


def last_by_key(rows: Sequence[Row]) -> list[Row]:
    """Of several rows of one key the last, in the order of their first appearance."""
    return list({row.key: row for row in rows}.values())


def check_row(row: Row, dimension: int) -> None:
    """Whether an index of this dimension can hold the row.

    Raises:
        ValueError: a row that validation should never have let through: our fault, not the record's.
    """
    if not 0 < len(row.listing_id.encode("utf-8")) <= MAX_ID_BYTES:
        raise ValueError(f"a listing id has 1 to {MAX_ID_BYTES} bytes, not {row.listing_id[:40]!r}")
    for name in ("offset", "origin"):
        if not 0 <= getattr(row, name) <= INT64_MAX:
            raise ValueError(f"{name} {getattr(row, name)} of {row.listing_id!r} is no offset")
    if row.listing is None:
        return
    if row.listing.listing_id != row.listing_id:
        raise ValueError(f"the row of {row.listing_id!r} holds the listing {row.listing.listing_id!r}")
    check_vectors(row.listing.embedding.vector[None, :], dimension)


def payload_of(row: Row) -> str:
    """What a row holds of its listing, as text; nothing of a marker.

    Raises:
        ValueError: it fits no VarChar; validation should never have let it through.
    """
    payload = b"" if row.listing is None else row.listing.to_bytes()
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(
            f"the row of {row.listing_id!r} at offset {row.offset} has {len(payload)} bytes; "
            f"at most {MAX_PAYLOAD_BYTES} fit (were its data: URLs left out?)"
        )
    return payload.decode("utf-8")


def check_vectors(vectors: NDArray[np.float32], dimension: int) -> None:
    """Whether these are `float32[n, dimension]`, all finite (Milvus Lite accepts NaN in silence).

    Raises:
        ValueError: they are not.
    """
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise ValueError(f"vectors of shape (n, {dimension}) are wanted, not {vectors.shape}")
    if vectors.dtype != np.float32:
        raise ValueError(f"vectors of float32 are wanted, not {vectors.dtype}")
    if not np.isfinite(vectors).all():
        raise ValueError("a vector is not finite")


def check_limit(limit: int) -> None:
    """Whether one search may ask for so many.

    Raises:
        ValueError: it is not within 1 to `MAX_LIMIT`.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"a limit is within 1 and {MAX_LIMIT}, not {limit}")


def listing_key(listing_id: str) -> int:
    """63 bits of BLAKE2b of the id: all that a filter expression ever sees of it. Two ids may share one."""
    digest = hashlib.blake2b(listing_id.encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def primary_key(listing_id: str, offset: int) -> str:
    """Of letters, digits and a dash: 32 hex digits of BLAKE2b-128 of the id, then the offset in 19 digits."""
    digest = hashlib.blake2b(listing_id.encode("utf-8"), digest_size=16).hexdigest()
    return f"{digest}-{offset:019d}"
