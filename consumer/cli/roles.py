"""`skutwin run`: the two roles."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from consumer.cli.options import ConfigOption, SetOption, settings_and_logs


class Role(StrEnum):
    """Which role this process plays."""

    EMBED = "embed"
    MATCH = "match"
    BOTH = "both"


def run(
    role: Annotated[
        Role,
        typer.Option(
            help="embed: listings to vectors, many processes. match: vectors to events, one a shard."
        ),
    ] = Role.BOTH,
    config: ConfigOption = None,
    assignments: SetOption = None,
) -> None:
    """Read listings from Kafka and write match events, until SIGTERM."""
    from consumer.app import run as run_roles

    run_roles(settings_and_logs(config, assignments), role.value)
