"""`skutwin train` from data on disk to an artifact, with encoders that are small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumer.cli import train
from consumer.cli.main import app
from consumer.errors import Misconfigured
from model.artifact import Artifact, load_artifact
from tests.integration.model.test_evaluate import lines
from tests.integration.stream.artifact import cheap_embedder
from tests.tiny_artifact import tiny_parts, write_tiny_artifact

SMALL = ("--epochs", 2, "--dimension", 8, "--precision-target", 0.6, "--calibration", 0.4)


@pytest.fixture(autouse=True)
def _cheap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face = cheap_embedder(write_tiny_artifact(tmp_path / "tiny"))
    monkeypatch.setattr(train, "_encoders", lambda *_: (tiny_parts()["encoders"], face))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Sixty products at three sellers each, two products to a group of variants."""
    return lines(tmp_path / "shop", *(row(product, seller) for product in range(60) for seller in "abc"))


def row(product: int, seller: str) -> dict[str, Any]:
    return {
        "listing_id": f"{product}-{seller}",
        "product_id": f"p{product}",
        "variant_group": f"g{product // 2}",
        "seller_id": seller,
        "title": f"Acme lamp {chr(65 + product % 26)}{product} for the desk",
        "brand": "Acme",
        "colour": "black" if product % 2 else "white",
        "price": 10 + product,
        "currency": "EUR",
        "images": [],
    }


def run(tmp_path: Path, *arguments: object) -> str:
    cache = ("--cache", tmp_path / "cache")
    done = CliRunner().invoke(app, ["train", *map(str, (*arguments, *cache))], env={"COLUMNS": "200"})
    if done.exception is not None:
        raise done.exception
    return done.output


def recipe_of(artifact: Artifact) -> dict[str, Any]:
    assert artifact.config.trained is not None
    made: Any = artifact.config.trained.recipe
    return dict(made["plan"]["recipe"])


def test_labelled_listings_become_an_artifact_with_its_figures(data: Path, tmp_path: Path) -> None:
    """It loads, says what it learnt from, and the terminal shows how it fares."""
    shown = run(tmp_path, data, "--out", tmp_path / "a", *SMALL)
    artifact = load_artifact(tmp_path / "a")
    assert artifact.version in shown
    assert "fused_decider" in shown
    assert artifact.config.trained is not None
    assert {(one.name, one.use) for one in artifact.config.trained.data} == {
        ("shop", "layer"),
        ("shop", "decider"),
    }
    assert artifact.trained_on.knows_seller("shop", "a")


@pytest.mark.parametrize(
    ("option", "value", "kept"),
    [
        ("--modalities", "text,numbers", {"image": False, "text": True, "numbers": True}),
        ("--dimension", 6, {"dimension": 6}),
        ("--temperature", 0.3, {"temperature": 0.3}),
        ("--rate", 0.02, {"rate": 0.02}),
        ("--batch", 40, {"batch": 40}),
        ("--epochs", 3, {"epochs": 3}),
        ("--drop-modality", 0.3, {"drop_modality": 0.3}),
        ("--start", "pca", {"start": "pca"}),
        ("--start", "random", {"start": "random"}),
        ("--hard-negatives", "variants,mined", {"variants_together": True, "mined": 8}),
        ("--hard-negatives", "none", {"variants_together": False, "mined": 0}),
        ("--layer", "linear", {"layer": "linear"}),
        ("--pooling", "mean", {"pooling": "mean"}),
    ],
)
def test_each_option_trains_and_stands_in_the_artifact(
    option: str, value: object, kept: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    """What a layer was made by can be read from it."""
    run(tmp_path, data, "--out", tmp_path / "a", *SMALL, option, value)
    artifact = load_artifact(tmp_path / "a")
    recipe = recipe_of(artifact)
    assert {name: recipe[name] for name in kept} == kept
    assert artifact.dimension == recipe["dimension"]


def test_the_same_seed_gives_the_same_artifact(data: Path, tmp_path: Path) -> None:
    """To the version, from the cache as well as anew; another seed gives another."""
    versions = []
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        run(tmp_path, data, "--out", tmp_path / name, *SMALL, "--seed", seed)
        versions.append(load_artifact(tmp_path / name).version)
    assert versions[0] == versions[1] != versions[2]


@pytest.mark.parametrize("kind", [("--layer", "mlp"), ("--pooling", "max")])
def test_a_layer_for_measuring_shows_its_figures_and_writes_nothing(
    kind: tuple[str, str], data: Path, tmp_path: Path
) -> None:
    """Beside the same encoders with no layer."""
    before = sorted(tmp_path.iterdir())
    shown = run(tmp_path, data, "--measure", *SMALL, *kind)
    assert f"{kind[1]}" in shown
    assert "zero_shot" in shown
    assert "fused" in shown
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "cache"])


