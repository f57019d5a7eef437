"""Ids and GTINs, and an offset, on their way into Milvus' filter expressions and keys."""

from __future__ import annotations

import re
from unittest.mock import patch

import numpy as np

from consumer.index.connection import MilvusConnection
from consumer.index.milvus import MilvusIndex
from consumer.ports.index import RowKey
from model.listing import INT64_MAX
from tests.index_suite import DIMENSION, HOSTILE_IDS, IDENTITY, REFUSED_IDS, marker
from tests.integration.index.test_filters import FILTER, Listening

_PRIMARY = re.compile(r"[0-9a-f]{32}-\d{19}|w-\d{19}")
_OFFSET_BYTES = 8
_AT_ONCE = 5


def check(data: bytes) -> None:
    """Eight bytes of an offset, then ids, a zero byte between two of them.

    Raises:
        AssertionError: a text found its way into an expression or a key.
    """
    offset = int.from_bytes(data[:_OFFSET_BYTES], "big") % (INT64_MAX + 1)
    ids = [text.decode("utf-8", "surrogateescape") for text in data[_OFFSET_BYTES:].split(b"\0")[:_AT_ONCE]]
    client = Listening()

    def call(_: object, what: str, run: object, **__: object) -> object:
        del what
        assert callable(run)
        return run(client, 1.0)

    with patch.object(MilvusConnection, "call", call):
        _use(MilvusIndex("http://localhost:1", IDENTITY), ids, offset)
    for expression in client.filters:
        assert FILTER.fullmatch(expression), expression
    for key in client.keys:
        assert _PRIMARY.fullmatch(key), key


def seeds() -> list[bytes]:
    """What filters were broken with elsewhere."""
    texts = [
        *HOSTILE_IDS,
        *REFUSED_IDS,
        "4006381333931",
        "04006381333931",
        "1] or kind >= 0",
        "①",
        "-1",
        "1e5",
    ]
    return [bytes(7) + b"\7" + text.encode() + b"\0a" for text in texts]


def _use(index: MilvusIndex, ids: list[str], offset: int) -> None:
    """Everything that takes an id, a GTIN or an offset; what is none of these is refused as a ValueError."""
    for use in (
        lambda: index.rows_of(ids, strong=True),
        lambda: index.by_gtin(ids, 10, strong=False),
        lambda: index.delete([RowKey(listing_id, offset) for listing_id in ids]),
        lambda: index.write([marker(listing_id, offset) for listing_id in ids], offset),
        lambda: index.expired_markers(offset, 10),
        lambda: list(index.scan(0, offset)),
        lambda: index.search(np.ones((1, DIMENSION), np.float32), 5, strong=True),
    ):
        try:
            use()
        except ValueError:
            continue
