"""What is offered to operators does something."""

from __future__ import annotations

import re
from pathlib import Path

from consumer.metrics import Metrics
from consumer.settings import Settings

ROOT = Path(__file__).parents[3]


def test_every_setting_is_read_somewhere() -> None:
    """A setting that nothing reads would promise what it does not do."""
    sources = "\n".join(
        path.read_text()
        for path in sorted((ROOT / "consumer").rglob("*.py"))
        if "settings" not in path.relative_to(ROOT / "consumer").parts[:1]
    )
    read = set(re.findall(r"settings\.(\w+)", sources))
    unread = {name for name in Settings.model_fields if not {name, f"{name}_security"} & read}
    assert unread == set()


def test_every_metric_is_fed_somewhere() -> None:
    """A metric that nobody moves would say that nothing happens."""
    own = ROOT / "consumer" / "metrics.py"
    names = set(re.findall(r"self\.(\w+) = (?:Counter|Gauge|Histogram|Info)\(", own.read_text()))
    assert len(names) > 30
    sources = "\n".join(path.read_text() for path in sorted((ROOT / "consumer").rglob("*.py")) if path != own)
    helpers = {"stage_seconds": "stage", "record_to_commit_seconds": "committed", "artifact": "artifact_is"}
    helpers |= {"odd_timestamps": "committed", "retries": "watch_retries", "records_out": "wrote"}
    unfed = {name for name in names if not re.search(rf"\.{helpers.get(name, name)}\b", sources)}
    assert unfed == set()
    assert all(hasattr(Metrics, method) for method in helpers.values())
