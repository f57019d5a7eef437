"""A recording rule and an alert, and how Prometheus reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["page", "ticket"]
Rule = dict[str, str | dict[str, str]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A series that is computed once for all who ask.

    Attributes:
        record: `level:metric:operations`.
    """

    record: str
    expr: str

    def to_rule(self) -> Rule:
        """As Prometheus reads it."""
        return {"record": self.record, "expr": self.expr}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that a person should do something about.

    Attributes:
        wait: for how long it must hold.
        severity: `page` wakes somebody, `ticket` is for the working day.
        summary: one line, for the message's head.
        description: what was seen, with `{{ $value }}`.
    """

    name: str
    expr: str
    wait: str
    severity: Severity
    summary: str
    description: str

    def to_rule(self, runbook: str) -> Rule:
        """As Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.wait,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{runbook}#{self.name.lower()}",
            },
        }


def to_yaml(groups: Mapping[str, Sequence[Rule]], head: str) -> str:
    """One rule file.

    Args:
        groups: rules by the name of their group.
        head: a comment at its top.
    """
    lines = [f"# {head}", "groups:"]
    for name, rules in groups.items():
        lines += [f"  - name: {name}", "    rules:"]
        for rule in rules:
            first, *rest = _lines(rule)
            lines += [f"      - {first}", *(f"        {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def _lines(rule: Rule) -> Iterator[str]:
    """Expressions as blocks, so that a person can read them; all else as JSON, which is YAML."""
    for name, value in rule.items():
        if isinstance(value, dict):
            yield f"{name}:"
            yield from (f"  {inner}: {json.dumps(text, ensure_ascii=False)}" for inner, text in value.items())
        elif name == "expr":
            yield "expr: |-"
            yield from (f"  {line}" for line in value.strip().splitlines())
        else:
            yield f"{name}: {value}"
