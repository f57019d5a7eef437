"""What the demonstration prints and writes."""

from __future__ import annotations

import io

from rich.console import Console

from consumer.demo.figures import Accounts, Figures
from consumer.demo.report import show

_BOOKS = Accounts(came=10, passed_on=9, superseded=1)
_FIGURES = Figures(
    listings=10,
    live_rows=9,
    live_expected=9,
    f1=0.91234,
    precision=0.97,
    recall=0.86,
    pairs_true=7,
    pairs_matched=6,
    in_review=1,
    baseline_title_f1=0.12,
    baseline_zero_shot_f1=0.34,
    baseline_image_f1=0.56,
    baseline_text_f1=0.45,
    unaccounted=0,
    embed=_BOOKS,
    match=_BOOKS,
    dead_letters={"invalid_json": 3},
    events={"matched": 1_200, "retracted": 100},
    retracted=100,
    drifted=("strange_words", "text_mean"),
    throughput_per_s=20.0,
    offered_per_s=10.0,
    latency_p50_s=0.5,
    latency_p99_s=1.5,
    artifact_version="a" * 12,
    embedding_version="b" * 10,
    precision_of_encoders={"pictures": "fp32", "text": "fp32"},
    seconds=60.0,
)


def test_the_table_sets_every_rival_beside_the_matches() -> None:
    """Each rival's figure stands in its own row, in no more than a hundred columns."""
    printed = io.StringIO()
    show(Console(file=printed, width=100), _FIGURES, [])
    rows = [[cell.strip() for cell in line.split("│")] for line in printed.getvalue().splitlines()]
    shown = {row[1]: row[2] for row in rows if len(row) == 5}
    assert {name: shown[name] for name in shown if "F1" in name} == {
        "F1 of the matches": "0.912",
        "equal titles, F1": "0.120",
        "zero-shot cosine, F1": "0.340",
        "pictures only, F1": "0.560",
        "text only, F1": "0.450",
    }


def test_the_books_of_both_roles_are_whole_on_a_narrow_terminal() -> None:
    """Each fate has its row, no name is cut off at eighty columns, and what drifted is said."""
    printed = io.StringIO()
    show(Console(file=printed, width=80), _FIGURES, [])
    told = printed.getvalue()
    assert "…" not in told
    assert "strange_words" in told
    rows = [[cell.strip() for cell in line.split("│")] for line in told.splitlines()]
    books = {row[1]: (row[2], row[3]) for row in rows if len(row) == 6}
    assert books["came"] == ("10", "10")
    assert books["superseded"] == ("1", "1")
    assert books["unaccounted"] == ("0", "0")


def test_the_figures_are_written_under_stable_names() -> None:
    """Who reads the JSON finds the matches and all four rivals, rounded."""
    written = _FIGURES.to_json()
    assert written["f1"] == 0.9123
    rivals = {name: value for name, value in written.items() if name.startswith("baseline_")}
    assert rivals == {
        "baseline_title_f1": 0.12,
        "baseline_zero_shot_f1": 0.34,
        "baseline_image_f1": 0.56,
        "baseline_text_f1": 0.45,
    }
