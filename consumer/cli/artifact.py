"""`skutwin artifact`: what an artifact is, how two differ, and whether one works here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Look at artifacts, compare two, or try one out.", no_args_is_help=True)

_DEFAULT = "default"
_FOLDER = f"An artifact's folder, or `{_DEFAULT}` for the embedded one."

JsonOption = Annotated[bool, typer.Option("--json", help="For programs, on standard output.")]


@app.command()
def show(
    artifact: Annotated[str, typer.Argument(help=_FOLDER)] = _DEFAULT, *, as_json: JsonOption = False
) -> None:
    """Show versions, encoders, what it learnt from, thresholds and figures."""
    from model.artifact import load_artifact
    from model.artifact.difference import facts_of

    loaded = load_artifact(_folder(artifact))
    if as_json:
        _print_json(facts_of(loaded))
        return
    from rich.console import Console

    from consumer.cli.artifact_view import artifact_tables

    console = Console()
    for table in artifact_tables(loaded):
        console.print(table, "")


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help=_FOLDER)],
    second: Annotated[str, typer.Argument(help=_FOLDER)],
    *,
    as_json: JsonOption = False,
) -> None:
    """Compare two artifacts and say what swapping them takes; exit code 0 if they are the same, 1 if not."""
    from rich.console import Console
    from rich.text import Text

    from consumer.cli.artifact_view import difference_table
    from model.artifact import load_artifact
    from model.artifact.difference import Consequence, compare

    found = compare(load_artifact(_folder(first)), load_artifact(_folder(second)))
    if as_json:
        facts = {fact.name: [fact.first, fact.second] for fact in found.facts}
        _print_json({"consequence": found.consequence.name.lower(), "differs": facts})
    else:
        console = Console()
        if found.facts:
            console.print(difference_table(found, first, second), "")
        console.print(Text(found.consequence.value), soft_wrap=True)
    if found.consequence is not Consequence.NONE:
        raise typer.Exit(1)


@app.command()
def verify(
    artifact: Annotated[str, typer.Argument(help=_FOLDER)],
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Load the encoders as well, embed two pictures and decide.")
    ] = False,
) -> None:
    """Check every file of an artifact, then try it out; exit code 1 if anything failed."""
    from rich.console import Console
    from rich.text import Text

    from model.artifact.self_test import verify as checks

    console, passed = Console(), True
    for check in checks(_folder(artifact), full=full):
        passed = passed and check.passed
        mark = Text("ok    ", "green") if check.passed else Text("failed", "bold red")
        console.print(mark, Text(f"{check.name}: {check.detail}"), soft_wrap=True)
    if not passed:
        raise typer.Exit(1)


def _folder(name: str) -> Path | None:
    return None if name == _DEFAULT and not Path(name).exists() else Path(name)


def _print_json(value: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
