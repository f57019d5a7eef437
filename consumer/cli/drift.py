"""`skutwin drift`: how far the stream lies from the reference, a page of it, and a new reference."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, client, settings_and_logs

if TYPE_CHECKING:
    from rich.console import Console

    from consumer.contracts.topics import TopicNames
    from consumer.drift.sample import Sample
    from consumer.settings import Settings
    from model.artifact import Artifact

app = typer.Typer(
    help="How far the stream lies from what the model was made for, and a new reference for it.",
    no_args_is_help=True,
)

_PAGE, _REBASE = 5_000, 20_000
_MOST = 200_000


@app.command()
def status(config: ConfigOption = None, assignments: SetOption = None) -> None:
    """Show the last window's scores against their thresholds; exit code 1 while an alarm stands."""
    from rich.console import Console

    from consumer.contracts.drift import DriftLevel
    from consumer.drift.on_kafka import told_on_kafka
    from consumer.drift.status import status_tables

    settings = settings_and_logs(config, assignments)
    _, topics = _installation(settings)
    told = told_on_kafka(client(settings), topics.drift)
    console = Console()
    for table in status_tables(told):
        console.print(table, "")
    if not told.windows:
        console.print("no window was closed in the last week")
    if any(event.level is DriftLevel.ALARM for event in told.standing):
        raise typer.Exit(1)


@app.command()
def report(
    out: Annotated[Path, typer.Option("--out", help="The page's file.")] = Path("drift.html"),
    last: Annotated[
        int, typer.Option(help="Listings of the inner log to show beside the reference.", min=1, max=_MOST)
    ] = _PAGE,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Write a page: scores over time, who drives them, the newest listings beside the reference."""
    from rich.console import Console

    from consumer.drift.on_kafka import told_on_kafka
    from consumer.drift.page import write_page
    from consumer.drift.page.page import Shown, utc_now
    from consumer.drift.reference import held_reference
    from consumer.drift.shapes import shapes
    from consumer.errors import Misconfigured

    settings = settings_and_logs(config, assignments)
    artifact, topics = _installation(settings)
    held = held_reference(artifact, settings.drift_reference)
    console = Console()
    told = told_on_kafka(client(settings), topics.drift)
    sample = _sample(settings, topics, console, last, None)
    found = shapes(held.reference, sample.listings, artifact.rates)
    shown = Shown(artifact.version, held, told, sample, tuple(found), utc_now())
    try:
        out.write_bytes(write_page(shown))
    except OSError as err:
        raise Misconfigured(f"--out {out}: {err.strerror or err}") from err
    console.print(f"{out} written", markup=False, soft_wrap=True)


@app.command()
def rebase(
    out: Annotated[Path, typer.Option("--out", help="The file to write, or the folder to write it into.")],
    last: Annotated[
        int, typer.Option(help="At most so many listings, the newest.", min=1, max=_MOST)
    ] = _REBASE,
    since: Annotated[
        datetime | None, typer.Option(help="Only listings written from then on, UTC: 2026-01-31T12:00:00.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Make a new reference of what the stream brought lately: what it shows is undrifted from then on.

    It is kept in a file beside the artifact and is in use once `drift_reference` names it; what it changes is
    shown and asked first.
    """
    from rich.console import Console

    from consumer.drift import rebase as job
    from consumer.drift.reference import held_reference
    from consumer.errors import Misconfigured

    if not (out.is_dir() or out.parent.is_dir()):
        raise Misconfigured(f"--out {out}: there is no folder {out.parent}")
    settings = settings_and_logs(config, assignments)
    artifact, topics = _installation(settings)
    before = held_reference(artifact, settings.drift_reference)
    console = Console()
    moment = None if since is None else since.replace(tzinfo=UTC) if since.tzinfo is None else since
    sample = _sample(settings, topics, console, last, moment)
    with console.status("measuring, and finding the thresholds"):
        made = job.rebased(sample, artifact, before)
    console.print(made.table(), "")
    if out.is_file():
        console.print(f"{out} is there already and would be replaced", markup=False, style="yellow")
    if not yes:
        typer.confirm("Is all of this as it should be from now on? Then it is written", abort=True)
    path = job.write(made, out)
    console.print(
        f"{path} written. To use it, set drift_reference (SKUTWIN_DRIFT_REFERENCE={path.resolve()}) for every"
        " matcher and restart them; events name it by"
        f" {made.content_hash}.",
        markup=False,
        soft_wrap=True,
    )


def _installation(settings: Settings) -> tuple[Artifact, TopicNames]:
    from consumer.contracts.topics import TopicNames
    from model.artifact import load_artifact

    artifact = load_artifact(settings.artifact)
    return artifact, TopicNames.of(settings.topic_prefix, artifact.embedding_version)


def _sample(
    settings: Settings, topics: TopicNames, console: Console, last: int, since: datetime | None
) -> Sample:
    from consumer.cli.progress import stages
    from consumer.drift.on_kafka import sample_on_kafka

    with stages(console, transient=True) as started:
        return sample_on_kafka(client(settings), topics.embedded, started, last=last, since=since)
