"""The mixin's rules: written out as the code says, about metrics that exist, each alert in the runbook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from consumer.drift.metrics import DriftMetrics
from consumer.metrics import Metrics
from deploy.mixin.alerts import alerts
from deploy.mixin.objectives import Objectives
from deploy.mixin.recording import recorded
from deploy.mixin.rule import Alert
from deploy.mixin.write import HERE, rule_files
from tests.fast.clocks import HandClock

ROOT = Path(__file__).parents[3]
OURS = Objectives()
ALERTS = [alert for group in alerts(OURS).values() for alert in group]
BOARDS = {path.name: json.loads(path.read_text()) for path in sorted((HERE / "dashboards").glob("*.json"))}


def _panels(board: str) -> list[dict[str, object]]:
    return [panel for panel in BOARDS[board]["panels"] if panel["type"] != "row"]


def _expressions() -> Iterator[str]:
    yield from (alert.expr for alert in ALERTS)
    yield from (rule.expr for group in recorded(OURS).values() for rule in group)
    for board in BOARDS:
        for panel in _panels(board):
            yield from (target["expr"] for target in panel["targets"])  # type: ignore[attr-defined] # of JSON


def test_the_rule_files_are_what_the_code_says() -> None:
    """Whoever edits one of the two is told: `make mixin` writes the files anew."""
    for name, text in rule_files(OURS).items():
        assert (HERE / name).read_text() == text, f"{name} is stale: make mixin"


def test_each_alert_has_its_section_in_the_runbook_and_each_section_its_alert() -> None:
    """An operator who follows the link finds what it means, what to look at and what to do."""
    text = (ROOT / "docs" / "runbook.md").read_text()
    sections = dict(re.findall(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert sorted(sections) == sorted(alert.name for alert in ALERTS)
    for alert in ALERTS:
        section = sections[alert.name]
        assert section.startswith(f"*{alert.severity}.*"), alert.name
        assert "**Look**" in section, alert.name
        assert "**Do" in section, alert.name


def test_sections_of_the_runbook_link_to_sections_that_exist() -> None:
    """No cross-reference leads nowhere."""
    text = (ROOT / "docs" / "runbook.md").read_text()
    anchors = {title.lower() for title in re.findall(r"^## (\w+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= anchors


def test_rules_and_panels_ask_only_for_metrics_that_are_exposed() -> None:
    """A renamed metric takes no alert and no panel with it in silence."""
    registry = CollectorRegistry()
    Metrics(registry, HandClock())
    DriftMetrics(registry)
    exposed = set()
    for family in registry.collect():
        ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}
        exposed |= {family.name + end for end in ends.get(family.type, [""])}
    exposed |= {"skutwin_role_state"}
    made = {rule.record for group in recorded(OURS).values() for rule in group}
    asked = {name for expr in _expressions() for name in re.findall(r"(?<!:)\bskutwin_\w+(?!:)", expr)}
    assert len(asked) > 40
    assert asked <= exposed
    assert {name for expr in _expressions() for name in re.findall(r"\bjob:\w+:\w+", expr)} <= made


def test_each_metric_of_the_process_is_on_a_dashboard_or_in_an_alert() -> None:
    """What nobody is shown nobody looks at."""
    registry = CollectorRegistry()
    Metrics(registry, HandClock())
    DriftMetrics(registry)
    asked = "\n".join(_expressions())
    unseen = {family.name for family in registry.collect() if family.name not in asked}
    assert unseen == set()


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_tells_what_was_seen(alert: Alert) -> None:
    """Its head is one line, and it is named after us."""
    assert alert.name.startswith("Skutwin")
    assert 4 <= len(alert.summary.split()) <= 14
    assert alert.description.endswith(".")


def test_other_promises_make_other_rules() -> None:
    """Latency, shares, jobs and the runbook's place are the operator's to choose."""
    wanted = Objectives(
        latency_s=2,
        latency_share=0.95,
        freshness_s=300,
        freshness_share=0.96,
        jobs="twin",
        runbook="https://runbooks.example/skutwin",
    )
    files = rule_files(wanted)
    told, series = files["rules/alerts.yaml"], files["rules/recording.yaml"]
    assert 'le="2.0"' in series
    assert "> bool 300" in series
    assert "ratio_rate1h > 0.72 " in told
    assert "avg_over_time1h > 0.576 " in told
    assert 'up{job=~"twin"}' in told
    assert "https://runbooks.example/skutwin#skutwinstuck" in told


@pytest.mark.parametrize("wrong", [{"latency_s": 4.5}, {"latency_share": 1.0}, {"freshness_share": 0.9}])
def test_promises_that_no_rule_can_keep_are_refused(wrong: dict[str, float]) -> None:
    """A latency between two buckets would be judged by another one."""
    with pytest.raises(ValueError, match=r"bucket|share"):
        Objectives(**wrong)  # type: ignore[arg-type] # each field takes a float


def test_the_dashboards_can_live_side_by_side() -> None:
    """Six, each with an id and a title of its own and the two variables that its expressions use."""
    assert len(BOARDS) == 6
    assert len({board["uid"] for board in BOARDS.values()}) == 6
    assert len({board["title"] for board in BOARDS.values()}) == 6
    for board in BOARDS.values():
        assert [each["name"] for each in board["templating"]["list"]] == ["datasource", "job"]


@pytest.mark.parametrize("board", BOARDS)
def test_a_panel_says_why_one_looks_at_it_and_overlaps_no_other(board: str) -> None:
    """Each has a sentence behind its mark, a unit, and room of its own in a grid 24 wide."""
    taken: set[tuple[int, int]] = set()
    for panel in BOARDS[board]["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not taken & cells, panel["title"]
        taken |= cells
    for each in _panels(board):
        assert len(str(each["description"]).split()) >= 3, each["title"]
        assert "unit" in json.dumps(each["fieldConfig"]), each["title"]
