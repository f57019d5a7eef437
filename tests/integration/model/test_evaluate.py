"""`skutwin evaluate` from its arguments to its files, with encoders that need no torch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumer.cli.main import app
from consumer.errors import Misconfigured
from model.artifact import Artifact
from tests.integration.stream.artifact import cheap_embedder, write_tiny_artifact

ABLATIONS = ("image", "text", "without_numbers", "zero_shot", "fused", "fused_decider")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Artifact, "embedder", lambda artifact, _threads=None: cheap_embedder(artifact))
    return write_tiny_artifact(tmp_path / "tiny").folder


def evaluate(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments), "--bootstrap", "10"])
    if result.exception is not None:
        raise result.exception
    return result.output


def lines(folder: Path, *rows: dict[str, object]) -> Path:
    folder.mkdir()
    (folder / "listings.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def shop(product: int, seller: str) -> dict[str, object]:
    return {
        "listing_id": f"{product}-{seller}",
        "product_id": f"p{product}",
        "variant_group": f"p{product}",
        "seller_id": seller,
        "title": f"Acme lamp number {product}",
        "brand": "Acme",
        "category": None,
        "colour": None,
        "price": 12.5,
        "currency": "EUR",
        "images": [],
    }


def test_a_drawn_catalogue_gives_a_whole_report_without_any_data(tiny: Path, tmp_path: Path) -> None:
    """Every promised key, the approximate index included, and a page with pictures."""
    out = tmp_path / "out"
    shown = evaluate(
        tiny, "--synthetic", "--products", 30, "--perturb", "always", "--out", out, "--cache", tmp_path / "c"
    )
    assert "fused_decider" in shown
    report = json.loads((out / "report.json").read_bytes())
    assert report["headline"] == "perturbed"
    assert report["artifact"]["version"]
    for figures in (report, report["as_listed"], report["perturbed"], report["unseen_sellers"]):
        for name in ABLATIONS:
            assert 0 <= figures[name]["aucpr"] <= 1
        assert figures["fused_decider"]["ece"] is not None
    assert report["known_sellers"]["fused_decider"]["f1"] is None
    assert report["retrieval_recall"]["recall"] > 0.9
    page = (out / "report.html").read_text()
    assert "data:image/jpeg;base64," in page
    assert page.endswith("</html>\n")


def test_a_second_run_gives_the_same_bytes_from_the_cache(tiny: Path, tmp_path: Path) -> None:
    """The same data, artifact and seed: the same report."""
    reports = []
    for name in ("one", "two"):
        evaluate(tiny, "--synthetic", "--products", 12, "--out", tmp_path / name, "--cache", tmp_path / "c")
        reports.append((tmp_path / name / "report.json").read_bytes())
    assert reports[0] == reports[1]


def test_a_broken_line_is_named_and_passed_over_unless_strict(tiny: Path, tmp_path: Path) -> None:
    """The file, the line and the reason; strict stops with the same words."""
    data = lines(tmp_path / "shop", *(shop(p, s) for p in range(4) for s in ("ann", "bob")))
    with (data / "listings.jsonl").open("a") as file:
        file.write("{broken\n")
    shown = evaluate(tiny, data, "--no-index", "--cache", tmp_path / "c")
    assert "listings.jsonl:9: " in shown
    with pytest.raises(Misconfigured, match=r"listings\.jsonl:9: "):
        evaluate(tiny, data, "--strict")


def test_nothing_to_measure_on_says_what_to_do(tiny: Path, tmp_path: Path) -> None:
    """No data, an empty file, a folder of something else, an unknown option value."""
    with pytest.raises(Misconfigured, match="--synthetic"):
        evaluate(tiny)
    with pytest.raises(Misconfigured, match="not one listing"):
        evaluate(tiny, lines(tmp_path / "empty"), "--cache", tmp_path / "c")
    with pytest.raises(Misconfigured, match="no such file"):
        evaluate(tiny, tmp_path / "nowhere")
    with pytest.raises(Misconfigured, match="auto, always or never"):
        evaluate(tiny, "--synthetic", "--perturb", "sometimes")


def test_one_listing_alone_is_measured_as_nothing(tiny: Path, tmp_path: Path) -> None:
    """No pair, no figure, no crash: the report says null."""
    data = lines(tmp_path / "one", shop(1, "ann"))
    evaluate(tiny, data, "--out", tmp_path / "out", "--cache", tmp_path / "c")
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert report["fused"]["aucpr"] is None
    assert report["retrieval_recall"] is None
    assert report["distractors"] == []
