"""`skutwin dlq`: see the dead letters, and send the mended ones again."""

from __future__ import annotations

from typing import Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, client, settings_and_logs, topic_names

app = typer.Typer(help="See the dead letters, and send them again once what refused them is mended.")

ReasonOption = Annotated[str | None, typer.Option(help="Only letters of this reason.")]


@app.command("list")
def show(
    reason: ReasonOption = None,
    limit: Annotated[int, typer.Option(help="So many of the newest.", min=1, max=100_000)] = 50,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Show when, where from and why records were refused."""
    from rich.console import Console

    from consumer.deadletters.on_kafka import list_on_kafka

    settings = settings_and_logs(config, assignments)
    letters = list_on_kafka(client(settings), topic_names(settings), reason=reason, limit=limit)
    Console().print(letters.table())


@app.command()
def replay(
    reason: ReasonOption = None,
    rate: Annotated[
        float | None, typer.Option(help="Letters per second; as fast as Kafka takes by default.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide and count, send nothing.")] = False,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Send letters again to `listings`, unless a newer record, a deletion or their age forbids it.

    What is newer is learnt from `listings` and the inner log, which are read to their ends.
    """
    from rich.console import Console

    from consumer.deadletters.on_kafka import replay_on_kafka

    if rate is not None and rate <= 0:
        raise typer.BadParameter("letters per second, more than 0", param_hint="--rate")
    settings = settings_and_logs(config, assignments)
    report = replay_on_kafka(
        client(settings),
        topic_names(settings),
        marker_ttl_s=settings.match_marker_ttl_s,
        reason=reason,
        dry_run=dry_run,
        rate=rate,
    )
    Console().print(report.table())
