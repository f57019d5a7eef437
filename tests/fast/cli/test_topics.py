"""`skutwin topics`: what is asked of the cluster, and what the operator reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumer.cli import main as cli
from consumer.kafka import admin
from consumer.kafka.admin import Finding
from consumer.kafka.topics import TopicSpec


@dataclass
class _Cluster:
    """What `ClusterAdmin` is used for here."""

    there: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    asked: list[TopicSpec] = field(default_factory=list)
    replication: int | None = None

    def __call__(self, config: dict[str, Any]) -> _Cluster:
        self.config = config
        return self

    def create_topics(self, specs: list[TopicSpec], *, replication: int | None) -> list[str]:
        self.asked, self.replication = specs, replication
        return [spec.name for spec in specs if spec.name not in self.there]

    def check_topics(self, specs: list[TopicSpec]) -> list[Finding]:
        names = {spec.name for spec in specs}
        return [finding for finding in self.findings if finding.topic in names]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tiny_artifact: Path) -> _Cluster:
    held = _Cluster()
    monkeypatch.setattr(admin, "ClusterAdmin", held)
    return held


def test_create_makes_what_is_missing_with_shards_partitions_and_replicas(cluster: _Cluster) -> None:
    """The inner log has one partition a shard, the others as asked for, all with the prefix."""
    cluster.there = ["de.listings"]
    done = CliRunner().invoke(
        cli.app,
        [
            "topics",
            "create",
            "--partitions",
            "6",
            "--replication",
            "2",
            "-s",
            "shards=3",
            "-s",
            "topic_prefix=de.",
        ],
    )
    assert done.exit_code == 0
    assert "there  de.listings\n" in done.output
    assert "made   de.matches\n" in done.output
    assert cluster.replication == 2
    partitions = {
        spec.name.removeprefix("de.").split(".embedded")[0]: spec.partitions for spec in cluster.asked
    }
    assert partitions["matches"] == 6
    assert [spec.partitions for spec in cluster.asked if ".embedded." in spec.name] == [3]


def test_check_names_each_fault_with_its_mending_command(cluster: _Cluster) -> None:
    """What must be mended is said on stderr and ends with 1; a good cluster with 0."""
    assert CliRunner().invoke(cli.app, ["topics", "check"]).exit_code == 0
    cluster.findings = [Finding("matches", "is missing", "skutwin topics create")]
    done = CliRunner().invoke(cli.app, ["topics", "check"])
    assert done.exit_code == 1
    assert "matches: is missing. To mend it: skutwin topics create" in done.stderr


def test_create_checks_what_was_there_before(cluster: _Cluster) -> None:
    """An existing topic that is wrong is not passed over in silence."""
    cluster.there = ["listings"]
    cluster.findings = [Finding("listings", "has cleanup.policy=delete", "kafka-configs.sh")]
    done = CliRunner().invoke(cli.app, ["topics", "create"])
    assert done.exit_code == 1
    assert "cleanup.policy=delete" in done.stderr
