"""Measured tables find their place in a document."""

from __future__ import annotations

import pytest

from bench.real_data.document import body, written
from bench.real_data.finding import Table, points, share

_DOCUMENT = """# Results
<!-- measured: one -->
old
<!-- /measured -->
kept
<!-- measured: two -->
<!-- /measured -->
"""


def test_a_body_replaces_what_stood_between_its_own_marks_and_nothing_else() -> None:
    """The text around the marks, and what other experiments wrote, stay as they were."""
    after = written(_DOCUMENT, {"one": "new \\1"})
    assert after == _DOCUMENT.replace("old", "new \\1")


def test_writing_twice_gives_the_same_document() -> None:
    """A run that finds the same changes nothing."""
    bodies = {"one": body(["| a |"], ["run one"]), "two": body(["| b |"], ["run two"])}
    once = written(_DOCUMENT, bodies)
    assert written(once, bodies) == once
    assert "```sh\nrun two\n```" in once


def test_a_body_without_a_mark_is_named() -> None:
    """A figure that would go nowhere is not dropped in silence."""
    with pytest.raises(ValueError, match="measured: three"):
        written(_DOCUMENT, {"three": ""})


def test_a_table_is_markdown_with_its_caption_above() -> None:
    """Cells keep to their columns even where they hold a bar."""
    table = Table(("store", "F1"), (("a|b", share(0.5, (0.25, 0.75))),), "Caption.")
    assert table.markdown().splitlines() == [
        "Caption.",
        "",
        "| store | F1 |",
        "| --- | --- |",
        "| a\\|b | 0.500 [0.250, 0.750] |",
    ]


def test_a_row_of_another_length_is_refused() -> None:
    """A table whose cells would stand under wrong heads cannot be built."""
    with pytest.raises(ValueError, match="has not 2 cells"):
        Table(("store", "F1"), (("a",),))


def test_what_was_not_measured_is_a_dash_and_points_carry_their_sign() -> None:
    """Nothing measured is not zero; a loss is seen as one."""
    assert share(None) == share(float("nan")) == "-"
    assert points(-0.0512) == "-5.1"
    assert points(-0.0001) == "+0.0"
    assert points(0.05, (-0.01, 0.11)) == "+5.0 [-1.0, +11.0]"
