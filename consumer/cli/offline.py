"""Offline jobs: training, and mending the index from the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, settings_and_logs
from consumer.errors import Misconfigured


def train(
    out: Annotated[Path, typer.Option("--out", help="The artifact's folder.")],
    *,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="On a catalogue of drawn garments; the only source so far.")
    ] = False,
    products: Annotated[int | None, typer.Option(help="Products in the training catalogue.", min=10)] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same catalogue.")] = 7,
    threads: Annotated[int | None, typer.Option(help="Processor threads; all by default.", min=1)] = None,
) -> None:
    """Train a projection and its decider, and write them as an artifact."""
    if not synthetic:
        raise Misconfigured("say what to train on: `skutwin train --synthetic --out FOLDER`")
    from model.training.pipeline import cli_train

    cli_train(out, products=products, seed=seed, threads=threads)


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
