"""What a Milvus Lite folder is worth after a power cut, from what it syncs: see docs/guarantees.md.

Lite hands each acknowledged write to the kernel, so that a killed process loses nothing. It syncs its log of
writes only when it turns it into segments, which it does not sync. So a cut may leave the log of writes
short, or segments empty or gone.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from consumer.errors import IndexFault, IndexMismatch
from consumer.index.milvus import MilvusIndex
from consumer.ports.index import RowKey
from tests.index_suite import IDENTITY, live

BATCH = 8
FLUSHED, AFTER = 10 * BATCH, 5 * BATCH


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Batches in a segment, and some more in the log of writes alone; its process is gone."""
    path = tmp_path / "index.db"
    written = opened(path)
    written.write([live("gone", 0)], 0)
    written.delete([RowKey("gone", 0)])
    for start in range(0, FLUSHED + AFTER, BATCH):
        rows = [live(f"l{number}", number) for number in range(start, start + BATCH)]
        written.write(rows, start + BATCH, start)
        if start + BATCH == FLUSHED:
            written._flush_lite()
    copy = tmp_path / "cut.db"
    _copy(path, copy)  # as it lies there while the process runs
    written.close()
    return copy


def opened(path: Path) -> MilvusIndex:
    index = MilvusIndex(str(path), IDENTITY, collection="rows", budget_s=0.1)
    index.open()
    return index


@pytest.mark.parametrize("share", [1.0, 0.9, 0.6, 0.3, 0.0])
def test_a_log_of_writes_cut_short_takes_its_watermarks_with_it(folder: Path, share: float) -> None:
    """All rows before the watermark are there; so one that lost rows is behind what the group committed."""
    (log,) = folder.rglob("wal_data_*.arrow")
    os.truncate(log, round(log.stat().st_size * share))
    index = opened(folder)
    reached = index.watermark() or 0
    before = {f"l{number}" for number in range(reached)}
    assert set(index.rows_of(before, strong=True)) == before
    assert index.decided() <= reached
    assert (reached == FLUSHED + AFTER) == (share == 1.0)
    assert reached >= FLUSHED
    index.close()


@pytest.mark.parametrize("file", ["data_*.parquet", "delta_*.parquet"])
def test_a_segment_that_is_gone_is_noticed(folder: Path, file: str) -> None:
    """Lite itself would serve the rest; the watermark stands in another file and knows nothing of it."""
    for lost in folder.rglob(file):
        lost.unlink()
    with pytest.raises(IndexMismatch, match=r"lost 1 of its files.*skutwin reindex"):
        opened(folder)


@pytest.mark.parametrize("file", ["data_*.parquet", "*.hnsw.idx"])
def test_a_segment_that_is_empty_is_noticed_and_can_be_rebuilt(folder: Path, file: str) -> None:
    """It does not open, the message names the command, and what that does first, to drop it, works."""
    for torn in folder.rglob(file):
        torn.write_bytes(b"")
    with pytest.raises(IndexFault, match="skutwin reindex"):
        opened(folder)
    index = MilvusIndex(str(folder), IDENTITY, collection="rows")
    index.drop()
    index.open()
    assert index.watermark() is None
    index.close()


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
