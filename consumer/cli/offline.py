"""Offline jobs: mending the index from the log."""

from __future__ import annotations

from typing import Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, settings_and_logs


def reindex(
    shard: Annotated[int | None, typer.Option(help="This one alone; all by default.", min=0)] = None,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Build the index anew from the inner log, without an encoder; stop the matchers first."""
    settings = settings_and_logs(config, assignments)
    from consumer.reindex import reindex as build

    for done in build(settings, shard):
        typer.echo(
            f"shard {done.shard}: {done.records} records read, {done.live} listings on sale;"
            f" `skutwin run` goes on at offset {done.offset}"
        )
