"""`skutwin drift`: what an operator reads, is asked, and is left with."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumer.cli import main as cli
from consumer.drift import on_kafka, rebase
from consumer.drift.reference import RebasedReference, hash_of
from consumer.drift.sample import Sample
from consumer.drift.told import Told
from consumer.errors import Misconfigured
from tests.fast.drift_consumer.drawn import (
    NOON,
    drawn_reference,
    drawn_rows,
    measured_quickly,
    week,
)

pytestmark = pytest.mark.usefixtures("tiny_artifact")


class Kafka:
    """What the commands read of it."""

    def __init__(self) -> None:
        self.told = Told()
        self.listings = 0
        self.asked: dict[str, Any] = {}

    def topic(self, config: dict[str, Any], topic: str) -> Told:
        self.asked.update(bootstrap=config["bootstrap.servers"], drift=topic)
        return self.told

    def sample(
        self,
        _config: object,
        topic: str,
        started: Callable[[str, int], Callable[[int], None]],
        **options: Any,
    ) -> Sample:
        started("read", 1)(1)
        self.asked.update(options, embedded=topic)
        return Sample(tuple(drawn_rows(self.listings)), tuple(range(self.listings)))


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    held = Kafka()
    monkeypatch.setattr(on_kafka, "told_on_kafka", held.topic)
    monkeypatch.setattr(on_kafka, "sample_on_kafka", held.sample)
    monkeypatch.setattr(rebase, "_as_in_training", measured_quickly)
    return held


@pytest.mark.thorough
def test_status_ends_with_one_while_an_alarm_stands(kafka: Kafka) -> None:
    """A script can ask; a quiet installation ends with 0 and says that nothing was measured."""
    done = CliRunner().invoke(
        cli.app, ["drift", "status", "-s", "kafka_bootstrap=k:1", "-s", "topic_prefix=de."]
    )
    assert done.exit_code == 0
    assert "no alarm stands" in done.stdout
    assert "no window was closed in the last week" in done.stdout
    assert kafka.asked == {"bootstrap": "k:1", "drift": "de.drift"}
    kafka.told = Told.of(week())
    done = CliRunner().invoke(cli.app, ["drift", "status"])
    assert done.exit_code == 1
    assert "one alarm stands" in done.stdout


@pytest.mark.thorough
def test_report_writes_a_page_of_the_newest_listings(kafka: Kafka, tmp_path: Path) -> None:
    """As many as were asked for."""
    kafka.told, kafka.listings = Told.of(week()), 20
    page = tmp_path / "page.html"
    done = CliRunner().invoke(cli.app, ["drift", "report", "--out", str(page), "--last", "20"])
    assert done.exit_code == 0, done.output
    assert "One alarm stands" in page.read_text()
    assert (kafka.asked["last"], kafka.asked["since"]) == (20, None)
    assert str(page) in done.stdout.replace("\n", "")


@pytest.mark.thorough
def test_rebase_shows_what_it_moves_and_writes_only_after_a_yes(kafka: Kafka, tmp_path: Path) -> None:
    """A no leaves nothing behind, a yes a file that the settings can name."""
    kafka.listings = 500
    command = ["drift", "rebase", "--out", str(tmp_path), "--since", "2026-01-31T12:00:00"]
    refused = CliRunner().invoke(cli.app, command, input="n\n")
    assert refused.exit_code == 1
    assert "no_picture" in refused.stdout
    assert list(tmp_path.iterdir()) == []
    done = CliRunner().invoke(cli.app, [*command, "--yes"])
    assert done.exit_code == 0, done.output
    (path,) = tmp_path.iterdir()
    assert hash_of(drawn_reference()) in path.name
    assert "SKUTWIN_DRIFT_REFERENCE=" in done.stdout
    assert kafka.asked["since"] == datetime(2026, 1, 31, 12, tzinfo=UTC)
    warned = CliRunner().invoke(cli.app, ["drift", "rebase", "--out", str(path)], input="n\n")
    assert "would be replaced" in warned.stdout.replace("\n", " ")


def test_rebase_measures_nothing_that_it_could_not_write(kafka: Kafka, tmp_path: Path) -> None:
    """A folder that is not there is told of before anything is read."""
    done = CliRunner().invoke(cli.app, ["drift", "rebase", "--out", str(tmp_path / "no" / "file.json")])
    assert isinstance(done.exception, Misconfigured)
    assert kafka.asked == {}


def test_config_names_the_content_of_a_rebased_reference(tmp_path: Path) -> None:
    """The hash is the one that the events bear; of a broken file it says so, and shows the rest."""
    path = tmp_path / "reference.json"
    path.write_bytes(
        RebasedReference(
            embedding_version="e",
            artifact_version="a",
            listings=500,
            began=NOON,
            ended=NOON,
            content=base64.b64encode(drawn_reference().to_bytes()).decode(),
        ).to_bytes()
    )
    done = CliRunner().invoke(cli.app, ["config", "--json", "-s", f"drift_reference={path}"])
    assert f'"content": "content {hash_of(drawn_reference())}"' in done.stdout
    path.write_text("broken")
    done = CliRunner().invoke(cli.app, ["config", "--json", "-s", f"drift_reference={path}"])
    assert done.exit_code == 0
    assert "is no drift reference" in done.stdout
    assert '"ops_port"' in done.stdout
