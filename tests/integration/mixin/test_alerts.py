"""Each alert fires on its made series and on no other: promtool's own unit tests, on the rules as shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.mixin.alerts import alerts
from deploy.mixin.objectives import Objectives
from tests.integration.mixin.made_series import TROUBLES, Trouble
from tests.integration.mixin.tools import RULES, promtool

_FIRING = 'group by (alertname) (ALERTS{alertstate="firing"})'
_FILES = [str(RULES / name) for name in ("recording.yaml", "alerts.yaml")]


def test_promtool_finds_nothing_wrong_with_the_rules() -> None:
    """Every expression parses, and every template."""
    said = promtool("check", "rules", "--lint=all", "--lint-fatal", *_FILES)
    assert said.returncode == 0, said.stdout + said.stderr


def test_each_alert_has_a_trouble_of_its_own() -> None:
    """None is shipped that was never seen to fire."""
    fire = {name for trouble in TROUBLES for name in trouble.fires}
    assert fire == {alert.name for group in alerts(Objectives()).values() for alert in group}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
def test_these_alerts_fire_and_no_other(trouble: Trouble, tmp_path: Path) -> None:
    """What is wrong is named, and nothing that is well."""
    unit = {
        "rule_files": _FILES,
        "evaluation_interval": "2m" if trouble.at < 300 else "4m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": k, "values": v} for k, v in trouble.series().items()],
                "promql_expr_test": [
                    {
                        "expr": _FIRING,
                        "eval_time": f"{trouble.at}m",
                        "exp_samples": [
                            {"labels": f'{{alertname="{name}"}}', "value": 1}
                            for name in sorted(trouble.fires)
                        ],
                    }
                ],
            }
        ],
    }
    file = tmp_path / "unit.yaml"
    file.write_text(json.dumps(unit))
    said = promtool("test", "rules", str(file))
    assert said.returncode == 0, said.stdout + said.stderr
