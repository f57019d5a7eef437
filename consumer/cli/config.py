"""`skutwin config`: the effective settings and where each came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, load
from consumer.errors import Misconfigured


def show(
    config: ConfigOption = None,
    assignments: SetOption = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="All settings, their defaults and bounds, as Markdown.")
    ] = False,
) -> None:
    """Print the effective settings, where each came from, and no secret."""
    from consumer.settings.describe import markdown_table, shown

    if as_markdown:
        typer.echo(markdown_table())
        return
    loaded = load(config, assignments)
    rows = {
        name: {"value": shown(name, getattr(loaded.settings, name)), "from": loaded.origins[name]}
        for name in type(loaded.settings).model_fields
    }
    if loaded.settings.drift_reference is not None:
        rows["drift_reference"]["content"] = _content(loaded.settings.drift_reference)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for name, row in rows.items():
        style = "dim" if row["from"] == "default" else ""
        content = f" ({row['content']})" if "content" in row else ""
        table.add_row(name, Text(_cell(row["value"]) + content), Text(str(row["from"])), style=style)
    Console().print(table)


def _content(path: Path) -> str:
    """What events call the reference in the file, or why it is none."""
    from consumer.drift.reference import content_hash

    try:
        return f"content {content_hash(path)}"
    except Misconfigured as err:
        return str(err)


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {held}" for name, held in value.items()) or "-"
    return "-" if value is None or value == "" else str(value)
