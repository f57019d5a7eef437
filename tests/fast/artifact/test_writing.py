"""Writing an artifact: all of it, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model import ArtifactError, load_artifact
from tests.tiny_artifact import tiny_projection, write_tiny_artifact


def test_two_writings_of_the_same_parts_are_the_same_version(tmp_path: Path) -> None:
    """Nothing of the place or the moment is in it."""
    one, two = write_tiny_artifact(tmp_path / "one"), write_tiny_artifact(tmp_path / "two")
    assert one.version == two.version
    for file in one.folder.iterdir():
        assert file.read_bytes() == (two.folder / file.name).read_bytes()


def test_another_takes_its_place_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither drafts nor the former artifact."""
    before = write_tiny_artifact(tmp_path / "a")
    after = write_tiny_artifact(tmp_path / "a", card="# Another\n")
    assert load_artifact(tmp_path / "a").version == after.version != before.version
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_one_of_the_first_format_is_replaced(tmp_path: Path) -> None:
    """Its two files of other names go with it."""
    (tmp_path / "a").mkdir()
    for name in ("artifact.json", "card.md", "decider.json"):
        (tmp_path / "a" / name).write_text("{}")
    write_tiny_artifact(tmp_path / "a")
    assert not (tmp_path / "a" / "artifact.json").exists()


@pytest.mark.parametrize("name", ["thesis.txt", ".git"])
def test_a_folder_with_other_files_is_not_replaced(tmp_path: Path, name: str) -> None:
    """Nobody's data is lost to an artifact, hidden or not."""
    (tmp_path / name).write_text("mine")
    with pytest.raises(ArtifactError, match=name.replace(".", r"\.")):
        write_tiny_artifact(tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_in_the_folders_place_is_left_alone(tmp_path: Path) -> None:
    """And the message says what is wanted."""
    (tmp_path / "a").write_text("mine")
    with pytest.raises(ArtifactError, match="is a file; give a folder"):
        write_tiny_artifact(tmp_path / "a")
    assert (tmp_path / "a").read_text() == "mine"


@pytest.mark.parametrize("after", [0, 1])
def test_interrupted_between_the_two_renames_the_former_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Ctrl-C at the worst moment costs the new artifact, never the old one."""
    before = write_tiny_artifact(tmp_path / "a")
    rename, done = Path.rename, []

    def interrupted(self: Path, target: Path) -> Path:
        if len(done) == after:
            done.append("interrupted")
            raise KeyboardInterrupt
        done.append("renamed")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_tiny_artifact(tmp_path / "a", card="# Another\n")
    monkeypatch.undo()
    assert load_artifact(tmp_path / "a").version == before.version
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_writing_left_behind_goes_with_the_next(tmp_path: Path) -> None:
    """SIGKILL between the two renames leaves the former artifact under a hidden name; others' stay."""
    former = write_tiny_artifact(tmp_path / "a [1]").folder
    former.rename(tmp_path / ".a [1].k1ll3d.former")
    (tmp_path / ".b.k1ll3d.former").mkdir()
    write_tiny_artifact(tmp_path / "a [1]")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".b.k1ll3d.former", "a [1]"]


def test_what_makes_no_artifact_replaces_none(tmp_path: Path) -> None:
    """It is read back before it takes the place of the one that is there."""
    before = write_tiny_artifact(tmp_path / "a")
    poisoned = replace(tiny_projection(), bias=np.full(before.dimension, np.nan, np.float32))
    with pytest.raises(ArtifactError, match="not finite"):
        write_tiny_artifact(tmp_path / "a", projection=poisoned)
    assert load_artifact(tmp_path / "a").version == before.version
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With a sentence, not with a traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match="cannot be written"):
        write_tiny_artifact(tmp_path / "file" / "a")
