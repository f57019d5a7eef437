"""What a word tells that only one of two titles has."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model.decision import Decider, fit_decider
from model.decision.features import NUMERIC, Pair, pair_features
from model.decision.rarity import Rarity
from model.decision.telling import LEAST, Telling
from model.decision.words_alone import WordsAlone
from model.money import Rates
from tests.fast.model.marketplace import labelled_pairs
from tests.fast.model.rows import row

RATES, RARITY = Rates.snapshot(), Rarity({})
TELLING = Telling({"pro": 2.5, "mini": 1.5, "record": -1.0})


def pair(first: str, second: str) -> Pair:
    return row("a", title=first), row("b", title=second)


def told(first: str, second: str) -> tuple[float, float]:
    """By the side where it is less, and by that where it is more."""
    numbers = pair_features([pair(first, second)], RATES, RARITY, telling=TELLING).numbers[0]
    return float(numbers[NUMERIC.index("told_word_apart")]), float(numbers[NUMERIC.index("told_word_alone")])


def words_alone() -> tuple[WordsAlone, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Forty pairs that differ by an edition, forty by how one seller writes of it, forty by nothing."""
    pairs = [pair("Kalor pro", "Kalor mini")] * 40
    pairs += [pair("Kalor pro record", "Kalor pro")] * 40
    pairs += [pair("Kalor pro", "Kalor pro")] * 40
    return WordsAlone(pairs, RATES, RARITY), np.arange(120) >= 40


@pytest.mark.parametrize(
    ("first", "second", "less", "more"),
    [
        ("Kalor pro", "Kalor mini", 1.5, 2.5),
        ("Kalor pro record", "Kalor mini", 1.5, 2.5),
        ("Kalor record", "Kalor mini", -1.0, 1.5),
        ("Kalor pro", "Kalor", LEAST, 2.5),
        ("Kalor pro", "Kalor moras", 0.0, 2.5),
        ("Kalor pro", "pro Kalor", LEAST, LEAST),
        ("Kalor pro", "red", math.nan, math.nan),
    ],
)
def test_the_most_telling_word_of_each_side_counts(first: str, second: str, less: float, more: float) -> None:
    """Of both sides once the lesser and once the greater; an unknown word says nothing."""
    assert told(first, second) == pytest.approx((less, more), nan_ok=True)
    assert told(second, first) == pytest.approx((less, more), nan_ok=True)


def test_what_a_word_tells_is_learnt_from_pairs() -> None:
    """A word that stands alone in false pairs speaks against a match, one in true pairs does not."""
    words, labels = words_alone()
    telling = words.telling(labels, np.ones(120))
    assert telling("pro") == telling("mini") == pytest.approx(math.log(50 / 10), abs=0.01)
    assert telling("record") == pytest.approx(-math.log((40 + 5) / 50 / 0.5), abs=0.01)
    assert telling("kalor") == telling("never seen") == 0.0


def test_a_pair_that_does_not_count_teaches_nothing() -> None:
    """What is learnt without some pairs is what is learnt from the others alone."""
    words, labels = words_alone()
    counts = (np.arange(120) % 2).astype(float)
    others = [pair("Kalor pro", "Kalor mini"), pair("Kalor pro record", "Kalor pro"), pair("Kalor", "Kalor")]
    half = WordsAlone([each for each in others for _ in range(20)], RATES, RARITY)
    assert words.telling(labels, counts) == half.telling(np.arange(60) >= 20, np.ones(60))


def test_nothing_is_learnt_where_nothing_stands_alone() -> None:
    """Equal titles, no titles and labels of one kind teach no word."""
    for first, second in (("Kalor", "Kalor"), ("red", "blue"), ("Kalor pro", "Kalor mini")):
        words = WordsAlone([pair(first, second)] * 30, RATES, RARITY)
        assert words.telling(np.zeros(30, bool), np.ones(30)) == Telling()


@pytest.mark.thorough
def test_a_decider_learns_the_words_that_it_decides_by() -> None:
    """Where each title has its product's edition, a decider weighs editions apart, stored and read too."""
    given, editions = labelled_pairs(seed=0, families=15), ("pro", "mini", "nova")
    named = {
        each.listing_id: each.model_copy(
            update={"title": f"{each.title} {editions[int(each.listing_id.split('-')[2])]}"}
        )
        for both in given.pairs
        for each in both
    }
    pairs = [(named[a.listing_id], named[b.listing_id]) for a, b in given.pairs]
    decider = fit_decider(pairs, given.labels, given.groups, rates=RATES, precision_target=0.9)
    assert min(decider.telling(word) for word in editions) > 1
    again = Decider.from_files(decider.to_files())
    assert again.telling == decider.telling
    reasons = dict(again.decide([pair("Acme shirt pro", "Acme shirt mini")])[0].contributions)
    assert reasons["told_word_apart"] < -0.1


@pytest.mark.parametrize("bad", [math.nan, 5.1, -3.1])
def test_a_telling_that_is_none_is_refused(bad: float) -> None:
    """What a word tells is bounded; the message names the word."""
    with pytest.raises(ValueError, match="'slim' tells"):
        Telling({"slim": bad})
