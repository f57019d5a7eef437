"""What an entry of a content cache looks like: its checks, its bytes, and what it counts for."""

from __future__ import annotations

import hashlib
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from consumer.ports.pictures import KnownUrl

_OVERHEAD = 128  # what a row costs beside its value: the key twice (table and index), ticks, page slack
_URL = struct.Struct("<32sq")
_CRC = struct.Struct("<I")

URL_COST = _URL.size + _CRC.size + _OVERHEAD
"""Bytes that a remembered URL counts for."""


def feature_cost(feature: NDArray[np.float32]) -> int:
    """Bytes that a remembered feature counts for: four a number and the overhead of a row."""
    return 4 * feature.size + _CRC.size + _OVERHEAD


def checked_feature(key: str, feature: NDArray[np.float32]) -> NDArray[np.float32]:
    """The feature as flat, read-only, little-endian `float32[d]`, a copy of its own.

    Raises:
        ValueError: empty, not flat, or not finite: such a feature would spoil every later run.
    """
    array = np.array(feature, dtype="<f4")
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"the feature of {key[:80]!r} is not a flat, finite float32 array")
    array.setflags(write=False)
    return array


def digest(kind: str, key: str) -> bytes:
    """20 bytes that stand for a key of any length, of one kind."""
    return hashlib.blake2b(
        key.encode("utf-8", "surrogatepass"), digest_size=20, person=kind.encode("ascii")
    ).digest()


def pack_url(known: KnownUrl) -> bytes:
    """A checksum, the SHA-256 and the time."""
    return _sealed(_URL.pack(bytes.fromhex(known.sha256), known.fetched_ms))


def unpack_url(value: bytes) -> KnownUrl | None:
    """The inverse; None of bytes that were not written by `pack_url`."""
    body = _opened(value)
    if body is None or len(body) != _URL.size:
        return None
    sha256, fetched_ms = _URL.unpack(body)
    return KnownUrl(sha256.hex(), fetched_ms)


def pack_feature(feature: NDArray[np.float32]) -> bytes:
    """A checksum and `float32[d]`, little-endian."""
    return _sealed(feature.tobytes())


def unpack_feature(value: bytes) -> NDArray[np.float32] | None:
    """The inverse, read-only; None of bytes that were not written by `pack_feature`."""
    body = _opened(value)
    if not body or len(body) % 4:
        return None
    return np.frombuffer(body, dtype="<f4")


def _sealed(body: bytes) -> bytes:
    return _CRC.pack(zlib.crc32(body)) + body


def _opened(value: bytes) -> bytes | None:
    body = value[_CRC.size :]
    return body if value[: _CRC.size] == _CRC.pack(zlib.crc32(body)) else None
