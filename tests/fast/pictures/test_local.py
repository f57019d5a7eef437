"""data: and file: URLs are read without a network, and files only under the root."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.pictures.local import _read, fetch_data, fetch_file
from consumer.ports.pictures import Fetched, Gone, Later


@given(st.binary(max_size=100))
def test_a_data_url_gives_its_content(content: bytes) -> None:
    """Plain and percent-encoded base64 alike."""
    text = base64.b64encode(content).decode()
    for payload in (text, text.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D")):
        assert fetch_data(f"data:image/png;base64,{payload}", 100) == Fetched(content)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("data:image/png;base64", "bad_data_url"),
        ("data:image/png,AAAA", "bad_data_url"),
        ("data:image/png;base64,A", "bad_data_url"),
        ("data:image/png;base64,AA AA", "bad_data_url"),
        ("data:image/png;base64,ÄÄÄÄ", "bad_data_url"),
        ("data:text/html;base64,AAAA", "not_an_image"),
        ("data:;base64,AAAA", "not_an_image"),
        ("data:image/png;base64," + "A" * 200, "too_large"),
    ],
)
def test_a_data_url_that_holds_no_picture_is_gone(url: str, reason: str) -> None:
    """Its reason says why."""
    assert fetch_data(url, 100) == Gone(reason)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    (made / "sub").mkdir(parents=True)
    (made / "sub" / "a b.jpg").write_bytes(b"jpeg")
    (tmp_path / "secret").write_bytes(b"secret")
    return made


@pytest.mark.parametrize("host", ["", "localhost"])
def test_a_file_under_the_root_is_read(root: Path, host: str) -> None:
    """Percent-encoding is undone."""
    assert fetch_file(f"file://{host}{root}/sub/a%20b.jpg", root, 100) == Fetched(b"jpeg")


def test_no_file_is_read_without_a_root(root: Path) -> None:
    """The default."""
    assert fetch_file(f"file://{root}/sub/a%20b.jpg", None, 100) == Gone("file_not_allowed")


@pytest.mark.parametrize(
    "tail", ["/../secret", "/sub/../../secret", "/%2e%2e/secret", "/sub/..%2f..%2fsecret", "/../nothing"]
)
def test_no_path_leads_out_of_the_root(root: Path, tail: str) -> None:
    """Whether something is there or not, the answer is the same."""
    assert fetch_file(f"file://{root}{tail}", root, 100) == Gone("file_not_allowed")


def test_no_link_leads_out_of_the_root(root: Path) -> None:
    """Links inside are followed, links to the outside are not, of files and of folders."""
    (root / "in.jpg").symlink_to(root / "sub" / "a b.jpg")
    (root / "out.jpg").symlink_to(root.parent / "secret")
    (root / "up").symlink_to(root.parent)
    (root / "loop").symlink_to(root / "loop")
    assert fetch_file(f"file://{root}/in.jpg", root, 100) == Fetched(b"jpeg")
    assert fetch_file(f"file://{root}/out.jpg", root, 100) == Gone("file_not_allowed")
    assert fetch_file(f"file://{root}/up/secret", root, 100) == Gone("file_not_allowed")
    assert fetch_file(f"file://{root}/loop", root, 100) == Gone("not_found")


def test_a_root_that_is_a_link_itself_works(root: Path) -> None:
    """Both names of the folder are inside."""
    (root.parent / "alias").symlink_to(root)
    for name in (root, root.parent / "alias"):
        assert fetch_file(f"file://{name}/sub/a%20b.jpg", root.parent / "alias", 100) == Fetched(b"jpeg")


def test_a_neighbour_with_a_longer_name_is_outside(root: Path) -> None:
    """`pictures2` is not under `pictures`."""
    (root.parent / "pictures2").mkdir()
    (root.parent / "pictures2" / "x").write_bytes(b"x")
    assert fetch_file(f"file://{root}2/x", root, 100) == Gone("file_not_allowed")


def test_what_is_no_regular_file_is_gone(root: Path) -> None:
    """A folder, a pipe that nobody writes to (which must not hold us up), nothing at all."""
    os.mkfifo(root / "pipe")
    assert fetch_file(f"file://{root}/sub", root, 100) == Gone("not_a_file")
    assert fetch_file(f"file://{root}/pipe", root, 100) == Gone("not_a_file")
    assert fetch_file(f"file://{root}/nothing", root, 100) == Gone("not_found")
    assert fetch_file(f"file://{root}/{'x' * 300}", root, 100) == Gone("not_found")


def test_a_folder_that_becomes_a_link_after_the_check_leads_nowhere(root: Path) -> None:
    """What opens the file goes folder by folder and follows no link, whatever was resolved before."""
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "a b.jpg").write_bytes(b"secret")
    checked = Path("sub/a b.jpg")
    assert _read(root, checked, 100) == Fetched(b"jpeg")
    (root / "sub").rename(root / "old")
    (root / "sub").symlink_to(outside)
    with pytest.raises(NotADirectoryError):
        _read(root, checked, 100)


def test_no_descriptor_is_left_open(root: Path) -> None:
    """Whatever the answer, and however often."""
    os.mkfifo(root / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("sub", "sub/a%20b.jpg", "pipe", "nothing", "", "sub/nothing"):
        fetch_file(f"file://{root}/{name}", root, 100)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_too_large_is_gone(root: Path) -> None:
    """Four bytes of three allowed."""
    assert fetch_file(f"file://{root}/sub/a%20b.jpg", root, 3) == Gone("too_large")


@pytest.mark.parametrize("url", ["file://other/p.jpg", "file:p.jpg", "file:///a%00b", "file://[/p"])
def test_a_file_url_that_names_no_file_here_is_gone(root: Path, url: str) -> None:
    """Other machines, relative paths, null bytes."""
    assert fetch_file(url, root, 100) == Gone("bad_url")


def test_a_root_that_is_away_is_no_word_on_the_picture(tmp_path: Path) -> None:
    """A folder that is not mounted yet spoils no listing."""
    away = tmp_path / "away"
    assert fetch_file(f"file://{away}/p.jpg", away, 100) == Later("file_system")
