"""One dashboard as a page: its grid, and each panel with what a Prometheus says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from deploy.mixin.picture.chart import Frame, Named, chart, legend, number
from deploy.mixin.query import Line
from model.evaluation.page.markup import Markup, element

Ask = Callable[[str], Sequence[Line]]
_CELLS = 24  # of Grafana's grid, a row
_CELL, _ROW = 66, 36  # their pixels where there is room; on a narrower screen all charts shrink alike
_STYLE = Markup("""
body{background:#111217;color:#ccccdc;font:13px/1.4 Inter,Helvetica,Arial,sans-serif;margin:16px}
h1{font-size:19px;font-weight:500;margin:0 0 2px}.about{color:#8e8e99;margin:0 0 14px}
.board{position:relative;max-width:1584px}.row{position:absolute;font-weight:600;font-size:15px;padding-top:6px}
.panel{position:absolute;background:#181b1f;border:1px solid #2a2d33;border-radius:3px;overflow:hidden}
.panel h2{font-size:13px;font-weight:600;margin:5px 10px 2px}.panel svg{display:block;width:100%}
svg text{fill:#8e8e99;font-size:11px}.grid{stroke:#2a2d33}.limit{stroke:#f2495c;stroke-dasharray:6 4}
polyline{fill:none;stroke-width:1.6}polygon{opacity:.35}
.legend{display:flex;flex-wrap:wrap;gap:0 14px;font-size:11px;padding:0 10px}.legend span{white-space:pre}
.legend i{display:inline-block;width:12px;height:3px;margin:0 5px 3px 0}
.number{font-size:34px;font-weight:600;text-align:center;margin:18px 0}.good{color:#73bf69}.bad{color:#f2495c}
.none{color:#f2495c;text-align:center;font-size:16px}
""")


def page(dashboard: Mapping[str, Any], ask: Ask, start: float, end: float) -> str:
    """The whole dashboard between two Unix times.

    Args:
        dashboard: as Grafana imports it.
        ask: what an expression, as it stands there, gives over that time.
        start: of the pictures' time.
        end: of it.
    """
    marks = list(_marks(dashboard, ask, start, end))
    grid = [panel["gridPos"] for panel in dashboard["panels"]]
    height = max((at["y"] + at["h"]) * _ROW for at in grid)
    body = element(
        "body",
        element("h1", dashboard["title"]),
        element("p", dashboard["description"], class_="about"),
        element("div", *marks, class_="board", style=f"height:{height}px"),
    )
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        element("title", dashboard["title"]),
        element("style", _STYLE),
    )
    return "<!doctype html>\n" + element("html", head, body)


def _marks(dashboard: Mapping[str, Any], ask: Ask, start: float, end: float) -> Iterator[Markup]:
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        place = f"left:{100 * at['x'] / _CELLS:.4g}%;top:{at['y'] * _ROW}px"
        if panel["type"] == "row":
            yield element("div", panel["title"], class_="row", style=place)
            continue
        size = f"width:calc({100 * at['w'] / _CELLS:.4g}% - 12px);height:{at['h'] * _ROW - 10}px"
        inside = _inside(panel, ask, start, end)
        yield element("div", element("h2", panel["title"]), *inside, class_="panel", style=f"{place};{size}")


def _inside(panel: Mapping[str, Any], ask: Ask, start: float, end: float) -> list[Markup]:
    at, defaults = panel["gridPos"], panel["fieldConfig"]["defaults"]
    unit, bad = defaults["unit"], _bad(defaults)
    lines = [
        Named(line.named(target["legendFormat"]), line.points)
        for target in panel["targets"]
        for line in ask(target["expr"])
    ]
    if panel["type"] == "stat":
        return [number(lines, unit, bad)]
    frame = Frame(at["w"] * _CELL - 12, at["h"] * _ROW - 66, start, end, unit, bad)
    stacked = defaults["custom"].get("stacking", {}).get("mode") == "normal"
    return [chart(lines, frame, stacked=stacked), legend(lines, unit)]


def _bad(defaults: Mapping[str, Any]) -> float | None:
    steps = defaults.get("thresholds", {}).get("steps", [])
    return next((step["value"] for step in steps if step.get("color") == "red"), None)
