"""The feature store: what was appended is there again, whatever ended the process before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.features.store import FeatureStore, MemoryShelf, Shelf, default_folder

WIDTH = 3


def some(*names: str) -> dict[str, np.ndarray]:
    return {name: np.arange(WIDTH, dtype=np.float32) + ord(name[0]) for name in names}


def files(folder: Path) -> tuple[Path, Path]:
    return next(folder.glob("*.rows")), next(folder.glob("*.keys"))


def test_features_are_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    """By key, in any order, bit for bit, from memory that is mapped and not loaded."""
    with FeatureStore(tmp_path) as store:
        store.shelf("p:x", WIDTH).append(some("a", "b"))
        store.shelf("p:x", WIDTH).append(some("c"))
    with FeatureStore(tmp_path) as store:
        shelf = store.shelf("p:x", WIDTH)
        assert len(shelf) == 3
        assert "b" in shelf
        assert "d" not in shelf
        expected = np.stack([some(name)[name] for name in "cab"])
        np.testing.assert_array_equal(shelf.rows(["c", "a", "b"], WIDTH), expected)
        assert isinstance(shelf._map, np.memmap)


def test_a_key_keeps_what_it_has(tmp_path: Path) -> None:
    """A second feature of one key is not written."""
    with FeatureStore(tmp_path) as store:
        shelf = store.shelf("p:x", WIDTH)
        shelf.append(some("a"))
        shelf.append({"a": np.zeros(WIDTH, np.float32)})
        assert len(shelf) == 1
        np.testing.assert_array_equal(shelf.rows(["a"], WIDTH)[0], some("a")["a"])


def test_encoders_do_not_share_a_shelf(tmp_path: Path) -> None:
    """Another revision, and another width, begin anew."""
    with FeatureStore(tmp_path) as store:
        store.shelf("p:x:1", WIDTH).append(some("a"))
        assert len(store.shelf("p:x:2", WIDTH)) == 0
        assert len(store.shelf("p:x:1", WIDTH + 1)) == 0


@pytest.mark.parametrize(
    ("rows_left", "keys_left"),
    [(0, 96), (36, 0), (11, 96), (12, 96), (35, 96), (36, 31), (36, 32), (36, 95), (25, 63), (36, 96)],
)
def test_whatever_a_crash_tore_the_whole_pairs_before_it_stay(
    tmp_path: Path, rows_left: int, keys_left: int
) -> None:
    """Both files cut anywhere: what is whole in both is kept, the rest can be written again."""
    with FeatureStore(tmp_path) as store:
        store.shelf("p:x", WIDTH).append(some("a", "b", "c"))
    for file, left in zip(files(tmp_path), (rows_left, keys_left), strict=True):
        file.write_bytes(file.read_bytes()[:left])
    whole = min(rows_left // (4 * WIDTH), keys_left // 32)
    with FeatureStore(tmp_path) as store:
        shelf = store.shelf("p:x", WIDTH)
        assert [name in shelf for name in "abc"] == [place < whole for place in range(3)]
        shelf.append(some("a", "b", "c"))
        expected = np.stack([some(name)[name] for name in "abc"])
        np.testing.assert_array_equal(shelf.rows(["a", "b", "c"], WIDTH), expected)


def test_two_writers_see_what_the_other_wrote(tmp_path: Path) -> None:
    """Each turn begins with the other's features, so that none is written twice or over another."""
    one, other = Shelf(tmp_path, "x", WIDTH), Shelf(tmp_path, "x", WIDTH)
    one.append(some("a"))
    other.append(some("b", "a"))
    one.append(some("c", "b"))
    for shelf in (one, other):
        shelf.append({})
        assert len(shelf) == 3
        np.testing.assert_array_equal(shelf.rows(["b", "c"], WIDTH)[:, 0], [ord("b"), ord("c")])
        shelf.close()


@pytest.mark.parametrize("row", [[1.0, 2.0], [1.0, np.nan, 2.0], [np.inf] * 3])
def test_a_feature_that_does_not_fit_is_refused_whole(tmp_path: Path, row: list[float]) -> None:
    """Of another length or not finite; nothing of its batch is written."""
    with FeatureStore(tmp_path) as store:
        shelf = store.shelf("p:x", WIDTH)
        with pytest.raises(ValueError, match="3 finite numbers"):
            shelf.append(some("a") | {"b": np.array(row, np.float32)})
        assert len(shelf) == 0
        assert files(tmp_path)[0].stat().st_size == 0


def test_files_that_shrink_under_a_writer_are_noticed(tmp_path: Path) -> None:
    """Someone emptied the cache: the run stops rather than read rows that are not there."""
    with FeatureStore(tmp_path) as store:
        shelf = store.shelf("p:x", WIDTH)
        shelf.append(some("a", "b"))
        files(tmp_path)[1].write_bytes(b"")
        with pytest.raises(OSError, match="2 features vanished"):
            shelf.append(some("c"))


def test_another_width_is_refused_when_read(tmp_path: Path) -> None:
    """And a key that is not there is an error that names it."""
    with FeatureStore(tmp_path) as store:
        shelf = store.shelf("p:x", WIDTH)
        with pytest.raises(ValueError, match="3 numbers, not 4"):
            shelf.rows([], 4)
        with pytest.raises(KeyError):
            shelf.rows(["nothing"], WIDTH)


def test_a_shelf_in_memory_gives_what_it_was_given() -> None:
    """The same face, with no file behind it."""
    shelf = MemoryShelf()
    shelf.append(some("a", "b"))
    assert "a" in shelf
    np.testing.assert_array_equal(shelf.rows(["b"], WIDTH)[0], some("b")["b"])
    assert shelf.rows([], WIDTH).shape == (0, WIDTH)


def test_the_cache_is_where_the_desktop_says() -> None:
    """XDG_CACHE_HOME if it is absolute, else the home's."""
    assert default_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/skutwin/features")
    assert default_folder({"XDG_CACHE_HOME": "c"}) == Path.home() / ".cache/skutwin/features"
    assert default_folder({}) == Path.home() / ".cache/skutwin/features"
