"""`skutwin doctor`: look at everything that an installation stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, load
from consumer.cli.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from consumer.doctor.finding import Finding


def doctor(
    role: Annotated[Role, typer.Option(help="Whose rights are looked at.")] = Role.BOTH,
    url: Annotated[
        str | None, typer.Option(help="A picture to ask for, as the embed role would.", show_default=False)
    ] = None,
    *,
    full: Annotated[
        bool,
        typer.Option("--full", help="Load the encoders, measure their precision and embed two pictures."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs, on standard output.")] = False,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Check broker, topics, access, Milvus, artifact, pictures, clocks and disks; exit code 1 if one fails.

    Nothing is changed; of Kafka's transactions a name of the doctor's own is opened, with nothing in it.
    """
    import logging

    from rich.console import Console

    from consumer import logs
    from consumer.doctor.checks import Installation, checks
    from consumer.doctor.examine import examine
    from consumer.doctor.finding import Level

    settings = load(config, assignments).settings
    logs.configure("console", "error")
    logging.getLogger("skutwin.kafka").setLevel(logging.CRITICAL)  # what fails is a finding, and said once
    subjects = checks(Installation(settings, role.value, url, full))
    console, notes = Console(), Console(stderr=True)
    with notes.status(f"looking at {', '.join(check.name for check in subjects)}"):
        found = list(examine(subjects))
    failed = any(finding.level is Level.FAIL for finding in found)
    if as_json:
        _print_json(found, well=not failed)
    else:
        console.print(_table(found))
    if failed:
        raise typer.Exit(1)


def _table(found: Sequence[Finding]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from consumer.doctor.finding import Level

    styles = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}
    table = Table("", "check", "found", box=None, pad_edge=False)
    before = ""
    for finding in found:
        said = Text(finding.said)
        if finding.mend:
            said.append(f"\n→ {finding.mend}", "bold")
        check = "" if finding.check == before else finding.check
        table.add_row(Text(finding.level, styles[finding.level]), check, said)
        before = finding.check
    return table


def _print_json(found: Sequence[Finding], *, well: bool) -> None:
    import json

    findings = [finding.as_dict() for finding in found]
    typer.echo(json.dumps({"ok": well, "findings": findings}, indent=2, ensure_ascii=False))
