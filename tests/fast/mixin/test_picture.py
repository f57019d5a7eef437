"""The dashboards' pages: what a panel shows of an answer, and in which words."""

from __future__ import annotations

import math
import re

import pytest

from deploy.mixin.picture.chart import Frame, Named, chart, number
from deploy.mixin.picture.page import page
from deploy.mixin.picture.units import written
from deploy.mixin.query import Line, boards, filled

FRAME = Frame(width=400, height=200, start=0, end=100, unit="s", bad=5)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, "percentunit", "1.23%"),
        (0.25, "s", "250 ms"),
        (0, "s", "0 s"),
        (90, "s", "90 s"),
        (7200, "s", "2 h"),
        (1_300_000_000, "bytes", "1.21 GiB"),
        (12_345, "short", "12.3 K"),
        (3.4, "ops", "3.4 ops/s"),
        (math.nan, "short", "\N{EN DASH}"),
    ],
)
def test_a_value_is_written_in_its_unit(value: float, unit: str, text: str) -> None:
    """As Grafana would write it."""
    assert written(value, unit) == text


def test_a_panel_without_data_says_so() -> None:
    """An empty frame would look like a quiet day."""
    assert "No data" in chart([Named("p99", [(0, math.nan)])], FRAME, stacked=False)
    assert "No data" in chart([], FRAME, stacked=True)


def test_a_line_breaks_where_scrapes_are_missing() -> None:
    """Two runs of points are two lines, not one over the gap."""
    points = [(0, 1.0), (1, 1.0), (2, 1.0), (50, 2.0), (51, 2.0)]
    assert chart([Named("p99", points)], FRAME, stacked=False).count("<polyline") == 2


def test_stacked_series_add_up() -> None:
    """The upper one's line is at the sum."""
    below, above = Named("a", [(0, 1.0), (1, 1.0)]), Named("b", [(0, 3.0), (1, 3.0)])
    free = Frame(width=400, height=200, start=0, end=100, unit="short")
    top = chart([Named("sum", [(0, 4.0), (1, 4.0)])], free, stacked=False)
    line = top[top.index('points="') : top.index('" stroke')]
    assert line in chart([below, above], free, stacked=True)


def test_a_number_turns_red_at_its_bad_value() -> None:
    """From the threshold on."""
    assert "good" in number([Named("", [(0, 6.0), (1, 4.9)])], "s", 5)
    assert "bad" in number([Named("", [(0, 1.0), (1, 5.0)])], "s", 5)


def test_a_page_has_every_panel_and_escapes_what_labels_say() -> None:
    """A topic's name is data, not HTML."""
    board = boards()["kafka-and-index"]
    asked = []

    def ask(expr: str) -> list[Line]:
        asked.append(expr)
        return [Line({"topic": "<b>", "partition": "0"}, ((0.0, 1.0), (60.0, 2.0)))]

    made = page(board, ask, 0, 60)
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    assert made.count("<svg") == len(panels)
    assert len(asked) == sum(len(panel["targets"]) for panel in panels)
    assert "<b>" not in made
    assert "&lt;b&gt;[0]" in made


def test_variables_are_filled_in_as_grafana_would() -> None:
    """All jobs, and the interval for rates."""
    expr = 'rate(skutwin_records_in_total{job=~"$job"}[$__rate_interval])'
    assert filled(expr, 60) == 'rate(skutwin_records_in_total{job=~".*"}[60s])'


def test_axes_are_labelled_with_round_times_and_values() -> None:
    """Minutes in whole minutes and clocks at whole steps, whenever the picture begins."""
    half_past_noon = 45_000.0
    frame = Frame(width=400, height=200, start=half_past_noon + 7, end=half_past_noon + 847, unit="s")
    axes = chart([Named("p99", [(half_past_noon + 10, 200.0)])], frame, stacked=False)
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", axes)
    assert texts == ["0 s", "60 s", "2 min", "3 min", "4 min", "12:35", "12:40"]


def test_a_page_shrinks_to_a_narrow_screen() -> None:
    """Panels take shares of the width, and not pixels that a laptop does not have."""
    made = page(boards()["overview"], lambda _: [], 0, 60)
    assert re.findall(r"(?:left|width):[\d.]+px", made.partition("</style>")[2]) == []
