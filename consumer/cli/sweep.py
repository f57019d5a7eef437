"""`skutwin sweep`: all listings decided anew, after a new decider over the same embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, settings_and_logs
from consumer.cli.progress import positions

if TYPE_CHECKING:
    from consumer.sweep.job import Swept

INTERRUPTED = 130  # as a shell says of Ctrl-C
RATE = 20.0


def sweep(
    shard: Annotated[int | None, typer.Option(help="This one alone; all by default.", min=0)] = None,
    rate: Annotated[
        float,
        typer.Option(
            help="Listings a second; what the matcher can decide a second is for new ones first.", min=0.1
        ),
    ] = RATE,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and write nothing.")] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Also listings that a sweep for this artifact has been over already."),
    ] = False,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Have all listings on sale decided anew by a new decider, without an encoder.

    Point `artifact` at the new one and restart the matchers first: what they
    run cannot be seen from here. (Was it forgotten? Restart them, and sweep
    with --again. So too where you go back to an artifact that was swept for
    before, and the sweep for the other did not come to its end.)

    Matchers and embedders go on meanwhile. What the new decider does not
    believe is taken back, and what it believes anew is said. A match that still
    holds is not said again: it keeps the probability of the artifact that its
    event names.

    Interrupted or killed, it goes on where it was when asked for again.
    """
    from rich.console import Console

    from consumer.sweep.job import Order
    from consumer.sweep.job import sweep as run

    settings = settings_and_logs(config, ["log_level=warning", *(assignments or [])])
    order = Order(rate=rate, shard=shard, again=again, count_only=dry_run)
    whole = True
    with positions(Console()) as report:
        for swept in run(order, settings, report):
            typer.echo(_told(swept, dry_run=dry_run))
            whole = whole and (dry_run or swept.whole)
    if not whole:
        typer.echo("stopped before its end; asked for again it goes on", err=True)
        raise typer.Exit(INTERRUPTED)


def _told(swept: Swept, *, dry_run: bool) -> str:
    tally = swept.tally
    if dry_run:
        said = f"{tally.due} listings to sweep"
    elif not tally.due:
        said = "nothing to sweep"
    else:
        said = f"{swept.written} of {tally.due} listings handed to the matcher"
    return f"shard {swept.shard}: {said}; {tally.done} done before"
