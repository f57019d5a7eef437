"""Listings in and figures out: replaying real ones, scoring what was matched, and the demo."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, client, settings_and_logs, topic_names
from consumer.cli.writing import refuse_unwritable
from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from rich.console import Console

    from consumer.replay.replay import Replay, ReplayReport
    from consumer.settings import Settings

SHOWN_FAULTS = 20
INTERRUPTED = 130  # as a shell says of Ctrl-C


def replay(
    file: Annotated[
        Path | None, typer.Argument(help="JSON lines: Listings, or rows of a data set with product ids.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder or tar file that pictures are named relative to.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Listings per second; as fast as Kafka takes by default.")
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(help="Where to write the product ids of a data set's rows; they are not published."),
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="Unpacked and renamed pictures; keep it while the consumer runs.")
    ] = None,
    *,
    synthetic: Annotated[
        int | None, typer.Option(help="No file: so many drawn records, with their pictures inside.")
    ] = None,
    inline: Annotated[
        bool, typer.Option("--inline", help="Small pictures as data: URLs inside the record.")
    ] = False,
    key: Annotated[str, typer.Option(help="The same key makes the same opaque ids.")] = "skutwin",
    revision: Annotated[int, typer.Option(help="Of listings that have none.", min=0)] = 1,
    seed: Annotated[int, typer.Option(help="Of --synthetic: the same seed draws the same records.")] = 1,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Publish real listings, or drawn ones, to the `listings` topic."""
    from rich.console import Console

    from consumer.replay.replay import Replay

    if (file is None) == (synthetic is None):
        raise Misconfigured("give either a file of listings or --synthetic with a number of them")
    settings = settings_and_logs(config, assignments)
    if file is None:
        _fed(settings, synthetic or 0, seed, rate)
        return
    job = Replay(
        file=file,
        images=images,
        truth=truth,
        work=work or settings.cache_dir / "replay" / file.stem,
        inline=inline,
        rate=rate,
        key=key,
        revision=revision,
    )
    console = Console()
    report = _replayed(job, settings, console)
    for fault in [*report.bad, *report.pictures_left_out][:SHOWN_FAULTS]:
        console.print(str(fault), markup=False, style="yellow", soft_wrap=True)
    console.print(
        f"{report.sent} listings published in {report.seconds:.1f} s; {len(report.bad)} lines refused,"
        f" {len(report.pictures_left_out)} pictures left out"
    )
    if report.file_root is not None:
        console.print(
            f"the consumer may read these pictures with SKUTWIN_PICTURE_FILE_ROOT={report.file_root}",
            markup=False,
            soft_wrap=True,
        )
    if report.interrupted or (report.bad and not report.sent):
        raise typer.Exit(1)


def _fed(settings: Settings, listings: int, seed: int, rate: float | None) -> None:
    from consumer.demo.feed import feed
    from consumer.ports.clock import SystemClock
    from consumer.replay.publisher import KafkaPublisher

    publisher = KafkaPublisher(client(settings), topic_names(settings).listings)
    sent, interrupted = feed(publisher, SystemClock(), listings=listings, seed=seed, rate=rate)
    typer.echo(f"{sent} drawn records published")
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _replayed(job: Replay, settings: Settings, console: Console) -> ReplayReport:
    from rich.progress import Progress

    from consumer.replay.publisher import KafkaPublisher
    from consumer.replay.replay import replay as publish

    publisher = KafkaPublisher(client(settings), topic_names(settings).listings)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(job.file.name, total=None)
        return publish(
            job, publisher, progress=lambda read, size: progress.update(task, completed=read, total=size)
        )


def score(
    truth: Annotated[Path, typer.Option(help="The file that `skutwin replay --truth` wrote.")],
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures here as well.")] = None,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Compare the final matches with known products: precision, recall, F1."""
    from rich.console import Console

    from consumer.kafka.state_reader import KafkaStateReader
    from consumer.scoring.score import as_table
    from consumer.scoring.score import score as compare

    settings = settings_and_logs(config, assignments)
    names = topic_names(settings)
    reader = KafkaStateReader(client(settings), [names.matches, names.reviews])
    Console().print(as_table(compare(truth, reader, names, json_out=json_out)))


def demo(
    listings: Annotated[int, typer.Option(help="Records in the stream.", min=50, max=100_000)] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed draws the same stream.")] = 1,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures here as well.")] = None,
    artifact: Annotated[
        Path | None, typer.Option(help="Another artifact than the one that comes with it.")
    ] = None,
    *,
    serve: Annotated[
        bool, typer.Option("--serve", help="Keep metrics and pictures up at the end, until Ctrl-C.")
    ] = False,
) -> None:
    """Run everything on this machine, without Docker or network, and measure it against the truth."""
    from consumer import logs
    from consumer.demo.run import DemoOptions, run_demo
    from consumer.demo.running import Stopped

    if json_out is not None:
        refuse_unwritable(json_out.parent, "--json")
    logs.configure("console", "warning")  # lines of every batch would tear the progress display
    logging.getLogger("consumer.drift").setLevel(logging.ERROR)  # the table says what drifted
    options = DemoOptions(listings=listings, seed=seed, json_out=json_out, serve=serve, artifact=artifact)
    try:
        figures = run_demo(options)
    except Stopped:
        typer.echo("stopped before its end; nothing is left behind", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if figures.unaccounted or figures.live_rows != figures.live_expected:
        raise typer.Exit(1)
