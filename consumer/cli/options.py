"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from consumer.contracts.topics import TopicNames
    from consumer.settings import Loaded, Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="TOML file with settings; SKUTWIN_CONFIG names it as well."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="NAME=VALUE", help="One setting, before all others; repeatable."),
]


def load(config: Path | None, assignments: list[str] | None) -> Loaded:
    """The effective settings and their origins.

    Raises:
        Misconfigured: a wrong setting, or an assignment without `=`.
    """
    from consumer.settings import load as load_all

    overrides: dict[str, str] = {}
    for assignment in assignments or []:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise Misconfigured(f"--set {assignment}: write NAME=VALUE")
        overrides[name.strip().replace("-", "_")] = value
    return load_all(config, overrides)


def settings_and_logs(config: Path | None, assignments: list[str] | None) -> Settings:
    """The effective settings, with logs configured by them: the first step of every command that works."""
    from consumer import logs

    settings = load(config, assignments).settings
    logs.configure(settings.log_format, settings.log_level)
    return settings


def client(settings: Settings) -> dict[str, Any]:
    """Configuration of librdkafka for a command's own clients."""
    from consumer.kafka.config import client_config

    return client_config(
        settings.kafka_bootstrap, settings.kafka_security, f"skutwin-cli-{settings.instance}"
    )


def topic_names(settings: Settings) -> TopicNames:
    """The topics of the configured prefix and artifact."""
    from consumer.contracts.topics import TopicNames
    from model.artifact import load_artifact

    return TopicNames.of(settings.topic_prefix, load_artifact(settings.artifact).embedding_version)
