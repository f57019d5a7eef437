"""What is allowed of a setting, how its value is shown without its secrets, and the README's table."""

from __future__ import annotations

import functools
import re
from typing import Any

from pydantic import SecretStr

from consumer.settings.settings import Settings

HIDDEN = "(hidden)"


@functools.cache
def _schema() -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = Settings.model_json_schema()["properties"]
    return properties


def is_secret(name: str) -> bool:
    """Whether the setting's value must never be shown."""
    return '"password"' in repr(_schema()[name]).replace("'", '"')


def shown(name: str, value: object) -> object:
    """The value for people: secrets hidden, passwords inside URLs starred out."""
    if isinstance(value, dict):
        return dict.fromkeys(sorted(value), HIDDEN)
    if isinstance(value, SecretStr) or (is_secret(name) and value is not None):
        return HIDDEN
    if isinstance(value, str):
        return re.sub(r"//[^@/]*@", "//***@", value)
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return value if isinstance(value, int | float | None) else str(value)


def allowed(name: str) -> str:
    """The setting's type and bounds, in words."""
    schema = _schema()[name]
    options = schema.get("anyOf", [schema])
    words = [_words(option) for option in options if option.get("type") != "null"]
    return " or ".join(words) + (", or nothing" if len(words) < len(options) else "")


def _words(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(schema["enum"])
    kind = {"integer": "a whole number", "number": "a number", "object": "a table of names and values"}.get(
        schema.get("type", ""), "text"
    )
    if schema.get("type") == "array":
        return f"a list, each {_words(schema['items'])}"
    if "pattern" in schema:
        return f"text that fits {schema['pattern']}"
    if "path" in schema.get("format", ""):
        return "an existing folder" if schema["format"] == "directory-path" else "a path"
    low, above, high = (schema.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    start = f"from {low}" if low is not None else f"over {above}" if above is not None else ""
    end = f"to {high:.0f}" if high is not None else ""
    return " ".join(word for word in (kind, start, end) if word)


def markdown_table() -> str:
    """All settings as a Markdown table, as the README holds it."""
    lines = ["| setting (TOML) | default | allowed | what it does |", "| --- | --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        schema = _schema()[name]
        default = schema.get("shown_default") or ("" if field.default_factory else field.default)
        text = (
            "" if default in {None, "", ()} else f"`{default}`" if "shown_default" not in schema else default
        )
        limits = allowed(name).replace("|", "\\|")
        lines.append(f"| `{name}` | {text} | {limits} | {field.description} |")
    return "\n".join(lines)
