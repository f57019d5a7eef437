"""The documents keep up with the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from prometheus_client import CollectorRegistry

from consumer.drift.metrics import DriftMetrics
from consumer.metrics import Metrics
from consumer.ports.clock import SystemClock
from consumer.settings.describe import markdown_table

ROOT = Path(__file__).parents[3]


def test_the_readme_has_the_settings_as_they_are() -> None:
    """The table between its two marks is what `skutwin config --markdown` prints."""
    readme = (ROOT / "README.md").read_text()
    (table,) = re.findall(r"<!-- settings:[^>]*-->\n(.*)\n<!-- /settings -->", readme, re.DOTALL)
    assert table == markdown_table()


def test_every_direct_dependency_is_explained_with_its_bound() -> None:
    """CONTRIBUTING names what pyproject.toml asks for, no more and no less."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    asked = {*project["project"]["dependencies"], *groups["dev"], *groups["bench"], *groups["fuzz"]}
    explained = re.findall(r"^\| `([^`]+)` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(asked)


def test_documents_link_to_what_exists() -> None:
    """No relative link in a document at the root leads nowhere."""
    for document in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (ROOT / target).exists(), f"{document.name} links to {target}"


def test_metrics_named_in_the_readme_exist() -> None:
    """The troubleshooting table speaks of metrics that are really exposed."""
    registry = CollectorRegistry()
    Metrics(registry, SystemClock())
    DriftMetrics(registry)
    exposed = {family.name for family in registry.collect()}
    named = set(re.findall(r"`(skutwin_\w+)", (ROOT / "README.md").read_text()))
    assert named
    assert {name.removesuffix("_total") for name in named} <= exposed
