"""The index on Milvus Lite, by the shared suite, and what an operator may do to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pymilvus import MilvusClient

from consumer.errors import IndexFault, IndexMismatch, Misconfigured
from consumer.index.milvus import MilvusIndex
from consumer.index.schema import collection_properties, collection_schema
from consumer.ports.index import Index, IndexIdentity
from tests.index_suite import IDENTITY, IndexSuite, OpenIndex, live, unit

_WRITER = """
import sys
from consumer.index.milvus import MilvusIndex
from tests.index_suite import IDENTITY, live
index = MilvusIndex(sys.argv[1], IDENTITY, collection="rows")
index.open()
for number in range(10**6):
    index.write([live(f"l{number}", number)], number + 1)
    print(number, flush=True)
"""


class TestMilvusLite(IndexSuite):
    @pytest.fixture
    def open_index(self, tmp_path: Path) -> OpenIndex:
        def start(*, identity: IndexIdentity = IDENTITY) -> Index:
            index = MilvusIndex(str(tmp_path / "index.db"), identity, collection="rows")
            index.open()
            return index

        return start


def test_a_writer_keeps_others_out_and_dies_without_loss(tmp_path: Path) -> None:
    """While one process holds the folder another is told so; after SIGKILL no acknowledged row is lost."""
    path = tmp_path / "index.db"
    acknowledged = -1
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        try:
            assert writer.stdout is not None
            acknowledged = int(writer.stdout.readline())
            with pytest.raises(IndexFault, match="open in another process") as told:
                MilvusIndex(str(path), IDENTITY, collection="rows").open()
            assert "SKUTWIN_MILVUS_URI" in str(told.value)
            while acknowledged < 50:
                acknowledged = int(writer.stdout.readline())
        finally:
            os.kill(writer.pid, signal.SIGKILL)
    index = MilvusIndex(str(path), IDENTITY, collection="rows")
    index.open()
    names = [f"l{number}" for number in range(acknowledged + 1)]
    assert set(index.rows_of(names, strong=True)) == set(names)
    assert (index.watermark() or 0) > acknowledged
    index.close()


def test_two_indexes_share_a_folder_in_one_process(tmp_path: Path) -> None:
    """Two shards in one process hold one engine; it lives until the last one closes."""
    first, second = (
        MilvusIndex(str(tmp_path / "index.db"), IDENTITY, collection=name) for name in ("first", "second")
    )
    first.open()
    second.open()
    first.write([live("a", 1)], 2)
    first.close()
    assert second.live_rows() == 0
    second.close()
    first.open()
    assert first.live_rows() == 1
    first.close()


def test_an_unreachable_server_is_reported_within_seconds() -> None:
    """Opening names the address and what to do, long before the budget of a running stream is spent."""
    index = MilvusIndex("http://127.0.0.1:9", IDENTITY, connect_timeout_s=1.0)
    started = time.monotonic()
    with pytest.raises(IndexFault, match="Is Milvus running there") as told:
        index.open()
    assert time.monotonic() - started < 5
    assert "http://127.0.0.1:9" in str(told.value)


def test_credentials_stay_out_of_messages() -> None:
    """A URI may bear a user and a password; a fault does not repeat them."""
    with pytest.raises(IndexFault) as told:
        MilvusIndex("http://root:hunter2@127.0.0.1:9", IDENTITY, connect_timeout_s=0.5).open()
    assert "hunter2" not in str(told.value)


def test_a_uri_that_is_no_milvus_is_refused(tmp_path: Path) -> None:
    """Neither a file ending in .db nor http(s), or a folder that is not there, is said at once."""
    with pytest.raises(Misconfigured, match=r"ends in \.db"):
        MilvusIndex("milvus:19530", IDENTITY)
    with pytest.raises(Misconfigured, match="no folder"):
        MilvusIndex(str(tmp_path / "absent" / "index.db"), IDENTITY).open()
    (tmp_path / "file.db").write_text("not a folder")
    with pytest.raises(IndexFault, match="cannot open"):
        MilvusIndex(str(tmp_path / "file.db"), IDENTITY).open()


def test_another_metric_is_refused_and_a_missing_index_made(tmp_path: Path) -> None:
    """Lite takes any metric in silence; a collection whose creation was cut short is finished."""
    index = MilvusIndex(str(tmp_path / "index.db"), IDENTITY, collection="good")
    index.open()
    _create(index, "cosine", "COSINE")
    _create(index, "cut_short", None)
    with pytest.raises(IndexMismatch, match="metric_type of its vectors is 'COSINE', not 'IP'"):
        MilvusIndex(str(tmp_path / "index.db"), IDENTITY, collection="cosine").open()
    finished = MilvusIndex(str(tmp_path / "index.db"), IDENTITY, collection="cut_short")
    finished.open()
    finished.write([live("a", 1)], 2)
    assert [hit.listing_id for hit in finished.search(unit(1.0)[None], 1, strong=True)[0]] == ["a"]
    finished.close()
    index.close()


def test_old_watermarks_are_cleaned_away(tmp_path: Path) -> None:
    """However many batches are written, few watermarks stay, the greatest among them."""
    index = MilvusIndex(str(tmp_path / "index.db"), IDENTITY)
    index.open()
    for offset in range(100):
        index.write([], offset)
    assert index.watermark() == 99
    assert len(index._read_watermarks()) < 40
    index.close()


def test_an_answer_past_the_cap_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an answer is as long as the cap allows, both halves are asked for, so that nothing is cut."""
    monkeypatch.setattr("consumer.index.milvus.MAX_LIMIT", 7)
    index = MilvusIndex(str(tmp_path / "index.db"), IDENTITY)
    index.open()
    index.write([live("a", offset) for offset in range(40)], 40)
    assert [row.offset for row in index.rows_of(["a"], strong=True)["a"]] == list(range(40))
    index.close()


def _create(index: MilvusIndex, name: str, metric: str | None) -> None:
    """A collection like ours with another metric, or with None as a crash leaves it: without indexes."""

    def create(client: MilvusClient, _limit_s: float) -> None:
        schema, properties = collection_schema(IDENTITY.dimension), collection_properties(IDENTITY)
        client.create_collection(name, schema=schema, properties=properties)
        if metric:
            params = client.prepare_index_params()
            params.add_index("vector", index_type="HNSW", index_name="vector", metric_type=metric)
            client.create_index(name, params)

    index._milvus.call("preparing", create)


def test_an_index_knows_what_room_it_takes(tmp_path: Path) -> None:
    """The folder's files, and those and what is free on their disk for the most."""
    index = MilvusIndex(str(tmp_path / "index.db"), IDENTITY, collection="rows")
    index.open()
    before = index.room()
    index.write([live(f"l{number}", number) for number in range(500)], 500)
    after = index.room()
    index.close()
    assert before is not None
    assert after is not None
    assert after.used_bytes > before.used_bytes > 0
    assert after.limit_bytes > after.used_bytes
