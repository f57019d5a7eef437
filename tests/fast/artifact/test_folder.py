"""The artifact folder: what its version covers, and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from model import ArtifactError, load_artifact
from model.artifact import Artifact, Config, FileNote, Trained, TrainingSet
from model.artifact.files import LIMITS
from model.strict_json import canonical
from tests.tiny_artifact import DIMENSION, tiny_parts, write_tiny_artifact

CONFIG = "config.json"
OTHERS = sorted(LIMITS.keys() - {CONFIG})


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    config = json.loads((folder / CONFIG).read_bytes())
    change(config)
    (folder / CONFIG).write_bytes(canonical(config) + b"\n")


def replace(folder: Path, name: str, content: bytes) -> None:
    """Put other contents into a file and make the config agree."""
    (folder / name).write_bytes(content)
    note = FileNote.of(content).model_dump()
    rewrite(folder, lambda config: config["files"].update({name: note}))


def test_what_was_written_is_what_is_read(folder: Path, original: Artifact) -> None:
    """A copy in another place is the same version, with the same parts."""
    copy = load_artifact(folder)
    assert (copy.version, copy.embedding_version) == (original.version, original.embedding_version)
    assert (len(copy.version), len(copy.embedding_version), copy.dimension) == (12, 10, DIMENSION)
    np.testing.assert_array_equal(copy.projection.bias, original.projection.bias)
    assert copy.decider == original.decider
    assert copy.card == "# For tests\n"
    assert copy.trained_on.knows_seller("shop", "a")
    assert copy.drift_reference.listings == 30
    assert copy.describe()["version"] == original.version


@pytest.mark.thorough
def test_loading_brings_no_encoder_and_no_torch(folder: Path) -> None:
    """The match role starts without the seconds that torch takes."""
    code = (
        "import sys, model; from pathlib import Path; model.load_artifact(Path(sys.argv[1]));"
        " print({'torch', 'timm', 'sklearn'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_another_card_is_another_version_of_the_same_embeddings(folder: Path, original: Artifact) -> None:
    """The version covers every file; the embedding version only what a vector depends on."""
    replace(folder, "README.md", b"# Another card\n")
    changed = load_artifact(folder)
    assert changed.version != original.version
    assert changed.embedding_version == original.embedding_version


@pytest.mark.parametrize("what", ["rates", "revision", "max_tokens"])
def test_whatever_changes_a_vector_changes_the_embedding_version(
    folder: Path, original: Artifact, what: str
) -> None:
    """Rates, weights and the making of inputs are in it."""

    def change(config: dict[str, Any]) -> None:
        if what == "rates":
            config["rates"]["table"]["USD"] *= 1.01
        elif what == "revision":
            config["encoders"]["pictures"]["revision"] = "1" * 16
        else:
            config["encoders"]["text"]["max_tokens"] += 16

    rewrite(folder, change)
    assert load_artifact(folder).embedding_version != original.embedding_version


@pytest.mark.parametrize("name", OTHERS)
def test_a_changed_file_is_refused_by_name(folder: Path, name: str) -> None:
    """One byte more, and the hash says so."""
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(ArtifactError, match=f"{re.escape(name)} is not the file"):
        load_artifact(folder)


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_missing_file_is_refused_by_name(folder: Path, name: str) -> None:
    """The message names the file and what to do."""
    (folder / name).unlink()
    with pytest.raises(
        ArtifactError, match=rf"{re.escape(name)} cannot be read.*copy the artifact's folder again"
    ):
        load_artifact(folder)


def test_a_file_that_is_no_artifacts_is_refused_by_name(folder: Path) -> None:
    """What was left or slipped in is not passed on as if it were checked; hidden files are let be."""
    (folder / ".DS_Store").write_bytes(b"")
    load_artifact(folder)
    (folder / "weights.pkl").write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"weights\.pkl"):
        load_artifact(folder)


def test_a_link_that_leads_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    """Even where the contents are right."""
    outside = tmp_path / "README.md"
    (folder / "README.md").rename(outside)
    (folder / "README.md").symlink_to(outside)
    with pytest.raises(ArtifactError, match="leads out"):
        load_artifact(folder)


def test_a_folder_in_a_files_place_is_refused(folder: Path) -> None:
    """With a sentence, not with an error of the operating system."""
    (folder / "README.md").unlink()
    (folder / "README.md").mkdir()
    with pytest.raises(ArtifactError, match=r"README\.md is no file"):
        load_artifact(folder)


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_an_oversized_file_is_refused_unread(folder: Path, name: str) -> None:
    """A sparse file of a gigabyte costs no memory."""
    with (folder / name).open("r+b") as file:
        file.truncate(1 << 30)
    with pytest.raises(ArtifactError, match="at most"):
        load_artifact(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Rather than the first file that is missed in it."""
    with pytest.raises(ArtifactError, match="nowhere is no folder"):
        load_artifact(tmp_path / "nowhere")


