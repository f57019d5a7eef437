"""The command line: what it prints, how it fails, and that it starts quickly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumer.cli import main as cli
from consumer.errors import (
    BreakerOpen,
    BrokerFault,
    Fenced,
    IndexMismatch,
    Misconfigured,
    RecordFault,
    SkutwinError,
)
from consumer.settings import Settings


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    """`skutwin --help` imports no torch, no Kafka, no Milvus and not even the settings."""
    code = (
        "import sys, consumer.cli.main as m\n"
        "try:\n    m.app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'confluent_kafka', 'pymilvus', 'numpy', 'pydantic', 'httpx'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert "HEAVY []" in done.stdout
    for command in (
        "run",
        "demo",
        "config",
        "schema",
        "topics",
        "dlq",
        "replay",
        "score",
        "train",
        "reindex",
        "artifact",
    ):
        assert command in done.stdout


def test_a_wrong_setting_is_one_message_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator sees the setting, its value and what is allowed, and exit code 2."""
    monkeypatch.setenv("SKUTWIN_BATCH_SIZE", "none")
    monkeypatch.setattr(sys, "argv", ["skutwin", "config"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("skutwin: batch_size = 'none' (SKUTWIN_BATCH_SIZE)")
    assert "Traceback" not in said.err


def test_config_prints_values_and_origins_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON, every setting has its value and where it came from; a password is hidden."""
    monkeypatch.setenv("SKUTWIN_KAFKA__SASL_PASSWORD", "xyzzy")
    done = CliRunner().invoke(cli.app, ["config", "--json", "--set", "match-k=7"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert list(told) == list(Settings.model_fields)
    assert told["match_k"] == {"value": 7, "from": "--set"}
    assert told["kafka"] == {"value": {"sasl.password": "(hidden)"}, "from": "SKUTWIN_KAFKA"}
    assert "xyzzy" not in done.stdout


def test_config_as_a_table_names_file_and_value(tmp_path: Path) -> None:
    """The table is for people: setting, value, origin."""
    file = tmp_path / "s.toml"
    file.write_text("ops_port = 0\n")
    done = CliRunner(env={"COLUMNS": "300"}).invoke(cli.app, ["config", "--config", str(file)])
    (row,) = [line.split() for line in done.stdout.splitlines() if line.startswith("ops_port")]
    assert row == ["ops_port", "0", str(file)]


def test_an_assignment_without_a_value_is_refused() -> None:
    """`--set batch_size` says how to write it."""
    done = CliRunner().invoke(cli.app, ["config", "--set", "batch_size"])
    assert isinstance(done.exception, Misconfigured)
    assert "NAME=VALUE" in str(done.exception)


@pytest.mark.thorough
def test_schema_check_fails_where_files_are_stale(tmp_path: Path) -> None:
    """An empty folder is stale, a written one is fresh."""
    runner = CliRunner()
    stale = runner.invoke(cli.app, ["schema", "--check", "--out", str(tmp_path)])
    assert stale.exit_code == 1
    assert "stale" in stale.output
    assert runner.invoke(cli.app, ["schema", "--out", str(tmp_path)]).exit_code == 0
    assert runner.invoke(cli.app, ["schema", "--check", "--out", str(tmp_path)]).exit_code == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Misconfigured("x"), 2),
        (IndexMismatch("x"), 2),
        (BrokerFault("x"), 3),
        (BreakerOpen("x"), 4),
        (Fenced("x"), 5),
        (RecordFault("reason", "detail"), 1),
    ],
)
def test_each_kind_of_error_ends_with_its_code(
    error: SkutwinError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A supervisor can tell what to mend from what to restart."""

    def fails() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr().err.strip() == f"skutwin: {error}"


def test_a_bug_is_not_dressed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not ours on purpose keeps its traceback."""

    def fails() -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(ValueError, match="a bug"):
        cli.main()


@pytest.mark.parametrize("source", ["nowhere/offers", "offers.jsonl"])
def test_a_missing_catalogue_is_not_taken_for_a_topic(source: str) -> None:
    """Before Kafka is asked, which would advise to make the topic."""
    done = CliRunner().invoke(cli.app, ["backfill", source])
    assert done.exit_code == 2
    assert f"there is no file {source}" in done.output
