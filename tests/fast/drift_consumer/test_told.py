"""What the topic says: the table on the terminal and the page."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from rich.console import Console

from consumer.contracts.drift import DriftState
from consumer.drift.page import write_page
from consumer.drift.page.charts import Point, beside, over_time
from consumer.drift.page.page import Shown
from consumer.drift.reference import HeldReference
from consumer.drift.sample import Sample
from consumer.drift.shapes import Shape, shapes
from consumer.drift.status import status_tables
from consumer.drift.told import Told
from consumer.ports.records import Record
from model.embedded import Pictures
from model.money import Rates
from tests.fast.drift_consumer.drawn import NOON, drawn_reference, drawn_rows, week


def _terminal(told: Told) -> str:
    console = Console(width=160, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        for table in status_tables(told):
            console.print(table)
    return captured.get()


def _page(told: Told, *, broken: bool = False) -> str:
    rows = drawn_rows(60, seed=1) if told.windows else []
    if broken:
        rows = [row.model_copy(update={"pictures": Pictures(gone=1)}) for row in rows]
    reference = drawn_reference()
    found = shapes(reference, rows, Rates.snapshot())
    sample = Sample(tuple(rows), tuple(range(len(rows))))
    return write_page(
        Shown("a1", HeldReference(reference, "0" * 12), told, sample, tuple(found), NOON)
    ).decode()


def test_of_each_key_the_last_record_counts() -> None:
    """An alarm that was cleared does not stand, and a null forgets one."""
    told = Told.of(week())
    assert [(event.feature, event.state) for event in told.standing] == [("no_picture", DriftState.RAISED)]
    assert len(told.windows[0]) == 200
    assert told.newest[0].window.ended == max(one.window.ended for one in told.windows[0])
    null = Record("drift", 0, 999, 0, b"0:no_picture", None)
    assert Told.of([*week(), null]).standing == []


def test_a_foreign_record_is_counted_and_hides_nothing() -> None:
    """Whoever wrote into the topic by hand is told of."""
    told = Told.of([*week(), Record("drift", 0, 999, 0, b"0:log_price", b"{}")])
    assert (told.unreadable, len(told.standing)) == (1, 1)
    assert "1 records of the topic are none of ours" in _terminal(told)


def test_the_table_shows_the_nearest_to_an_alarm_first_and_who_drives_it() -> None:
    """A seller's name is written as it is, whatever it holds."""
    lines = _terminal(Told.of(week()))
    assert "one alarm stands" in lines
    assert "<b>seller 7</b> (61 %)" in lines
    rows = re.findall(r"│ (\w+) +│ [\d.]+ +│ [\d.]+ +│ (\d+) %", lines)
    assert [name for name, _ in rows] == ["no_picture", "fused_mean", "log_price"]
    assert int(rows[0][1]) > 100 > int(rows[1][1])


def test_the_page_shows_scores_sellers_and_shapes_and_loads_nothing() -> None:
    """Whatever comes from data is escaped; no script, no address."""
    page = _page(Told.of(week()))
    assert "One alarm stands" in page
    assert page.count('class="limit"') == 3
    assert "&lt;b&gt;seller 7&lt;/b&gt;" in page
    assert "<b>seller" not in page
    assert "<h3>currency</h3>" in page
    assert "What was cleared" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_shape_that_moved_most_comes_first() -> None:
    """Listings that lost their pictures are shown before all that stayed."""
    page = _page(Told.of(week()), broken=True)
    shapes_part = page.partition("The newest listings beside the reference")[2]
    assert re.findall(r"<h3>(\w+)</h3>", shapes_part)[:2] == ["no_picture", "lost_picture"]
    assert "yes: 100.0 % now" in shapes_part


def test_a_page_with_nothing_to_show_says_so() -> None:
    """An installation that was made a minute ago gets a page all the same."""
    page = _page(Told())
    assert "No alarm stands" in page
    assert "No window was closed in the last week" in page
    assert "The inner log holds no listing" in page
    assert "<svg" not in page


def test_a_line_breaks_where_nothing_was_measured() -> None:
    """A night without listings is no straight line; a single point is a dot."""
    minutes = [*range(10), *range(40, 50), 90]
    chart = over_time([Point(60_000 * minute, 1.0, 2.0) for minute in minutes])
    assert chart.count('class="score"') == 2
    assert chart.count("<circle") == 2


def test_a_single_window_is_shown_under_its_threshold() -> None:
    """The dashed line goes all the way across, and its time stands there once."""
    chart = over_time([Point(0, 1.0, 2.0)])
    ((first, last),) = re.findall(r'points="([\d.]+),[\d.]+ ([\d.]+),[\d.]+"', chart)
    assert float(last) - float(first) > 300
    assert chart.count("01 Jan 00:00") == 1


def test_of_many_names_the_largest_cells_are_written_and_none_over_another() -> None:
    """A rare category at the beginning does not take the room of the one that holds nearly all."""
    labels = (*(f"category {number}" for number in range(30)), "other")
    shares = np.array([*np.full(29, 0.001), 0.3, 0.671])
    chart = beside(Shape("category", labels, shares, shares, 100, 0.0))
    written = re.findall(r'<text x="([\d.]+)" y="188"[^>]*>([^<]+)</text>', chart)
    assert {"other", "category 0"} <= {name for _, name in written}
    assert "category 29" not in {name for _, name in written}
    places = sorted(float(at) for at, _ in written)
    assert all(after - before > 50 for before, after in pairwise(places))
