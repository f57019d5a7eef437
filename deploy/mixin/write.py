"""Where each file of the mixin goes, and what stands in it."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.mixin.alerts import alerts
from deploy.mixin.objectives import Objectives
from deploy.mixin.recording import recorded
from deploy.mixin.rule import to_yaml

HERE = Path(__file__).parent
_MADE = "Made by `make mixin` from deploy/mixin/{}; edit that."


def rule_files(wanted: Objectives) -> dict[str, str]:
    """The rule files by path under the mixin's folder."""
    series = {group: [rule.to_rule() for rule in rules] for group, rules in recorded(wanted).items()}
    told = {group: [each.to_rule(wanted.runbook) for each in of] for group, of in alerts(wanted).items()}
    return {
        "rules/recording.yaml": to_yaml(series, _MADE.format("recording.py")),
        "rules/alerts.yaml": to_yaml(told, _MADE.format("alerts/")),
    }


def dashboard_files(wanted: Objectives) -> dict[str, str]:
    """The dashboards by path under the mixin's folder."""
    from deploy.mixin.dashboards import dashboards  # noqa: PLC0415 (Grafana's SDK takes a second to load)

    return {
        f"dashboards/{name}.json": json.dumps(each, indent=1, sort_keys=True) + "\n"
        for name, each in dashboards(wanted).items()
    }


def write(files: dict[str, str], folder: Path = HERE) -> list[Path]:
    """Write files, folders as needed; returns where."""
    written = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
