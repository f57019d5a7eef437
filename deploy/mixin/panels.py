"""What a dashboard is made of, in our words, and as Grafana's foundation SDK builds it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from grafana_foundation_sdk.builders import common, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
    ThresholdsConfig,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as model

SOURCE: Final = kinds.DataSourceRef(type_val="prometheus", uid="$datasource")
ONLY: Final = 'job=~"$job"'  # in every selector
TAG: Final = "skutwin"


def rate(metric: str, **labels: str) -> str:
    """A counter's rate over what Grafana thinks right, of the jobs chosen.

    Args:
        metric: its name.
        labels: values that it must have; one that begins with `~` is a regular expression.
    """
    wanted = [
        f'{name}=~"{value[1:]}"' if value[0] == "~" else f'{name}="{value}"' for name, value in labels.items()
    ]
    return f"rate({metric}{{{', '.join([ONLY, *wanted])}}}[$__rate_interval])"


def or_none(expr: str, label: str) -> str:
    """The expression, or a series `none` at zero where it has none: what rightly never happened is no gap."""
    return f'{expr} or on () label_replace(vector(0), "{label}", "none", "", "")'


class Form(StrEnum):
    """How a panel draws its series."""

    LINES = "lines"
    STACKED = "stacked"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression.

    Attributes:
        expr: with `$job` and `$__rate_interval`, which Grafana fills in.
        legend: each series' name, with `{{label}}`.
        exemplars: whether its dots lead to batches; of histograms only.
    """

    expr: str
    legend: str = ""
    exemplars: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture.

    Attributes:
        why: a sentence that says why one looks at it, behind the panel's `i`.
        unit: Grafana's id of a unit: `s`, `bytes`, `percentunit`, `ops`, `short`.
        bad: from this value on it is red, and of lines a line shows where.
        width: of 24.
    """

    title: str
    why: str
    queries: Sequence[Query]
    unit: str = "short"
    form: Form = Form.LINES
    bad: float | None = None
    width: int = 12


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: panels by the title of their row."""

    uid: str
    title: str
    about: str
    rows: dict[str, Sequence[Panel]]


def built(board: Board) -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    made = (
        Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags([TAG])
        .readonly()
        .refresh("30s")
        .time("now-1h", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_jobs())
        .link(
            DashboardLink("skutwin")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
    )
    for title, panels in board.rows.items():
        made = made.with_row(Row(title))
        for panel in panels:
            made = made.with_panel(_number(panel) if panel.form is Form.NUMBER else _graph(panel))
    plain: dict[str, Any] = json.loads(json.dumps(made.build(), cls=JSONEncoder))
    return plain


def _jobs() -> QueryVariable:
    return (
        QueryVariable("job")
        .label("Job")
        .datasource(SOURCE)
        .query("label_values(skutwin_build_info, job)")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(model.VariableOption(selected=True, text="All", value="$__all"))
    )


def _graph(panel: Panel) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.why)
        .datasource(SOURCE)
        .unit(panel.unit)
        .min(0)
        .height(8)
        .span(panel.width)
        .fill_opacity(10)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.DESCENDING)
        )
        .targets(_targets(panel))
    )
    if panel.form is Form.STACKED:
        made = made.fill_opacity(60).stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL))
    if panel.bad is not None:
        made = made.thresholds(_thresholds(panel.bad)).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(kinds.GraphThresholdsStyleMode.DASHED)
        )
    return made


def _number(panel: Panel) -> stat.Panel:
    made = (
        stat.Panel()
        .title(panel.title)
        .description(panel.why)
        .datasource(SOURCE)
        .unit(panel.unit)
        .height(4)
        .span(panel.width)
        .graph_mode(kinds.BigValueGraphMode.AREA)
        .color_mode(kinds.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .targets(_targets(panel))
    )
    return made if panel.bad is None else made.thresholds(_thresholds(panel.bad))


def _targets(panel: Panel) -> list[Builder[Dataquery]]:
    targets: list[Builder[Dataquery]] = [
        prometheus.Dataquery()
        .ref_id(chr(ord("A") + number))
        .datasource(SOURCE)
        .expr(query.expr)
        .legend_format(query.legend or panel.title)
        .exemplar(query.exemplars)
        .range()
        for number, query in enumerate(panel.queries)
    ]
    return targets


def _thresholds(bad: float) -> ThresholdsConfig:
    steps = [model.Threshold(value=None, color="green"), model.Threshold(value=bad, color="red")]
    return ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
