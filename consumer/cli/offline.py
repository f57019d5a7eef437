"""Offline jobs: the index built anew from the log, compared with it, or mended by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, settings_and_logs
from consumer.cli.progress import positions
from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from rich.console import Console

    from consumer.reindex.compare import Verified
    from consumer.settings import Settings

MEND = "skutwin reindex --reconcile"


def reindex(
    shard: Annotated[int | None, typer.Option(help="This one alone; all by default.", min=0)] = None,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare it with the log instead, and change nothing.")
    ] = False,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="Compare, and mend only what differs.")
    ] = False,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Build the index anew from the inner log, without an encoder; stop the matchers first.

    Interrupted, it goes on where it was when it is asked for again. With --verify it ends with 1 where the
    index is not what the log says.
    """
    if verify and reconcile:
        raise Misconfigured("--verify changes nothing and --reconcile mends: give one of the two")
    settings = settings_and_logs(config, assignments)
    from rich.console import Console

    console = Console()
    if verify:
        _verify(settings, shard, console)
    elif reconcile:
        _reconcile(settings, shard, console)
    else:
        _rebuild(settings, shard, console)


def _rebuild(settings: Settings, shard: int | None, console: Console) -> None:
    from consumer.reindex.jobs import reindex as build

    with positions(console) as report:
        for done in build(settings, shard, report):
            typer.echo(
                f"shard {done.shard}: {done.records} records read, {done.live} listings on sale;"
                f" `skutwin run` goes on at offset {done.offset}"
            )


def _verify(settings: Settings, shard: int | None, console: Console) -> None:
    from consumer.reindex.jobs import verify

    same = True
    with positions(console) as report:
        for verified in verify(settings, shard, report):
            _tell(verified, console)
            same = same and verified.same
    if not same:
        typer.echo(f"the index is not what the log says; mend it with: {MEND}", err=True)
        raise typer.Exit(1)


def _reconcile(settings: Settings, shard: int | None, console: Console) -> None:
    from consumer.reindex.jobs import reconcile

    with positions(console) as report:
        for done in reconcile(settings, shard, report):
            _tell(done.before, console)
            typer.echo(
                f"shard {done.before.shard}: {done.deleted} rows deleted, {done.written} written;"
                f" `skutwin run` goes on at offset {done.before.offset}"
            )
            if done.before.forgotten:
                typer.echo("the deletions are noted in the log, and `skutwin run` takes their pairs back")
            if done.left:
                typer.echo(f"{done.left} rows are overtaken in the log, and come when `skutwin run` goes on")


def _tell(verified: Verified, console: Console) -> None:
    """The table of what differs, and the first examples."""
    from rich.markup import escape
    from rich.table import Table

    from consumer.contracts.dead_letter import printable
    from consumer.reindex.compare import MEANINGS

    title = (
        f"shard {verified.shard}: {verified.listings} listings, deleted ones among them,"
        f" up to offset {verified.offset}"
    )
    table = Table("difference", "rows", "what it means", title=title)
    for kind, meaning in MEANINGS.items():
        table.add_row(kind, str(verified.counts.get(kind, 0)), meaning)
    console.print(table)
    for different in verified.examples:
        line = f"  {different.kind}: {escape(printable(different.listing_id))} at offset {different.offset}"
        console.print(line, highlight=False, soft_wrap=True)
    if verified.forgotten:
        console.print(
            f"{verified.forgotten} listings of matched pairs were deleted, and the log had forgotten it"
            " before it was decided",
            highlight=False,
            soft_wrap=True,
        )
    if (verified.reached or 0) < verified.offset:
        console.print(f"the index was written up to offset {verified.reached or 0} only", highlight=False)
