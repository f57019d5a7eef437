"""What fuzzing the filter builder begins from and what it found; it needs pymilvus, and no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.index.milvus import MilvusIndex
from tests.fuzz.fuzz_filter import check, seeds

FOUND = sorted((Path(__file__).parents[2] / "fuzz" / "corpus" / "filter").glob("*"))


CASES = [*seeds(), *(path.read_bytes() for path in FOUND)]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_no_text_gets_into_an_expression(case: bytes) -> None:
    """Names of integer columns, comparisons and integers, whatever the ids and GTINs are."""
    check(case)


def test_a_quoted_id_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The property fails where an id stands in an expression."""

    def quoted(index: MilvusIndex, ids: list[str], **_: object) -> None:
        quoting = f'id == "{ids[0]}"'
        index._milvus.call("read", lambda client, _: client.query("c", filter=quoting, output_fields=[]))

    monkeypatch.setattr(MilvusIndex, "rows_of", quoted)
    with pytest.raises(AssertionError, match="id =="):
        check(seeds()[0])
