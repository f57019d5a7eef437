"""`skutwin backfill`: an existing catalogue, taken in at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, settings_and_logs
from consumer.cli.progress import positions

if TYPE_CHECKING:
    from rich.console import Console

    from consumer.backfill.jobs import Outcome

SHOWN_FAULTS = 20
_SUFFIXES = (".json", ".jsonl", ".ndjson")  # of files; a topic's name with one of these is none we would meet
INTERRUPTED = 130  # as a shell says of Ctrl-C


def backfill(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE|TOPIC", help="JSON lines in the Listing contract, or a topic of such listings."
        ),
    ],
    images: Annotated[
        Path | None, typer.Option(help="Folder or tar file that a file's pictures are named relative to.")
    ] = None,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Take in a catalogue: publish it to `listings`, embed all of it, then match all of it.

    It needs the groups for itself: stop every `skutwin run` first. Interrupted or killed, it goes on where it
    was when it is asked for again.
    """
    from rich.console import Console

    from consumer.backfill.jobs import Backfill
    from consumer.backfill.jobs import backfill as take_in

    settings = settings_and_logs(config, ["log_level=warning", *(assignments or [])])
    file = Path(source)
    is_file = file.is_file()
    if not is_file and (len(file.parts) > 1 or file.suffix in _SUFFIXES):
        raise typer.BadParameter(f"there is no file {source}", param_hint="FILE|TOPIC")
    if images is not None and not is_file:
        raise typer.BadParameter("goes with a file", param_hint="--images")
    job = Backfill(file if is_file else None, None if is_file else source, images)
    console = Console()
    with positions(console) as report:
        outcome = take_in(job, settings, report)
    _tell(outcome, console)
    if not outcome.whole:
        typer.echo("stopped before its end; asked for again it goes on", err=True)
        raise typer.Exit(INTERRUPTED)


def _tell(outcome: Outcome, console: Console) -> None:
    published = outcome.published
    for fault in [*published.bad, *published.pictures_left_out][:SHOWN_FAULTS]:
        console.print(str(fault), markup=False, style="yellow", soft_wrap=True)
    console.print(
        f"{published.lines + outcome.copied} listings published now, {len(published.bad)} lines refused,"
        f" {len(published.pictures_left_out)} pictures left out"
    )
    for done, what in ((outcome.embedded, "embedded"), (outcome.decided, "matched")):
        if done:
            console.print(f"all that `listings` holds is {what}")
