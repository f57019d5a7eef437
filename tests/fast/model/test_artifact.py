"""The artifact folder: what its version covers, and what is refused."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model import Artifact, ArtifactError, load_artifact
from model.artifact import DEFAULT, FileNote, write_artifact


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "artifact"
    shutil.copytree(DEFAULT, copy)
    return copy


def rewrite(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    manifest = json.loads((folder / "artifact.json").read_bytes())
    change(manifest)
    (folder / "artifact.json").write_text(json.dumps(manifest))


def replace(folder: Path, name: str, content: bytes) -> None:
    """Put other contents into a file and make the manifest agree."""
    (folder / name).write_bytes(content)
    note = FileNote.of(content).model_dump()
    rewrite(folder, lambda manifest: manifest["files"].update({name: note}))  # type: ignore[attr-defined]  # plain JSON


def test_the_embedded_default_loads_and_says_what_it_is() -> None:
    """Without a path the default that comes with the package is there."""
    artifact = load_artifact()
    assert artifact.dimension == 192
    assert len(artifact.version) == 12
    assert len(artifact.embedding_version) == 10
    assert artifact.describe()["version"] == artifact.version
    assert "What it is not good for" in artifact.card
    assert artifact.decider.match.reached


def test_loading_brings_no_encoder_and_no_torch() -> None:
    """The match role starts without the seconds that torch takes."""
    code = "import sys, model; model.load_artifact(); print({'torch', 'timm'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_copy_has_the_same_versions(folder: Path) -> None:
    """Where a folder lies and how its manifest is laid out says nothing about what it does."""
    before = load_artifact()
    rewrite(folder, lambda _manifest: None)
    after = load_artifact(folder)
    assert (after.version, after.embedding_version) == (before.version, before.embedding_version)


def test_another_card_is_another_version_of_the_same_embeddings(folder: Path) -> None:
    """The version covers every file; the embedding version only what a vector depends on."""
    before = load_artifact()
    replace(folder, "card.md", b"# Another card\n")
    after = load_artifact(folder)
    assert after.version != before.version
    assert after.embedding_version == before.embedding_version


@pytest.mark.parametrize("what", ["rates", "revision", "max_tokens"])
def test_whatever_changes_a_vector_changes_the_embedding_version(folder: Path, what: str) -> None:
    """Rates, weights and the making of inputs are in it."""

    def change(manifest: dict) -> None:
        if what == "rates":
            manifest["rates"]["table"]["USD"] *= 1.01
        elif what == "revision":
            manifest["encoders"]["pictures"]["revision"] = "0" * 16
        else:
            manifest["encoders"]["text"]["max_tokens"] += 16

    rewrite(folder, change)
    assert load_artifact(folder).embedding_version != load_artifact().embedding_version


def test_written_and_read_it_is_the_same(tmp_path: Path) -> None:
    """An artifact can be written anew from what was loaded, to the same version."""
    one = _write(load_artifact(), tmp_path / "one")
    two = _write(load_artifact(one.folder), tmp_path / "two")
    assert two.version == one.version
    assert two.embedding_version == load_artifact().embedding_version
    np.testing.assert_array_equal(two.projection.bias, one.projection.bias)


def _write(artifact: Artifact, folder: Path) -> Artifact:
    return write_artifact(
        folder,
        encoders=artifact.manifest.encoders,
        projection=artifact.projection,
        rates=artifact.manifest.rates.rates(),
        decider=artifact.decider,
        card=artifact.card,
        trained=artifact.manifest.trained,
    )


def test_a_folder_with_other_files_is_not_written_into(tmp_path: Path) -> None:
    """Nobody's data is mixed with an artifact."""
    (tmp_path / "thesis.txt").write_text("")
    with pytest.raises(ArtifactError, match=r"thesis\.txt"):
        _write(load_artifact(), tmp_path)


@pytest.mark.parametrize("name", ["projection.safetensors", "decider.json", "card.md"])
def test_a_changed_file_is_refused_by_name(folder: Path, name: str) -> None:
    """One byte more, and the hash says so."""
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(ArtifactError, match=f"{name} is not the file"):
        load_artifact(folder)


@pytest.mark.parametrize("name", ["artifact.json", "projection.safetensors", "decider.json", "card.md"])
def test_a_missing_file_is_refused_by_name(folder: Path, name: str) -> None:
    """The message names the file and what to do."""
    (folder / name).unlink()
    with pytest.raises(
        ArtifactError, match=rf"{re.escape(name)} cannot be read.*copy the artifact's folder again"
    ):
        load_artifact(folder)


def test_a_link_that_leads_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    """Even where the contents are right."""
    outside = tmp_path / "card.md"
    (folder / "card.md").rename(outside)
    (folder / "card.md").symlink_to(outside)
    with pytest.raises(ArtifactError, match="leads out"):
        load_artifact(folder)


def test_an_oversized_file_is_refused_unread(folder: Path) -> None:
    """A sparse file of a gigabyte costs no memory."""
    with (folder / "projection.safetensors").open("r+b") as file:
        file.truncate(1 << 30)
    with pytest.raises(ArtifactError, match="at most"):
        load_artifact(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Rather than the first file that is missed in it."""
    with pytest.raises(ArtifactError, match="nowhere is no folder"):
        load_artifact(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda m: m.update(format=2), "format 2"),
        (lambda m: m.pop("format"), "format None"),
        (lambda m: m["files"].update({"../../etc/passwd": m["files"]["card.md"]}), "passwd"),
        (lambda m: m["files"].pop("decider.json"), "decider.json"),
        (lambda m: m.update(dimension=191), r"float\[191\] is wanted"),
        (lambda m: m["preprocessing"].update(text="another-way"), "inputs are made by"),
        (lambda m: m["encoders"]["text"].update(dimension=383), "text.mean|text.weight"),
        (lambda m: m["rates"]["table"].update(USD=-1), "USD"),
        (lambda m: m.update(surprise=1), "surprise"),
    ],
    ids=["format", "no format", "traversal", "no decider", "dimension", "recipe", "width", "rate", "extra"],
)
def test_a_manifest_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict[str, object]], None], complaint: str
) -> None:
    """Each with what is wrong in it."""
    rewrite(folder, change)
    with pytest.raises(ArtifactError, match=complaint):
        load_artifact(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format":1,"format":1}', b'{"format":NaN}', b"\xff"]
)
def test_a_manifest_that_is_not_strict_json_is_refused(folder: Path, content: bytes) -> None:
    """Doubled keys and NaN included."""
    (folder / "artifact.json").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"artifact\.json"):
        load_artifact(folder)


def test_a_projection_that_holds_nan_is_refused_even_with_a_right_hash(folder: Path) -> None:
    """A hash says that a file is the one meant, not that it is a good one."""
    replace(folder, "projection.safetensors", b"\0" * 100)
    with pytest.raises(ArtifactError, match="not a safetensors file"):
        load_artifact(folder)
