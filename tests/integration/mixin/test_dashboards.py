"""The dashboards' files are what Grafana's own types make of the code, and nothing that they do not know."""

from __future__ import annotations

import json

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.mixin.write import HERE, dashboard_files

MADE = dashboard_files()


@pytest.mark.parametrize("name", MADE)
def test_a_dashboards_file_is_what_the_code_makes(name: str) -> None:
    """Whoever edits one of the two is told: `make mixin` writes the files anew."""
    assert (HERE / name).read_text() == MADE[name], f"{name} is stale: make mixin"


def test_no_other_dashboard_lies_about() -> None:
    """One that was renamed leaves no file behind."""
    there = {f"dashboards/{path.name}" for path in (HERE / "dashboards").glob("*.json")}
    assert there == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_grafanas_types_read_a_dashboard_without_loss(name: str) -> None:
    """A field that the schema's types do not know would not come back."""
    said = json.loads((HERE / name).read_text())
    read = json.loads(json.dumps(Dashboard.from_json(said), cls=JSONEncoder))
    assert read == said


def test_a_field_that_grafana_does_not_know_does_not_come_back() -> None:
    """The test above can fail."""
    said = json.loads(MADE["dashboards/overview.json"])
    said["panels"][1]["fieldConfig"]["defaults"]["unknown"] = 1
    assert json.loads(json.dumps(Dashboard.from_json(said), cls=JSONEncoder)) != said
