"""`skutwin schema`: write the JSON Schemas and the AsyncAPI document, or check that they are fresh."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def schema(
    out: Annotated[Path, typer.Option("--out", help="Where they lie.")] = Path("deploy/schemas"),
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a file is stale.")] = False,
) -> None:
    """Write the JSON Schemas and the AsyncAPI document of all that goes over the wire."""
    from consumer.contracts.schema import stale, write

    if not check:
        for path in write(out):
            typer.echo(f"wrote {path}")
        return
    old = stale(out)
    for name in old:
        typer.echo(f"stale: {out / name}; `skutwin schema` writes it anew", err=True)
    if old:
        raise typer.Exit(1)
