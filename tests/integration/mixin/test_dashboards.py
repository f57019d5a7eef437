"""The dashboards' files are what Grafana's own types make of the code, and nothing that they do not know."""

from __future__ import annotations

import json

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.mixin.objectives import Objectives
from deploy.mixin.write import HERE, dashboard_files
from tests.integration.mixin.grafana_types import faults, read

MADE = dashboard_files(Objectives())


@pytest.mark.parametrize("name", MADE)
def test_a_dashboards_file_is_what_the_code_makes(name: str) -> None:
    """Whoever edits one of the two is told: `make mixin` writes the files anew."""
    assert (HERE / name).read_text() == MADE[name], f"{name} is stale: make mixin"


def test_no_other_dashboard_lies_about() -> None:
    """One that was renamed leaves no file behind."""
    there = {f"dashboards/{path.name}" for path in (HERE / "dashboards").glob("*.json")}
    assert there == set(MADE)


def test_other_promises_are_on_the_dashboards_as_well() -> None:
    """The line that says too late is where the rules have it."""
    made = dashboard_files(Objectives(latency_s=2, freshness_s=300))
    panels = json.loads(made["dashboards/latency-by-stage.json"])["panels"]
    steps = panels[1]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 2]
    assert "over 300 s" in made["dashboards/latency-by-stage.json"]


@pytest.mark.parametrize("name", MADE)
def test_a_dashboard_is_as_grafanas_types_say(name: str) -> None:
    """Each field has a value of its type, and none is there that the types do not know."""
    said = json.loads((HERE / name).read_text())
    board = read(said)
    assert list(faults(board, Dashboard)) == []
    assert json.loads(json.dumps(board, cls=JSONEncoder)) == said


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": 5},
        {"unknown": 1},
        {"min": "0"},
        {"custom": {"drawStyle": "curly"}},
        {"custom": {"fillOpacity": True}},
        {"thresholds": {"mode": "relative", "steps": []}},
    ],
    ids=str,
)
def test_what_grafana_does_not_know_is_told(wrong: dict[str, object]) -> None:
    """The test above can fail: of a panel's field options, each of these is wrong."""
    said = json.loads(MADE["dashboards/data-problems.json"])
    said["panels"][1]["fieldConfig"]["defaults"].update(wrong)
    board = read(said)
    assert list(faults(board, Dashboard)) or json.loads(json.dumps(board, cls=JSONEncoder)) != said