def test_an_artifact_of_the_first_format_is_named_as_one(tmp_path: Path) -> None:
    """It says which skutwin reads it, not that a file is missing."""
    (tmp_path / "artifact.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"format 1; this skutwin reads 2; install the skutwin"):
        load_artifact(tmp_path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda c: c.update(format=3), "format 3"),
        (lambda c: c.pop("format"), "format None"),
        (lambda c: c["files"].update({"../../etc/passwd": c["files"]["README.md"]}), "passwd"),
        (lambda c: c["files"].pop("decider.json"), "decider.json"),
        (lambda c: c.update(dimension=DIMENSION - 1), rf"projection.*float\[{DIMENSION - 1}\] is wanted"),
        (lambda c: c["preprocessing"]["steps"].update(text="another-way"), "not that of the steps"),
        (lambda c: c["encoders"]["text"].update(dimension=383), "text.mean|text.weight"),
        (lambda c: c["rates"]["table"].update(USD=-1.0), "USD"),
        (lambda c: c.update(surprise=1), "surprise"),
        (lambda c: c.update(git_commit="; rm -rf"), "git_commit"),
        (lambda c: c["trained"].update(measured={"a": [[[[[[[[[[[[0]]]]]]]]]]]] * 20_000}), "at most"),
    ],
    ids=[
        "format", "no format", "traversal", "no decider", "dimension", "recipe", "width", "rate", "extra",
        "commit", "bloated",
    ],
)  # fmt: skip
def test_a_config_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    """Each with what is wrong in it."""
    rewrite(folder, change)
    with pytest.raises(ArtifactError, match=complaint):
        load_artifact(folder)


def test_inputs_made_another_way_are_refused(folder: Path) -> None:
    """A vector of this code would not be one of that artifact's."""

    def change(config: dict[str, Any]) -> None:
        steps = config["preprocessing"]["steps"] | {"text": "another-way"}
        config["preprocessing"] = type(Config.model_validate(config).preprocessing).of(steps).model_dump()

    rewrite(folder, change)
    with pytest.raises(ArtifactError, match="inputs are made by"):
        load_artifact(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"format":2,"format":2}',
        b'{"format":NaN}',
        b"\xff",
        b"[" * 5_000,
        b'{"a":' * 5_000,
    ],
    ids=["empty", "cut", "list", "double key", "nan", "not utf-8", "deep lists", "deep objects"],
)
def test_a_config_that_is_not_strict_json_is_refused(folder: Path, content: bytes) -> None:
    """Doubled keys, NaN and a nesting that would break a parser included."""
    (folder / CONFIG).write_bytes(content)
    with pytest.raises(ArtifactError, match=r"config\.json"):
        load_artifact(folder)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 50])
def test_a_number_beyond_all_bounds_is_refused(folder: Path, number: str) -> None:
    """Where a parser reads infinity, which JSON cannot write again."""
    whole = (folder / CONFIG).read_bytes()
    (folder / CONFIG).write_bytes(whole.replace(b'"measured":{}', b'"measured":{"a":%b}' % number.encode()))
    with pytest.raises(ArtifactError, match=r"config\.json"):
        load_artifact(folder)


