"""Reads the settings from a TOML file, the environment and the command line, in rising order of weight."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from consumer.errors import Misconfigured
from consumer.settings.describe import allowed, is_secret, shown
from consumer.settings.settings import Settings

PREFIX = "SKUTWIN_"
CONFIG_VARIABLE = "SKUTWIN_CONFIG"
# What Kubernetes puts into every container of a namespace that has a service called skutwin-something.
_SERVICE_LINK = re.compile(
    r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$"
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The effective settings, and where each came from: `default`, a variable, a file's path, `--set`."""

    settings: Settings
    origins: Mapping[str, str]


def load_settings(config: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The effective settings; see `load`."""
    return load(config, overrides).settings


def load(config: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """The effective settings and their origins: overrides before environment before file before default.

    Args:
        config: the TOML file; None: the one that `SKUTWIN_CONFIG` names, if any.
        overrides: from the command line, by setting.

    Raises:
        Misconfigured: with a line for each wrong or unknown setting: its name, value and what is allowed.
    """
    path = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    layers: list[tuple[Mapping[str, Any], str]] = []
    if path is not None:
        layers.append((_read_file(path), str(path)))
    layers.append((_read_environment(), "environment"))
    layers.append((_known(overrides or {}, "--set"), "--set"))

    merged: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    for layer, origin in layers:
        for name, value in layer.items():
            both = name in merged and isinstance(merged[name], dict) and isinstance(value, dict)
            merged[name] = {**merged[name], **value} if both else value
            origins[name] = PREFIX + name.upper() if origin == "environment" else origin
    try:
        return Loaded(Settings(**merged), MappingProxyType(origins))
    except ValidationError as err:
        raise Misconfigured(_explain(err, merged, origins)) from None


def _read_file(path: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise Misconfigured(f"cannot read the settings file {path}: {err.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise Misconfigured(f"the settings file {path} is no TOML: {err}") from None
    return _known(table, str(path))


def _read_environment() -> Mapping[str, Any]:
    names = {name.lower() for name in Settings.model_fields}
    strangers = []
    for variable in sorted(os.environ):
        if not variable.upper().startswith(PREFIX):
            continue
        name = variable[len(PREFIX) :].lower().partition("__")[0]
        if name in names or variable == CONFIG_VARIABLE or name.startswith("test_"):
            continue
        if not _SERVICE_LINK.search(variable):
            strangers.append(_stranger(variable, [PREFIX + known.upper() for known in names]))
    if strangers:
        raise Misconfigured("\n".join(strangers))
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as err:
        raise Misconfigured(f"the environment: {err}") from None


def _known(table: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    strangers = [
        f"{where}: {_stranger(name, Settings.model_fields)}"
        for name in table
        if name not in Settings.model_fields
    ]
    if strangers:
        raise Misconfigured("\n".join(strangers))
    return table


def _stranger(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "`skutwin config` lists all"
    return f"{name} is no setting; {hint}"


def _explain(err: ValidationError, given: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    lines = []
    for fault in err.errors(include_url=False, include_context=False):
        message = fault["msg"].removeprefix("Value error, ")
        if not fault["loc"]:
            lines.append(message)
            continue
        name = str(fault["loc"][0])
        value = "(hidden)" if is_secret(name) else repr(shown(name, given.get(name)))
        lines.append(f"{name} = {value} ({origins[name]}): {message}. Allowed: {allowed(name)}")
    return "\n".join(dict.fromkeys(lines))
