"""Whether JSON is what the types of Grafana's foundation SDK say: the schema that its dashboards are made by.

The SDK's own reader takes any value for any field; here each is held against the field's annotation.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

register_default_plugins()  # without them panels' options and queries are read as anything at all


def read(said: dict[str, Any]) -> Dashboard:
    """A dashboard, its panels and queries by the types of their plugins."""
    return Dashboard.from_json(said)


def faults(value: object, hint: object, where: str = "dashboard") -> Iterator[str]:
    """What of a value is not as its annotation says."""
    if hint is Any or hint is object:  # a plugin's own part, which the plugin's own type describes
        if hasattr(value, "to_json"):
            yield from faults(value, type(value), where)
        return
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        every = [list(faults(value, each, where)) for each in arguments]
        if all(every):
            yield from min(every, key=len)
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{where}: {value!r} is none of {arguments}"
    elif origin is list:
        yield from _of_list(value, arguments[0], where)
    elif origin is dict:
        yield from _of_dict(value, arguments[1], where)
    elif isinstance(hint, type):
        yield from _of_class(value, hint, where)


def _of_list(value: object, hint: object, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where}: {value!r} is no list"
        return
    for place, each in enumerate(value):
        yield from faults(each, hint, f"{where}[{place}]")


def _of_dict(value: object, hint: object, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no object"
        return
    for name, each in value.items():
        yield from faults(each, hint, f"{where}.{name}")


def _of_class(value: object, hint: type, where: str) -> Iterator[str]:
    if issubclass(hint, Enum):
        if value not in {each.value for each in hint}:
            yield f"{where}: {value!r} is no {hint.__name__}"
    elif hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{where}: {value!r} is no number"
    elif hint in {int, str, bool, type(None)}:
        if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
            yield f"{where}: {value!r} is no {hint.__name__}"
    elif not isinstance(value, hint):
        yield f"{where}: a {type(value).__name__} is no {hint.__name__}"
    else:
        for name, each in typing.get_type_hints(type(value)).items():
            yield from faults(getattr(value, name), each, f"{where}.{name}")
