"""What the deployment's files say, read as data."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "skutwin"
IMAGE = re.compile(r"(?P<name>[a-z0-9./-]+):(?P<tag>[A-Za-z0-9._-]+)")


@cache
def compose() -> dict[str, Any]:
    """deploy/compose.yaml, its anchors resolved and its variables not."""
    return read(DEPLOY / "compose.yaml")


def services() -> dict[str, dict[str, Any]]:
    """The Compose file's services by name."""
    return compose()["services"]


def ours() -> dict[str, dict[str, Any]]:
    """The services that run skutwin."""
    return {name: one for name, one in services().items() if one["image"].startswith("skutwin:")}


def read(path: Path) -> Any:
    """A YAML file of one document."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))