def test_a_broken_line_is_named_and_passed_over_unless_strict(data: Path, tmp_path: Path) -> None:
    """The file, the line and the reason; strict stops with the same words, and no artifact."""
    with (data / "listings.jsonl").open("a") as file:
        file.write("{broken\n" + json.dumps(row(99, "a") | {"price": float("nan")}) + "\n")
    shown = run(tmp_path, data, "--out", tmp_path / "a", *SMALL)
    assert "listings.jsonl:181: not JSON" in shown
    assert "listings.jsonl:182: " in shown
    assert load_artifact(tmp_path / "a").version in shown
    with pytest.raises(Misconfigured, match=r"listings\.jsonl:181: not JSON"):
        run(tmp_path, data, "--out", tmp_path / "b", "--strict", *SMALL)
    assert not (tmp_path / "b").exists()


def test_missing_pictures_are_counted(data: Path, tmp_path: Path) -> None:
    """Their listings go on without them."""
    with (data / "listings.jsonl").open("a") as file:
        for seller in "ab":
            file.write(json.dumps(row(60, seller) | {"images": ["gone.jpg", "lost.jpg"]}) + "\n")
    shown = run(tmp_path, data, "--out", tmp_path / "a", *SMALL)
    assert "shop: 4 pictures are missing" in shown


def test_a_picture_that_is_none_is_counted_with_its_reason(data: Path, tmp_path: Path) -> None:
    """One is named, so that it can be looked at."""
    (data / "images").mkdir()
    (data / "images" / "bad.jpg").write_bytes(b"no picture at all")
    with (data / "listings.jsonl").open("a") as file:
        file.write(json.dumps(row(60, "a") | {"images": ["bad.jpg"]}) + "\n")
    shown = run(tmp_path, data, "--out", tmp_path / "a", *SMALL)
    assert "encode: 1 pictures are broken, such as" in shown
    assert "bad.jpg" in shown


def test_too_little_data_says_how_much_more_it_takes(data: Path, tmp_path: Path) -> None:
    """For the layer in products, for the calibration in pairs; no artifact is left behind."""
    few = lines(tmp_path / "few", *(row(product, seller) for product in range(7) for seller in "ab"))
    out = ("--out", tmp_path / "a")
    with pytest.raises(Misconfigured, match=r"products have two listings or more.*at least 8 are needed"):
        run(tmp_path, few, *out, "--copies", 0, "--holdout", 0, "--validation", 0, "--calibration", 0.6)
    with pytest.raises(
        Misconfigured, match=r"a precision of 99.9% wants at the very least 1000 matching pairs.*\d+ more"
    ):
        run(tmp_path, data, *out, *SMALL, "--precision-target", 0.999)
    with pytest.raises(Misconfigured, match="1 listings are too few to train and to calibrate on"):
        run(tmp_path, lines(tmp_path / "one", row(1, "a")), *out)
    assert not (tmp_path / "a").exists()


def test_what_is_not_there_is_told_without_a_traceback(data: Path, tmp_path: Path) -> None:
    """Data, a device, a kept-back part to measure on."""
    with pytest.raises(Misconfigured, match="no such file"):
        run(tmp_path, tmp_path / "nowhere", "--out", tmp_path / "a")
    with pytest.raises(Misconfigured, match="--device warp"):
        run(tmp_path, data, "--out", tmp_path / "a", "--device", "warp")
    lonely = lines(tmp_path / "lonely", *(row(product, "a") for product in range(60)))
    with pytest.raises(Misconfigured, match="no two listings of a product were kept back"):
        run(tmp_path, lonely, "--measure", *SMALL)


def test_an_encoder_that_is_not_there_is_told_without_a_traceback(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name that was given stands in the message."""
    monkeypatch.undo()
    with pytest.raises(Misconfigured, match="no-such-encoder"):
        run(tmp_path, data, "--out", tmp_path / "a", "--pictures", tmp_path / "no-such-encoder")
