"""`skutwin artifact`: what is shown, compared and verified, and how each ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from consumer.cli import main as cli
from model.artifact import Artifact, Trained, TrainingSet
from tests.tiny_artifact import tiny_decider, write_tiny_artifact


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, ["artifact", *map(str, arguments)], env={"COLUMNS": "200"})


@pytest.fixture
def measured(tmp_path: Path) -> Artifact:
    """An artifact with figures, over the same embeddings as the tiny one."""
    data = TrainingSet(
        name="drawn", use="layer", synthetic=True, listings=9161, products=3, sellers=2, pictures=8
    )
    figures = {
        "fused": {"aucpr": 0.8125},
        "known_sellers": {"fused": {"aucpr": None}},
        "unseen_sellers": {"fused": {"aucpr": 0.75}},
    }
    return write_tiny_artifact(
        tmp_path / "measured", trained=Trained(data=(data,), recipe={"seed": 7}, measured=figures)
    )


def test_show_tells_versions_data_thresholds_and_figures(measured: Artifact) -> None:
    """Each in its table; where nothing was measured there is none."""
    done = run("show", measured.folder)
    assert done.exit_code == 0
    for told in (
        measured.version,
        measured.embedding_version,
        "9161",
        "drawn for the layer",
        "0.8125",
        "0.75",
    ):
        assert told in done.stdout
    assert str(tiny_decider().match.value) in done.stdout
    assert "unseen_sellers" in done.stdout
    assert "known_sellers" not in done.stdout


def test_show_as_json_is_for_programs(measured: Artifact) -> None:
    """One object with a plain value a name."""
    told = json.loads(run("show", measured.folder, "--json").stdout)
    assert told["version"] == measured.version
    assert told["encoders.text.dimension"] == 32
    assert told["match.target"] == 0.98
    assert told["trained.measured.unseen_sellers.fused.aucpr"] == 0.75


def test_nothing_that_an_artifact_says_steers_the_terminal(tmp_path: Path) -> None:
    """Its names and settings come from outside."""
    trained = Trained(recipe={"note\x1b[2J": "\x1b]0;evil\x07"})
    done = run("show", write_tiny_artifact(tmp_path / "a", trained=trained).folder)
    assert "evil" in done.stdout
    assert "\x1b" not in done.stdout


def test_an_artifact_that_is_none_ends_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And with the code of what an operator must change."""
    monkeypatch.setattr("sys.argv", ["skutwin", "artifact", "show", str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "nowhere is no folder" in capsys.readouterr().err


def test_an_artifact_does_not_differ_from_its_copy(tiny_artifact: Path, tmp_path: Path) -> None:
    """Exit code 0, and no table."""
    copy = write_tiny_artifact(tmp_path / "copy")
    done = run("diff", tiny_artifact, copy.folder)
    assert done.exit_code == 0
    assert done.stdout.strip() == "the same artifact: nothing to do"


def test_another_decider_over_the_same_embeddings_asks_for_a_sweep(
    tiny_artifact: Path, measured: Artifact
) -> None:
    """Exit code 1, figures side by side, and what swapping them takes."""
    done = run("diff", tiny_artifact, measured.folder)
    assert done.exit_code == 1
    assert "`skutwin sweep` decides all listings on sale anew" in " ".join(done.stdout.split())
    assert "trained.recipe.seed" in done.stdout
    told = json.loads(run("diff", tiny_artifact, measured.folder, "--json").stdout)
    assert told["consequence"] == "sweep"
    assert told["differs"]["trained.measured.fused.aucpr"] == [None, 0.8125]
    assert "encoders.text.dimension" not in told["differs"]


def test_another_encoder_asks_for_a_new_index(tiny_artifact: Path, tmp_path: Path) -> None:
    """Since vectors of the two never meet."""
    loaded = write_tiny_artifact(tmp_path / "probe")
    text = loaded.encoders.text.model_copy(update={"revision": "1" * 16})
    other = write_tiny_artifact(
        tmp_path / "other", encoders=loaded.encoders.model_copy(update={"text": text})
    )
    done = run("diff", tiny_artifact, other.folder)
    assert done.exit_code == 1
    assert "embeds every listing anew" in done.stdout
    assert "encoders.text.revision" in done.stdout


def test_verify_passes_a_whole_artifact(tiny_artifact: Path) -> None:
    """Files and decisions, with no encoder loaded."""
    done = run("verify", tiny_artifact)
    assert done.exit_code == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["ok     files", "ok     decision"]


def test_verify_fails_a_broken_artifact_with_the_reason(tmp_path: Path) -> None:
    """Exit code 1, for a script that asks."""
    folder = write_tiny_artifact(tmp_path / "a").folder
    (folder / "decider.json").write_text("{}")
    done = run("verify", folder)
    assert done.exit_code == 1
    assert "failed files" in done.stdout
    assert "decider.json is not the file" in done.stdout
