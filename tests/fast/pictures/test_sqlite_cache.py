"""The cache on disk passes the suite, and bears what happens to files."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
import structlog

from consumer.errors import Misconfigured, WorldFault
from consumer.pictures.cache import SqliteContentCache
from consumer.pictures.cache_file import CacheFile
from consumer.ports.pictures import KnownUrl
from tests.fast.pictures.cache_suite import SHA, ContentCacheSuite, feature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class TestSqliteContentCache(ContentCacheSuite):
    @pytest.fixture
    def make_cache(self, tmp_path: Path) -> Iterator[Callable[[int], SqliteContentCache]]:
        made: list[SqliteContentCache] = []

        def make(max_bytes: int) -> SqliteContentCache:
            made.append(SqliteContentCache(tmp_path / "deep" / "cache.db", max_bytes))
            return made[-1]

        yield make
        for cache in made:
            cache.close()
            assert not cache.troubles


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


def filled(path: Path, features: int = 200) -> None:
    with closing(SqliteContentCache(path, 1 << 24)) as cache:
        cache.remember_urls({"u": KnownUrl(SHA, 1)})
        cache.remember_features({str(number): feature(number, 1280) for number in range(features)})


def test_a_restart_finds_what_was_remembered(path: Path) -> None:
    """The file outlives the object."""
    filled(path)
    with closing(SqliteContentCache(path, 1 << 24)) as cache:
        assert cache.urls(["u"]) == {"u": KnownUrl(SHA, 1)}
        assert np.array_equal(cache.features(["7"])["7"], feature(7, 1280))


def test_two_open_caches_on_one_file_see_one_another(path: Path) -> None:
    """What one writes the other reads, without being opened again."""
    with (
        closing(SqliteContentCache(path, 1 << 24)) as one,
        closing(SqliteContentCache(path, 1 << 24)) as other,
    ):
        one.remember_features({"a": feature(1)})
        other.remember_features({"b": feature(2)})
        assert set(one.features(["a", "b"])) == set(other.features(["a", "b"])) == {"a", "b"}


def test_a_file_that_is_no_database_is_set_aside(path: Path) -> None:
    """Rubbish under the cache's name is kept as `.corrupt`, counted, and a fresh cache works."""
    path.write_bytes(b"not a database at all" * 1000)
    with closing(SqliteContentCache(path, 1 << 24)) as cache:
        cache.remember_features({"k": feature(1)})
        assert "k" in cache.features(["k"])
        assert cache.troubles == {"SQLITE_NOTADB": 1}
    assert path.with_name("cache.db.corrupt").read_bytes().startswith(b"not a database")


def test_a_page_that_rots_while_the_cache_is_open_costs_a_miss(path: Path) -> None:
    """Corruption met in mid-run empties the cache instead of stopping the stream."""
    filled(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(16_384)
        file.write(b"\xff" * (size - 16_384))
    with closing(SqliteContentCache(path, 1 << 24)) as cache:
        assert cache.features([str(number) for number in range(200)]) == {}
        assert sum(cache.troubles.values()) >= 1
        cache.remember_features({"k": feature(1)})
        assert "k" in cache.features(["k"])
    assert path.with_name("cache.db.corrupt").exists()


def test_a_damaged_entry_is_a_miss(path: Path) -> None:
    """A blob whose checksum does not fit is not handed out, and is counted."""
    filled(path, features=1)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE entries SET value = substr(value, 1, length(value) - 4)")
    with closing(SqliteContentCache(path, 1 << 24)) as cache:
        assert cache.features(["0"]) == {}
        assert cache.urls(["u"]) == {}
        assert cache.troubles == {"damaged_entry": 2}


def test_a_file_of_another_schema_version_is_set_aside(path: Path) -> None:
    """An old or newer program's cache is not misread."""
    filled(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    with closing(SqliteContentCache(path, 1 << 24)) as cache:
        assert cache.urls(["u"]) == {}
    assert path.with_name("cache.db.corrupt").exists()


def test_another_programs_database_is_left_alone(path: Path) -> None:
    """A cache path that names someone's data is the operator's mistake, not something to move away."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(Misconfigured, match="another program's database"):
        SqliteContentCache(path, 1 << 24)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM customers").fetchone() == (0,)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The message names the path and says what to do."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Misconfigured, match=r"file/cache\.db cannot be opened.*local disk"):
        SqliteContentCache(tmp_path / "file" / "cache.db", 1 << 24)


def test_a_lock_held_by_another_process_costs_a_write_and_no_more(path: Path) -> None:
    """A write that waits too long is dropped and counted; reads go on."""
    filled(path, features=1)
    with (
        closing(SqliteContentCache(path, 1 << 24, busy_timeout_s=0.01)) as cache,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        cache.remember_features({"new": feature(1)})
        assert cache.troubles == {"SQLITE_BUSY": 1}
        assert set(cache.features(["0", "new"])) == {"0"}
        other.execute("ROLLBACK")
        cache.remember_features({"new": feature(1)})
        assert "new" in cache.features(["new"])


def test_a_neighbour_that_writes_keeps_nobody_from_opening(path: Path) -> None:
    """However long its write takes: what is there is read meanwhile."""
    filled(path, features=1)
    with closing(sqlite3.connect(path, isolation_level=None)) as neighbour:
        neighbour.execute("BEGIN IMMEDIATE")
        with closing(SqliteContentCache(path, 1 << 24, busy_timeout_s=0.01)) as cache:
            assert set(cache.features(["0"])) == {"0"}
        neighbour.execute("ROLLBACK")


def test_who_finds_the_file_taken_waits_for_it(path: Path) -> None:
    """A neighbour has it to itself while it recovers or removes the log of a crashed one."""
    filled(path, features=1)
    troubles = _Troubles()
    with closing(_taken(path)) as neighbour, ThreadPoolExecutor(1) as pool:
        opening = pool.submit(CacheFile(path, 0.05, troubles, structlog.get_logger()).connect)
        assert troubles.counted.wait(10)
        neighbour.close()
        opening.result(10).close()


def test_a_file_that_stays_taken_is_the_worlds_fault(path: Path) -> None:
    """The process ends and may be started again: there is nothing that an operator would have to set."""
    filled(path, features=1)
    with closing(_taken(path)), pytest.raises(WorldFault, match=r"cache\.db was locked by another process"):
        SqliteContentCache(path, 1 << 24, busy_timeout_s=0.01)


class _Troubles(Counter[str]):
    """Says when something is counted."""

    def __init__(self) -> None:
        super().__init__()
        self.counted = threading.Event()

    def __setitem__(self, name: str, count: int) -> None:
        super().__setitem__(name, count)
        self.counted.set()


def _taken(path: Path) -> sqlite3.Connection:
    """A connection that shares the file with nobody."""
    neighbour = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    neighbour.execute("PRAGMA locking_mode = EXCLUSIVE")
    neighbour.execute("BEGIN IMMEDIATE")
    neighbour.execute("COMMIT")
    return neighbour


def test_the_file_stays_near_its_bound(path: Path) -> None:
    """Four times the bound written through the cache leaves a file of less than twice the bound."""
    bound = 1 << 20
    with closing(SqliteContentCache(path, bound)) as cache:
        for start in range(0, 800, 50):
            cache.remember_features(
                {str(number): feature(number, 1280) for number in range(start, start + 50)}
            )
    assert bound / 4 < path.stat().st_size < 2 * bound


def test_a_bound_that_holds_nothing_is_refused(path: Path) -> None:
    """Zero bytes is a mistake in the settings."""
    with pytest.raises(ValueError, match="must be positive"):
        SqliteContentCache(path, 0)
