"""`skutwin doctor`: what the operator and a program read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumer.cli import main as cli
from consumer.doctor import checks
from consumer.doctor.checks import Installation
from consumer.doctor.examine import Check
from consumer.doctor.finding import Finder, Finding


def sick(find: Finder) -> Iterator[Finding]:
    yield find.fail("matches: is missing", "skutwin topics create")


def well(find: Finder) -> Iterator[Finding]:
    yield find.ok("as it must be")
    yield find.warn("one replica")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, tiny_artifact: Path) -> list[Check]:
    held: list[Check] = []

    def given(of: Installation) -> list[Check]:
        assert of.url == "http://x/1.png"
        return held

    monkeypatch.setattr(checks, "checks", given)
    return held


def test_a_failure_ends_with_one_and_names_its_command(looks: list[Check]) -> None:
    """On the terminal with the mending command below."""
    looks += [Check("disk", well), Check("topics", sick)]
    done = CliRunner().invoke(cli.app, ["doctor", "--url", "http://x/1.png"])
    assert done.exit_code == 1
    assert "→ skutwin topics create" in done.stdout


def test_a_warning_is_no_failure_and_programs_read_all_of_it(looks: list[Check]) -> None:
    """Standard output holds one JSON document and nothing else."""
    looks += [Check("disk", well)]
    done = CliRunner().invoke(cli.app, ["doctor", "--json", "--url", "http://x/1.png"])
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert said["ok"] is True
    assert [finding["level"] for finding in said["findings"]] == ["ok", "warn"]
    assert said["findings"][1] == {"check": "disk", "level": "warn", "said": "one replica", "mend": ""}
