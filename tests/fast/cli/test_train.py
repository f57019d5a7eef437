"""`skutwin train`: what it refuses before it reads, encodes or trains anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumer.cli import main as cli
from consumer.cli import train
from consumer.cli.train_options import Source
from consumer.errors import Misconfigured
from model.training.plan import Plan


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Source, Plan, Path | None]]:
    """What would be trained; nothing is."""
    calls: list[tuple[Source, Plan, Path | None]] = []
    monkeypatch.setattr(train, "_run", lambda *given: calls.append(given))
    return calls


def run(*arguments: object) -> None:
    done = CliRunner().invoke(cli.app, ["train", *map(str, arguments)])
    if done.exception is not None:
        raise done.exception
    assert done.exit_code == 0


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--out", "a"], "folders or files of labelled listings, or --synthetic"),
        (["data", "--synthetic", "--out", "a"], "folders or files of labelled listings, or --synthetic"),
        (["data"], "--out FOLDER, or figures with --measure"),
        (["data", "--out", "a", "--measure"], "--out FOLDER, or figures with --measure"),
        (["data", "--measure", "--holdout", 0], "--measure needs listings to measure on"),
        (["data", "--out", "a", "--layer", "mlp"], "give --measure in place of --out"),
        (["data", "--out", "a", "--pooling", "max"], "give --measure in place of --out"),
        (["data", "--out", "a", "--modalities", "image,sound"], "--modalities: sound is none of image"),
        (["data", "--out", "a", "--modalities", ""], "nothing to learn from"),
        (["data", "--out", "a", "--hard-negatives", "easy"], "easy is none of variants, mined"),
        (["data", "--out", "a", "--pooling", "median"], "pooling is 'median'; give one of"),
        (["data", "--out", "a", "--layer", "deep"], "layer is 'deep'; give one of"),
        (["data", "--out", "a", "--start", "warm"], "start is 'warm'; give one of"),
        (["data", "--out", "a", "--dimension", 1], "dimension is 1; it must be at least 2"),
        (["data", "--out", "a", "--temperature", 0], "temperature is 0; it must be between"),
        (["data", "--out", "a", "--temperature", "nan"], "temperature is nan; it must be between"),
        (["data", "--out", "a", "--rate", 2], "rate is 2; it must be between"),
        (["data", "--out", "a", "--batch", 1], "batch is 1; it must be at least 4"),
        (["data", "--out", "a", "--epochs", 0], "epochs is 0; it must be at least 1"),
        (["data", "--out", "a", "--drop-modality", 0.6], "drop_modality is 0.6; it must be between"),
        (["data", "--out", "a", "--holdout", 0.6, "--calibration", 0.4], "leave nothing to learn from"),
        (["data", "--out", "a", "--holdout", "nan"], "holdout is nan; a share"),
        (["data", "--out", "a", "--precision-target", 1], "precision_target is 1.0; at least 0.5"),
        (["data", "--out", "a", "--precision-target", 0], "precision_target is 0.0; at least 0.5"),
        (["data", "--out", "a", "--copies", -1], "copies: 0 or more"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(
    arguments: list[object], told: str, asked: list[Any]
) -> None:
    """One message, before any work."""
    with pytest.raises(Misconfigured) as refused:
        run(*arguments)
    assert told in str(refused.value)
    assert asked == []


def test_a_folder_that_holds_something_else_is_refused_before_training(
    tmp_path: Path, asked: list[Any]
) -> None:
    """Hours of work would have nowhere to go."""
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(Misconfigured, match=r"--out: .* holds other files \(thesis\.tex\)"):
        run("data", "--out", tmp_path)
    with pytest.raises(Misconfigured, match="is a file; give a folder"):
        run("data", "--out", tmp_path / "thesis.tex")
    assert asked == []


def test_every_option_reaches_the_plan(tmp_path: Path, asked: list[Any]) -> None:
    """None is taken and dropped."""
    run(
        "one", "two", "--out", tmp_path / "a", "--modalities", "image,numbers", "--start", "pca",
        "--dimension", 32, "--temperature", 0.2, "--rate", 0.01, "--batch", 64, "--epochs", 3,
        "--drop-modality", 0.2, "--hard-negatives", "mined", "--holdout", 0.25, "--validation", 0.15,
        "--calibration", 0.35, "--copies", 2, "--precision-target", 0.9, "--review-tasks", 50, "--seed", 11,
        "--pictures", "pic", "--texts", "tex", "--cache", "c", "--strict", "--device", "meta", "--threads", 2,
    )  # fmt: skip
    ((source, plan, out),) = asked
    assert out == tmp_path / "a"
    assert source == Source(
        data=(Path("one"), Path("two")), products=4000, pictures="pic", texts="tex", cache=Path("c"),
        strict=True, device="meta", threads=2,
    )  # fmt: skip
    recipe = plan.recipe
    assert (recipe.image, recipe.text, recipe.numbers) == (True, False, True)
    assert (recipe.start, recipe.dimension, recipe.temperature, recipe.rate) == ("pca", 32, 0.2, 0.01)
    assert (recipe.batch, recipe.epochs, recipe.drop_modality) == (64, 3, 0.2)
    assert not recipe.variants_together
    assert recipe.mined > 0
    assert (plan.holdout, plan.validation, plan.calibration, plan.copies) == (0.25, 0.15, 0.35, 2)
    assert (plan.precision_target, plan.review_tasks, plan.seed) == (0.9, 50, 11)


def test_without_options_a_plan_is_the_plans_own(tmp_path: Path, asked: list[Any]) -> None:
    """Its numbers stand in one place, for listings of one's own as for drawn ones."""
    run("data", "--out", tmp_path / "a")
    run("--synthetic", "--out", tmp_path / "a", "--products", 50)
    (_, real, _), (source, drawn, _) = asked
    assert real == Plan()
    assert source.products == 50
    assert source.data == ()
    assert drawn == Plan()


@pytest.mark.parametrize("arguments", [["--layer", "mlp"], ["--pooling", "max"], []])
def test_any_layer_can_be_measured(arguments: list[str], asked: list[Any]) -> None:
    """It writes nothing, so it may be one that the stream does not compute."""
    run("data", "--measure", *arguments)
    ((_, _, out),) = asked
    assert out is None


def test_hard_negatives_can_be_none(tmp_path: Path, asked: list[Any]) -> None:
    """No group goes into a batch whole, and nothing is mined."""
    run("data", "--out", tmp_path / "a", "--hard-negatives", "none")
    ((_, plan, _),) = asked
    assert (plan.recipe.variants_together, plan.recipe.mined) == (False, 0)