def test_no_message_carries_what_a_terminal_would_obey(folder: Path) -> None:
    """A key or a file's name from outside is shown, not sent."""
    (folder / "\x1b[2Jevil").write_bytes(b"")
    with pytest.raises(ArtifactError, match="evil") as refused:
        load_artifact(folder)
    assert "\x1b" not in str(refused.value)
    rewrite(folder, lambda config: config.update({"\x1b[2Jevil": 1}))
    with pytest.raises(ArtifactError, match="evil") as refused:
        load_artifact(folder)
    assert "\x1b" not in str(refused.value)


def test_a_config_in_another_spelling_is_refused(folder: Path) -> None:
    """One artifact has one version, so its config has one spelling."""
    config = json.loads((folder / CONFIG).read_bytes())
    (folder / CONFIG).write_text(json.dumps(config, indent=2))
    with pytest.raises(ArtifactError, match="was edited"):
        load_artifact(folder)


@pytest.mark.parametrize("name", [name for name in OTHERS if name != "README.md"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 100, b"\xff" * 100, (1 << 60).to_bytes(8, "little") + b"{}", b"{}", b'{"format":' * 2_000],
    ids=["empty", "zeros", "ones", "huge header", "no content", "deep"],
)
def test_a_bad_file_is_refused_even_with_a_right_hash(folder: Path, name: str, content: bytes) -> None:
    """A hash says that a file is the one meant, not that it is a good one."""
    replace(folder, name, content)
    with pytest.raises(ArtifactError, match=re.escape(name)):
        load_artifact(folder)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_projection_with_a_number_that_is_not_finite_is_refused(folder: Path, bad: float) -> None:
    """It would poison every vector."""
    tensors = load((folder / "projection.safetensors").read_bytes())
    tensors["bias"] = np.full_like(tensors["bias"], bad)
    replace(folder, "projection.safetensors", save(tensors))
    with pytest.raises(
        ArtifactError, match=r"projection\.safetensors: bias holds a number that is not finite"
    ):
        load_artifact(folder)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(LIMITS)), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_single_flipped_bit_goes_unnoticed(
    folder: Path, original: Artifact, name: str, place: float, bit: int
) -> None:
    """In whichever file, wherever: the folder is refused, or it is another version that says so."""
    whole = (folder / name).read_bytes()
    flipped = bytearray(whole)
    flipped[int(place * len(whole))] ^= 1 << bit
    (folder / name).write_bytes(flipped)
    try:
        after = load_artifact(folder).version
    except ArtifactError:
        after = None
    finally:
        (folder / name).write_bytes(whole)
    assert after != original.version


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(LIMITS)), place=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_refused(folder: Path, name: str, place: float) -> None:
    """As a copy that was interrupted leaves it."""
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(place * len(whole))])
    try:
        with pytest.raises(ArtifactError):
            load_artifact(folder)
    finally:
        (folder / name).write_bytes(whole)


def test_it_keeps_what_it_learnt_from(tmp_path: Path) -> None:
    """Data sets, recipe, figures and the commit come back as they were given."""
    trained = Trained(
        data=(
            TrainingSet(
                name="drawn", use="layer", synthetic=True, listings=9, products=3, sellers=2, pictures=8
            ),
        ),
        recipe={"seed": 7, "rate": 0.005},
        measured={"fused": {"aucpr": 0.5, "recall_at_p99": None}},
    )
    written = write_tiny_artifact(tmp_path / "a", trained=trained, git_commit="ab" * 20 + "-dirty")
    read = load_artifact(tmp_path / "a")
    assert read.config.trained == trained
    assert read.config.git_commit == "ab" * 20 + "-dirty"
    assert read.version == written.version
    assert set(tiny_parts()) >= {"trained", "card"}
