"""`skutwin dlq`: what the functions behind it are asked, and what is refused at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from typer.testing import CliRunner

from consumer.cli import main as cli
from consumer.deadletters import on_kafka
from consumer.deadletters.browse import LetterList
from consumer.deadletters.report import Refusal, ReplayReport

pytestmark = pytest.mark.usefixtures("tiny_artifact")


def test_list_passes_its_filter_on_and_shows_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason and the limit reach the reader, of the installation's own topic."""
    asked: dict[str, Any] = {}

    def listed(config: dict[str, Any], topics: Any, **options: Any) -> LetterList:
        asked.update(options, bootstrap=config["bootstrap.servers"], topic=topics.dlq)
        return LetterList((), Counter({"invalid_field": 3}), 0)

    monkeypatch.setattr(on_kafka, "list_on_kafka", listed)
    arguments = ["dlq", "list", "--reason", "invalid_field", "--limit", "5"]
    done = CliRunner().invoke(cli.app, [*arguments, "-s", "kafka_bootstrap=k:1", "-s", "topic_prefix=de."])
    assert done.exit_code == 0
    assert "invalid_field 3" in done.stdout.replace("\n", " ")
    assert asked == {"reason": "invalid_field", "limit": 5, "bootstrap": "k:1", "topic": "de.listings.dlq"}


def test_replay_passes_rate_dry_run_and_age_on_and_shows_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused is shown by why."""
    asked: dict[str, Any] = {}

    def replayed(_config: object, _topics: object, **options: Any) -> ReplayReport:
        asked.update(options)
        return ReplayReport(dry_run=True, replayed=2, refused=Counter({Refusal.DELETED: 1}))

    monkeypatch.setattr(on_kafka, "replay_on_kafka", replayed)
    done = CliRunner().invoke(
        cli.app, ["dlq", "replay", "--dry-run", "--rate", "7", "-s", "match_marker_ttl_s=60"]
    )
    assert done.exit_code == 0
    assert "would be replayed" in done.stdout
    assert "its listing was deleted" in done.stdout
    assert asked == {"marker_ttl_s": 60.0, "reason": None, "dry_run": True, "rate": 7.0}


def test_a_rate_of_nothing_is_refused() -> None:
    """`--rate 0` would never end."""
    done = CliRunner().invoke(cli.app, ["dlq", "replay", "--rate", "0"])
    assert done.exit_code == 2
    assert "--rate" in done.stderr
