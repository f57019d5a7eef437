"""The cache on disk between processes: killed ones, and several that begin one file at the same moment."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from consumer.pictures.cache import SqliteContentCache

if TYPE_CHECKING:
    from pathlib import Path

_DIES_IN_A_TRANSACTION = """
import os, pathlib, signal, sys, numpy as np
from consumer.pictures.cache import SqliteContentCache
cache = SqliteContentCache(pathlib.Path(sys.argv[1]), 1 << 24)
cache.remember_features({"k": np.ones(8, np.float32)})
cache._database.execute("BEGIN IMMEDIATE")
cache._database.execute("DELETE FROM entries")
os.kill(os.getpid(), signal.SIGKILL)
"""
_WRITES_A_HUNDRED = """
import pathlib, sys, numpy as np
from consumer.pictures.cache import SqliteContentCache
sys.stdin.readline()
cache = SqliteContentCache(pathlib.Path(sys.argv[1]), 1 << 24)
for number in range(100):
    cache.remember_features({f"{sys.argv[2]}:{number}": np.full(8, number, np.float32)})
assert not cache.troubles, cache.troubles
cache.close()
"""


def test_a_killed_process_leaves_a_usable_file(tmp_path: Path) -> None:
    """A process that dies by SIGKILL inside a transaction loses nothing noted before it."""
    path = tmp_path / "cache.db"
    died = subprocess.run([sys.executable, "-c", _DIES_IN_A_TRANSACTION, str(path)], check=False)
    assert died.returncode == -9
    with closing(SqliteContentCache(path, 1 << 24)) as cache:
        assert np.array_equal(cache.features(["k"])["k"], np.ones(8, np.float32))
        assert not cache.troubles


def test_processes_may_begin_and_fill_one_file_together(tmp_path: Path) -> None:
    """Three processes that make the file at once and write 100 times each lose nothing and meet no error."""
    path = tmp_path / "cache.db"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITES_A_HUNDRED, str(path), str(writer)], stdin=subprocess.PIPE
        )
        for writer in range(3)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    keys = [f"{writer}:{number}" for writer in range(3) for number in range(100)]
    with closing(SqliteContentCache(path, 1 << 24)) as cache:
        assert set(cache.features(keys)) == set(keys)
