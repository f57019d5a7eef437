"""What the index on Milvus puts into a filter expression, whatever ids and GTINs hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumer.index.milvus import MilvusIndex
from consumer.ports.index import RowKey
from model.gtin import check_digit
from tests.index_suite import DIMENSION, HOSTILE_IDS, IDENTITY, REFUSED_IDS, marker

NUMBER = r"-?\d+"
COLUMN = "(?:kind|listing_key|gtin|row_offset|timestamp_ms)"
TERM = rf"{COLUMN} (?:(?:==|!=|<|<=|>|>=) {NUMBER}|in \[{NUMBER}(?:, {NUMBER})*\])"
FILTER = re.compile(rf"(?:\(*{TERM}\)*(?: and \(*{TERM}\)*)*)?")
"""Names of integer columns, comparisons and integers: there is no place for a text."""

IDS = st.one_of(
    st.sampled_from((*HOSTILE_IDS, *REFUSED_IDS)),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
)
GTINS = st.integers(0, 10**13 - 1).map(lambda body: f"{body:013d}{check_digit(f'{body:013d}')}")


class Listening:
    """Stands for pymilvus' client: notes each expression and each key, and has no rows."""

    def __init__(self) -> None:
        self.filters: list[str] = []
        self.keys: list[str] = []

    def query(self, _: str, *, filter: str, output_fields: list[str], **__: Any) -> list[dict[str, Any]]:  # noqa: A002 (pymilvus' name)
        self.filters.append(filter)
        return [{"count(*)": 0}] if output_fields == ["count(*)"] else []

    def search(self, _: str, *, data: list[Any], filter: str, **__: Any) -> list[list[Any]]:  # noqa: A002 (as above)
        self.filters.append(filter)
        return [[] for _ in data]

    def delete(self, _: str, *, ids: list[str], **__: Any) -> None:
        self.keys += ids

    def upsert(self, _: str, entities: list[dict[str, Any]], **__: Any) -> None:
        self.keys += [entity["pk"] for entity in entities]


@pytest.fixture
def client() -> Listening:
    return Listening()


@pytest.fixture
def index(client: Listening, monkeypatch: pytest.MonkeyPatch) -> MilvusIndex:
    def call(_: object, what: str, run: Callable[[Any, float], Any], **__: Any) -> Any:
        del what
        return run(client, 1.0)

    monkeypatch.setattr("consumer.index.connection.MilvusConnection.call", call)
    return MilvusIndex("http://localhost:1", IDENTITY)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(IDS, min_size=1, max_size=5),
    gtins=st.lists(GTINS, min_size=1, max_size=5),
    offset=st.integers(0, 2**63 - 1),
)
def test_no_id_is_ever_part_of_a_filter(
    client: Listening, index: MilvusIndex, *, ids: list[str], gtins: list[str], offset: int
) -> None:
    """Every expression is of integer columns and integers; every key of hex digits and a number."""
    client.filters.clear()
    client.keys.clear()
    index.rows_of(ids, strong=True)
    index.by_gtin(gtins, 10, strong=False)
    index.delete([RowKey(listing_id, offset) for listing_id in ids])
    index.expired_markers(offset, 10)
    list(index.scan(0, offset))
    index.search(np.ones((1, DIMENSION), np.float32), 5, strong=True)
    index.live_rows()
    index.watermark()
    index.write([marker(listing_id, offset) for listing_id in ids], offset)
    assert len(client.filters) >= 7
    for expression in client.filters:
        assert FILTER.fullmatch(expression), expression
    for key in client.keys:
        assert re.fullmatch(r"[0-9a-f]{32}-\d{19}|w-\d{19}", key), key


@pytest.mark.parametrize("hostile", ["1] or kind >= 0", "0 or 1", "' or ''='", "1e5", "①"])
def test_what_is_no_gtin_never_gets_into_one(index: MilvusIndex, client: Listening, hostile: str) -> None:
    """A text that validation should have stopped is refused or read as a number, and never quoted."""
    try:
        index.by_gtin([hostile], 10, strong=True)
    except ValueError:
        assert client.filters == []
    assert all(FILTER.fullmatch(expression) for expression in client.filters)
