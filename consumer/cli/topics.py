"""`skutwin topics`: make the topics, or check them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, client, settings_and_logs, topic_names

if TYPE_CHECKING:
    from consumer.kafka.admin import ClusterAdmin
    from consumer.kafka.topics import TopicSpec
    from consumer.settings import Settings

app = typer.Typer(help="Make the topics with the clean-up and retention that they need, or check them.")


@app.command()
def create(
    partitions: Annotated[
        int, typer.Option(help="Of each topic but the inner log: bounds how many embed.", min=1, max=1000)
    ] = 8,
    replication: Annotated[
        int | None, typer.Option(help="Replicas; by default 3, or as many as there are brokers.", min=1)
    ] = None,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Make the topics that are missing; existing ones stay as they are and are checked."""
    settings = settings_and_logs(config, assignments)
    admin, specs = _admin_and_specs(settings, partitions)
    made = admin.create_topics(specs, replication=replication)
    for spec in specs:
        typer.echo(f"{'made ' if spec.name in made else 'there'}  {spec.name}")
    _report(admin, [spec for spec in specs if spec.name not in made])


@app.command()
def check(config: ConfigOption = None, assignments: SetOption = None) -> None:
    """Check partitions, clean-up and retention of every topic; exit code 1 if something must be mended."""
    settings = settings_and_logs(config, assignments)
    admin, specs = _admin_and_specs(settings, 1)
    _report(admin, specs)
    typer.echo(f"all {len(specs)} topics are as they must be")


def _admin_and_specs(settings: Settings, partitions: int) -> tuple[ClusterAdmin, list[TopicSpec]]:
    from consumer.kafka.admin import ClusterAdmin
    from consumer.kafka.topics import topic_specs

    specs = topic_specs(
        topic_names(settings),
        shards=settings.shards,
        partitions=partitions,
        marker_ttl_s=settings.match_marker_ttl_s,
    )
    return ClusterAdmin(client(settings)), specs


def _report(admin: ClusterAdmin, specs: list[TopicSpec]) -> None:
    findings = admin.check_topics(specs)
    for finding in findings:
        typer.echo(str(finding), err=True)
    if findings:
        raise typer.Exit(1)
