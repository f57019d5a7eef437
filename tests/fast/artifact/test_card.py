"""The model card says what was measured, what the thresholds mean, and what the artifact is not good for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model.artifact import TrainingSet
from model.artifact.provenance import headline
from model.card import write_card
from tests.tiny_artifact import tiny_decider, tiny_parts

DRAWN = TrainingSet(name="drawn", use="layer", synthetic=True, listings=90, products=3, sellers=2, pictures=8)
REAL = DRAWN.model_copy(update={"name": "luma | x", "synthetic": False})
RANKED = {"aucpr": 0.5, "r_at_1": 0.6, "r_at_3": 0.7, "recall_at_p98": 0.25, "recall_at_p99": None}
REPORT: dict[str, Any] = {
    "image": RANKED,
    "fused_decider": RANKED | {"aucpr": 0.875, "ece": 0.0125, "f1": 0.9, "precision_at_threshold": 0.98},
    "unseen_sellers": {"image": RANKED | {"aucpr": 0.4375}},
    "options": {"seed": 1},
}


def card(**changes: Any) -> str:
    given = {"data": (DRAWN,), "decider": tiny_decider(), "report": REPORT, "dimension": 65}
    return write_card(encoders=tiny_parts()["encoders"], **(given | changes))


def test_figures_stand_in_a_table_and_what_is_not_known_is_a_dash() -> None:
    """Overall, then for sellers that training never saw."""
    written = card()
    assert "| pictures alone | 0.500 | 0.600 | 0.700 | 0.250 | - |" in written
    assert "expected calibration error 0.013" in written
    assert written.index("0.875") < written.index("training never saw") < written.index("0.438")


def test_without_an_evaluation_it_says_so() -> None:
    """Rather than showing an empty table."""
    assert "Nothing yet: `skutwin evaluate" in card(report=None)


def test_a_drawn_catalogue_is_called_one() -> None:
    """And real listings are, too; a name cannot break the table."""
    assert "no real listing" in card()
    assert "its drawings are simpler than photographs" in card()
    real = card(data=(DRAWN, REAL))
    assert "their licences" in real
    assert "drawings" not in real
    assert "| luma / x | layer | 90 |" in real


def test_the_threshold_stands_with_its_interval_and_moves_with_the_catalogue() -> None:
    """Ten times the odds against: 0.9 is odds of 9, and 90 in 91 is 0.9890."""
    written = card()
    assert "matches at a probability of 0.9000, chosen for a precision of 98%" in written
    assert "95 % interval 90.0% to 100.0%" in written
    assert "| 1 x | 0.9000 |" in written
    assert "| 10 x | 0.9890 |" in written


def test_a_threshold_that_was_not_reached_is_said_to_match_nothing() -> None:
    """By the model; a GTIN still does."""
    decider = tiny_decider()
    missed = replace(decider, match=replace(decider.match, value=1.0, precision=None, reached=False))
    assert "nothing matches by the model" in card(decider=missed)
    assert "| 10 x | none |" in card(decider=missed)


def test_the_threshold_of_nameless_pairs_is_told_beside_the_other() -> None:
    """With what was seen there, or that people are asked about all of them."""
    decider = tiny_decider()
    assert "rare word" not in card(decider=decider)
    own = replace(decider.match, value=0.95)
    assert "one matches at 0.9500" in card(decider=replace(decider, nameless_match=own))
    missed = replace(own, value=1.0, precision=None, reached=False)
    assert "none matches, people are asked" in card(decider=replace(decider, nameless_match=missed))


@pytest.mark.parametrize("report", [{}, {"image": None}, {"unseen_sellers": {"n": 0}}])
def test_a_report_that_lacks_figures_still_gives_a_card(report: dict[str, Any]) -> None:
    """A set without twins, or without new sellers, has none."""
    assert "No figures." in card(report=report)


def test_the_headline_of_a_report_is_its_figures_alone() -> None:
    """What an artifact carries along is bounded; options and intervals stay with the report."""
    told = headline(REPORT)
    assert list(told) == ["image", "fused_decider", "unseen_sellers"]
    assert told["image"] == RANKED
    assert told["unseen_sellers"] == {"image": RANKED | {"aucpr": 0.4375}}
    assert headline({"image": RANKED | {"intervals": [0, 1]}}) == {"image": RANKED}
