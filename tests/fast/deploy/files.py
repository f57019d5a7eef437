"""What the deployment's files say, read as data."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import typer.main
import yaml

from consumer.cli.main import app

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


def refusal(words: list[str]) -> str:
    """Why `skutwin` would not know these words: a command or an option that is none; empty if it does."""
    command: Any = _command_line()
    rest = list(words)
    while hasattr(command, "commands"):
        name = rest.pop(0) if rest else ""
        if name not in command.commands:
            return f"{name} is no command"
        command = command.commands[name]
    known = {option for each in command.params for option in [*each.opts, *each.secondary_opts]}
    strangers = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{' '.join(strangers)}: no option of it" if strangers else ""


@cache
def _command_line() -> Any:
    return typer.main.get_command(app)
