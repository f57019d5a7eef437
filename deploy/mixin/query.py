"""What a dashboard asks of a Prometheus, and the answers, where no Grafana is to be had."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.mixin.write import HERE


@dataclass(frozen=True, slots=True)
class Line:
    """One series of an answer: its labels, and (Unix time, value) by rising time."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    def named(self, legend: str) -> str:
        """The legend with its `{{label}}`s filled in, as Grafana does it: a missing one with nothing."""
        for label, value in self.labels.items():
            legend = legend.replace(f"{{{{{label}}}}}", value)
        return re.sub(r"\{\{\w+\}\}", "", legend)


@dataclass(frozen=True, slots=True)
class Asked:
    """One expression of one panel.

    Attributes:
        board: the file's name without its end.
    """

    board: str
    panel: str
    expr: str


class Queries:
    """Asks a Prometheus at `url`.

    Raises:
        httpx.HTTPError: by every method, where it does not answer or does not understand.
    """

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=20, trust_env=False)

    def instant(self, expr: str) -> list[Line]:
        """What it is now."""
        return _lines(self._data("/api/v1/query", query=expr))

    def over(self, expr: str, start: float, end: float, step_s: float) -> list[Line]:
        """How it was between two Unix times."""
        return _lines(self._data("/api/v1/query_range", query=expr, start=start, end=end, step=step_s))

    def exemplars(self, expr: str, start: float, end: float) -> list[Mapping[str, str]]:
        """The labels of the exemplars of its series."""
        series = self._data("/api/v1/query_exemplars", query=expr, start=start, end=end)
        return [each["labels"] for of in series for each in of["exemplars"]]

    def rules(self) -> list[dict[str, Any]]:
        """All rules with their health and, of alerts, their state."""
        return [rule for group in self._data("/api/v1/rules")["groups"] for rule in group["rules"]]

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _data(self, path: str, **asked: str | float) -> Any:
        answer = self._client.get(path, params=asked)
        if answer.is_error:
            said = answer.text[:500]
            raise httpx.HTTPStatusError(f"{asked}: {said}", request=answer.request, response=answer)
        return answer.json()["data"]


def boards() -> dict[str, dict[str, Any]]:
    """The dashboards as they are shipped, by the name of their file."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((HERE / "dashboards").glob("*.json"))}


def asked_by(board: str, dashboard: Mapping[str, Any]) -> Iterator[Asked]:
    """Every expression of a dashboard, as it stands there."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield Asked(board, panel["title"], target["expr"])


def filled(expr: str, rate_s: float) -> str:
    """An expression with the variables that Grafana would fill in: all jobs, and an interval for rates."""
    return expr.replace("$__rate_interval", f"{rate_s:g}s").replace("$job", ".*")


def _lines(data: Mapping[str, Any]) -> list[Line]:
    return [
        Line(
            each["metric"],
            tuple((time, float(value)) for time, value in each.get("values", [each.get("value")])),
        )
        for each in data["result"]
    ]
