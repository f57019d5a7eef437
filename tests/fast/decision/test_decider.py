"""The decider: symmetric, pure, explained, calibrated; and its file."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.decision import Decider, fit_decider
from model.decision.calibration import Isotonic, Platt
from model.decision.decider import OUTCOMES
from model.decision.decision import Outcome, Source
from model.decision.features import LEVELS, NUMERIC
from model.decision.logistic import fit_logistic, sigmoid
from model.decision.terms import Curve
from model.decision.thresholds import TooFewPairs, choose_threshold, wilson
from model.embedded import EmbeddedListing
from model.money import Rates
from tests.fast.model.marketplace import fitted, labelled_pairs
from tests.fast.model.rows import row, rows

PLATT = {"kind": "platt", "slope": 1, "offset": 0, "low": 0.1, "high": 0.9}
LOW = {
    "value": 0.1,
    "target": 0.98,
    "precision": None,
    "interval": [0, 1],
    "recall": 0,
    "pairs": 0,
    "reached": True,
}
FEW = 15  # families, where a fit is looked at for what it does and not for how well
GLOBAL, OTHER = "4006381333931", "96385074"


@pytest.mark.thorough
@given(rows(), rows())
@settings(max_examples=20)
def test_a_decision_is_the_same_from_both_sides(a: EmbeddedListing, b: EmbeddedListing) -> None:
    """p(a, b) = p(b, a), and so is everything else that is said, bit for bit."""
    decider = fitted()
    assert decider.decide([(a, b)]) == decider.decide([(b, a)])


@pytest.mark.thorough
@given(st.lists(st.tuples(rows(), rows()), min_size=1, max_size=5), rows(), rows())
@settings(max_examples=20)
def test_a_decision_does_not_depend_on_its_company(
    pairs: list[tuple[EmbeddedListing, EmbeddedListing]], a: EmbeddedListing, b: EmbeddedListing
) -> None:
    """Whatever else is decided in the same call, a pair's decision stays."""
    decider = fitted()
    assert decider.decide([*pairs, (a, b)])[-1] == decider.decide([(a, b)])[0]


@given(rows(), rows())
@settings(max_examples=20)
def test_contributions_add_up_to_the_log_odds(a: EmbeddedListing, b: EmbeddedListing) -> None:
    """The probability is the calibration of the sum of what is shown, exactly."""
    decider = fitted()
    decision = decider.decide([(a, b)])[0]
    log_odds = round(math.fsum(value for _, value in decision.contributions), 6)
    assert decision.probability == decider.calibration(np.array([log_odds]))[0]
    assert decision.contributions[0][0] == "bias"


@pytest.mark.thorough
@given(rows(), rows())
@settings(max_examples=20)
def test_a_stored_row_decides_as_the_fresh_one(a: EmbeddedListing, b: EmbeddedListing) -> None:
    """Writing a listing to the log and reading it back changes no decision."""
    again = [EmbeddedListing.from_bytes(each.to_bytes()) for each in (a, b)]
    assert fitted().decide([(again[0], again[1])]) == fitted().decide([(a, b)])


def test_products_of_another_marketplace_are_told_apart() -> None:
    """On pairs that were not fitted on, precision is near its target and most true pairs are found."""
    given = labelled_pairs(seed=7)
    matched = np.array([each.outcome is Outcome.MATCH for each in fitted().decide(given.pairs)])
    assert given.labels[matched].mean() > 0.85
    assert matched[given.labels].mean() > 0.5


def test_a_probability_means_what_it_says() -> None:
    """On pairs that were not fitted on, the expected calibration error is under 4 %."""
    given = labelled_pairs(seed=8)
    said = np.array([each.probability for each in fitted().decide(given.pairs)])
    places = np.minimum((said * 10).astype(int), 9)
    error = sum(abs(said[places == p].sum() - given.labels[places == p].sum()) for p in range(10)) / len(said)
    assert error < 0.04


@pytest.mark.parametrize(
    ("first", "second", "outcome", "source"),
    [
        (GLOBAL, GLOBAL, Outcome.MATCH, Source.GTIN),
        (GLOBAL, OTHER, Outcome.DIFFERENT, Source.GTIN),
    ],
)
def test_a_gtin_overrules_the_model_but_not_its_probability(
    first: str, second: str, outcome: Outcome, source: Source
) -> None:
    """An equal GTIN matches and a different one forbids; the probability stays the model's."""
    for like in (1, 2):  # alike, and not
        bare = fitted().decide([(row("a", like=1), row("b", like=like))])[0]
        decided = fitted().decide([(row("a", like=1, gtin=first), row("b", like=like, gtin=second))])[0]
        assert (decided.outcome, decided.source) == (outcome, source)
        assert (decided.probability, decided.contributions) == (bare.probability, bare.contributions)


def test_an_overshared_gtin_proves_nothing() -> None:
    """A GTIN on the artifact's list leaves the decision to the model."""
    decider = replace(fitted(), overshared_gtins=frozenset({GLOBAL.zfill(14)}))
    assert decider.decide([(row("a", gtin=GLOBAL), row("b", gtin=GLOBAL))])[0].source is Source.MODEL


@pytest.mark.parametrize(
    ("a", "b", "blamed"),
    [
        ({"colour": "red"}, {"colour": "blau"}, "colour"),
        ({"title": "Shirt"}, {"title": "Shirt 3er Pack"}, "pack"),
        ({"title": "Shirt 2024"}, {"title": "Shirt 2025"}, "year"),
        ({"title": "Shirt 250 ml"}, {"title": "Shirt 500 ml"}, "measures"),
    ],
)
def test_a_conflict_weighs_heavily(a: dict[str, Any], b: dict[str, Any], blamed: str) -> None:
    """Another colour, pack, year or measure takes over 1 from the log-odds, trained on or not."""
    decision = fitted().decide([(row("a", **a), row("b", **b))])[0]
    assert dict(decision.contributions)[blamed] < -1


def test_outcomes_follow_the_thresholds() -> None:
    """At the match threshold a pair matches, below it a person is asked, below that it is different."""
    given = labelled_pairs(seed=7)
    decider = fitted()
    decisions = decider.decide(given.pairs)
    assert {each.outcome for each in decisions} == set(Outcome)
    for each in decisions:
        wanted = (
            Outcome.MATCH
            if each.probability >= decider.match.value
            else Outcome.REVIEW
            if each.probability >= decider.review
            else Outcome.DIFFERENT
        )
        assert each.outcome is wanted


@pytest.mark.thorough
def test_a_target_out_of_reach_leaves_every_match_to_people() -> None:
    """Where no threshold reaches the stated precision, the model alone matches nothing."""
    given = labelled_pairs(seed=0, families=FEW)
    noise = np.random.default_rng(1).random(len(given.labels)) < 0.3
    decider = fit_decider(given.pairs, noise, given.groups, rates=Rates.snapshot(), precision_target=0.99)
    assert not decider.match.reached
    assert all(each.outcome is not Outcome.MATCH for each in decider.decide(given.pairs[:200]))


def test_a_pair_whose_words_name_nothing_goes_by_its_own_threshold() -> None:
    """Where none was reached people are asked, however alike the pictures; a rare word in common matches."""
    never = choose_threshold(np.empty(0), np.empty(0, bool), 0.98, 0.5)
    decider = replace(fitted(), nameless_match=never)
    alike: dict[str, Any] = {"like": 1, "brand": "Acme"}
    plain, named = (
        (row("a", title=title, **alike), row("b", title=title, **alike))
        for title in ("Acme shirt", "Acme shirt Kurolin")
    )
    assert [each.outcome for each in fitted().decide([plain, named])] == [Outcome.MATCH, Outcome.MATCH]
    assert [each.outcome for each in decider.decide([plain, named])] == [Outcome.REVIEW, Outcome.MATCH]
    low = replace(never, value=decider.review, reached=True)
    assert replace(decider, nameless_match=low).decide([plain])[0].outcome is Outcome.MATCH


def test_a_threshold_of_nameless_pairs_comes_back_as_it_went() -> None:
    """The decider read is the one written; without such a threshold files are as they were before."""
    assert json.loads(fitted().to_files()["calibration.json"])["format"] == "skutwin-calibration/1"
    decider = replace(fitted(), nameless_match=replace(fitted().match, value=0.99))
    assert Decider.from_files(decider.to_files()) == decider


@pytest.mark.thorough
def test_the_target_is_met_by_nameless_pairs_for_themselves() -> None:
    """Where all pairs are nameless, theirs is higher than one for all; of others nothing was shown."""
    given = labelled_pairs(seed=0, families=FEW)
    together, apart = (
        fit_decider(given.pairs, given.labels, given.groups, rates=Rates.snapshot(), nameless_apart=each)
        for each in (False, True)
    )
    assert together.nameless_match is None
    assert together.match.reached
    assert apart.nameless_match is not None
    assert apart.nameless_match.value > together.match.value
    assert not apart.match.reached


@pytest.mark.thorough
def test_the_same_pairs_and_seed_give_the_same_files() -> None:
    """Fitting is deterministic to the byte."""
    given = labelled_pairs(seed=0, families=FEW)
    one, two = (
        fit_decider(given.pairs, given.labels, given.groups, rates=Rates.snapshot(), seed=3).to_files()
        for _ in range(2)
    )
    assert one == two


def test_a_decider_read_from_its_files_decides_alike() -> None:
    """Nothing that a decision depends on is left out of the files."""
    decider = replace(fitted(), overshared_gtins=frozenset({GLOBAL.zfill(14)}))
    again = Decider.from_files(decider.to_files())
    pairs = labelled_pairs(seed=7).pairs[:200]
    assert again == decider
    assert again.to_files() == decider.to_files()
    assert again.decide(pairs) == decider.decide(pairs)


def test_an_isotonic_calibration_comes_back_as_it_went() -> None:
    """The other kind of curve is stored as whole as Platt's."""
    curve = Isotonic((-1.0, 0.5, 2.0), (0.1, 0.1, 0.8), 0.01, 0.99)
    decider = replace(fitted(), calibration=curve)
    assert Decider.from_files(decider.to_files()) == decider


def test_scores_are_the_decisions_without_their_reasons() -> None:
    """Arrays say what decisions say, pair by pair, and no pair's bits depend on how many are scored."""
    given = labelled_pairs(seed=7)
    decider = fitted()
    features = decider.features(given.pairs)
    scores, decisions = decider.score(features), decider.decide(given.pairs)
    assert scores.probability.tolist() == [each.probability for each in decisions]
    assert [OUTCOMES[place] for place in scores.outcomes] == [each.outcome for each in decisions]
    sums = [round(math.fsum(value for _, value in each.contributions), 6) for each in decisions]
    assert scores.log_odds.tolist() == sums
    assert len(features) > 2048  # more than are scored at once
    for place in (0, 1, 2047, 2048, len(features) - 1):
        alone = decider.score(features.take(slice(place, place + 1)))
        assert alone.log_odds[0] == scores.log_odds[place]
        assert alone.probability[0] == scores.probability[place]


def test_facts_come_back_as_they_went() -> None:
    """A count stays an int, a share a float."""
    decider = replace(fitted(), facts={"pairs": 3, "share": 0.5})
    facts = Decider.from_files(decider.to_files()).facts
    assert {name: type(value) for name, value in facts.items()} == {"pairs": int, "share": float}


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("decider", {"format": "skutwin-decider/2"}, "skutwin-decider/3"),
        ("decider", {"features": 0}, "features"),
        ("decider", {"bias": "0"}, "not a finite number"),
        ("decider", {"bias": True}, "not a finite number"),
        ("decider", {"curves": {}}, "similarity_fused"),
        ("decider", {"weights": {name: [0.0] for name in LEVELS}}, "weights are wanted"),
        ("decider", {"rates": {"reference": "EUR", "table": {}}}, "rate"),
        ("decider", {"word_shares": {"slim": 2}}, "share"),
        ("decider", {"word_telling": {"slim": 9}}, "'slim' tells: 9"),
        ("decider", {"overshared_gtins": ["1"]}, "GTIN"),
        ("decider", {"overshared_gtins": [GLOBAL]}, "14 digits"),
        ("calibration", {"format": 1}, "skutwin-calibration/1"),
        ("calibration", {"calibration": PLATT | {"slope": -1}}, "slope"),
        ("calibration", {"calibration": PLATT | {"low": 1, "high": 0}}, "low"),
        ("calibration", {"calibration": PLATT | {"kind": "magic"}}, "magic"),
        ("calibration", {"calibration": {"kind": "platt"}}, "'slope' is missing"),
        ("calibration", {"review": 1.5}, "thresholds"),
        ("calibration", {"match": None}, "subscriptable"),
        ("calibration", {"format": "skutwin-calibration/2"}, "'nameless_match' is missing"),
        ("calibration", {"format": "skutwin-calibration/2", "nameless_match": LOW}, "nameless pairs"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(name: str, change: dict[str, Any], why: str) -> None:
    """A damaged or foreign file is named with what is wrong, and never decides."""
    files = fitted().to_files()
    file = f"{name}.json"
    files[file] = json.dumps(json.loads(files[file]) | change).encode()
    with pytest.raises(ValueError, match=why):
        Decider.from_files(files)


def test_a_file_with_a_missing_part_is_refused() -> None:
    """No part has a silent default, and no file either."""
    files = fitted().to_files()
    for file, content in files.items():
        whole = json.loads(content)
        for part in whole:
            cut = json.dumps({name: value for name, value in whole.items() if name != part}).encode()
            with pytest.raises(ValueError, match=rf"{file} is not one.*'{part}' is missing"):
                Decider.from_files(files | {file: cut})
        with pytest.raises(ValueError, match=f"{file} is missing"):
            Decider.from_files({name: content for name, content in files.items() if name != file})


def test_fitting_needs_both_kinds_of_pairs() -> None:
    """Labels of one kind are refused in words."""
    given = labelled_pairs(seed=0)
    with pytest.raises(TooFewPairs, match=r"50 different pairs.*not 0"):
        fit_decider(given.pairs, np.ones(len(given.pairs), bool), given.groups, rates=Rates.snapshot())
    design, labels = np.ones((3, 1)), np.ones(3, bool)
    plain: dict[str, Any] = {"signs": np.zeros(1, np.int8), "prior": np.zeros(1), "precision": np.ones(1)}
    with pytest.raises(ValueError, match="both matching and different"):
        fit_logistic(design, labels, np.ones(3), **plain)


@pytest.mark.thorough
def test_pairs_that_count_little_in_calibration_still_teach() -> None:
    """Weights stay as they are; where the easier half counts little, the probabilities of all fall."""
    given = labelled_pairs(seed=0, families=FEW)
    plain = fit_decider(given.pairs, given.labels, given.groups, rates=Rates.snapshot())
    rare = np.where(given.labels, 0.05, 1.0)
    wary = fit_decider(
        given.pairs, given.labels, given.groups, rates=Rates.snapshot(), calibration_weights=rare
    )
    assert wary.terms == plain.terms
    features = plain.features(given.pairs)
    assert wary.score(features).probability.sum() < 0.9 * plain.score(features).probability.sum()
    assert wary.facts["matches"] == plain.facts["matches"] == given.labels.sum()
    assert wary.facts["matches_weighed"] == pytest.approx(0.05 * given.labels.sum(), abs=1e-3)


def test_weights_keep_their_signs() -> None:
    """A similarity never speaks against a match, a wider price gap or a conflict never for it."""
    terms = fitted().terms
    for name in NUMERIC:
        sign = -1 if name in {"price_gap", "picture_distance"} or name.endswith(("_apart", "_alone")) else 1
        assert all(sign * rise >= 0 for rise in terms.curves[name].rises)
    for name, levels in LEVELS.items():
        for meaning, weight in zip(levels, terms.weights[name], strict=True):
            assert not (meaning == "conflict" and weight > 0)
            assert not (meaning in {"agree", "shared", "in_title"} and weight < 0)


@given(st.floats(0.01, 100), st.floats(-50, 50), st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8))
def test_calibration_keeps_order_and_bounds(slope: float, offset: float, log_odds: list[float]) -> None:
    """More log-odds never mean less probability, and none lies outside the bounds."""
    said = Platt(slope, offset, 0.001, 0.999)(np.sort(log_odds)).tolist()
    assert said == sorted(said)
    assert all(0.001 <= each <= 0.999 for each in said)


def test_logistic_regression_finds_the_weights_that_made_the_data() -> None:
    """With a weak prior the true weights come back; a forbidden sign ends at zero."""
    rng = np.random.default_rng(5)
    design = np.column_stack([np.ones(20_000), rng.normal(size=(20_000, 2))])
    labels = rng.random(20_000) < sigmoid(design @ np.array([-1.0, 2.0, -0.5]))
    fit = {"prior": np.zeros(3), "precision": np.full(3, 1e-3)}
    free = fit_logistic(design, labels, np.ones(20_000), signs=np.zeros(3, np.int8), **fit)
    assert free == pytest.approx([-1.0, 2.0, -0.5], abs=0.08)
    bound = fit_logistic(design, labels, np.ones(20_000), signs=np.array([0, 1, 1], np.int8), **fit)
    assert bound[2] == 0
    assert bound[1] == pytest.approx(2.0, abs=0.15)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60))
def test_a_threshold_reaches_its_precision(ranked: list[tuple[int, bool]]) -> None:
    """Of the pairs at or above the threshold the target share is true, and no lower threshold would do."""
    said = np.array([place / 20 for place, _ in ranked])
    labels = np.array([label for _, label in ranked])
    chosen = choose_threshold(said, labels, 0.8, 0.3)
    reaching = [t for t in set(said.tolist()) if t >= 0.3 and labels[said >= t].mean() >= 0.8]
    assert chosen.reached == bool(reaching)
    if reaching:
        assert chosen.value == min(reaching)
        assert chosen.interval[0] <= (chosen.precision or 0) <= chosen.interval[1]


def test_wilson_interval_is_the_textbooks() -> None:
    """8 of 10: Wilson's 95 % interval is 0.490 to 0.943; of nothing one knows nothing."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_curve_is_flat_beyond_its_knots() -> None:
    """What was never seen is not extrapolated, and what is missing has its own value."""
    curve = Curve((0.0, 1.0, 3.0), (2.0, 1.0), -0.5)
    assert curve(np.array([-9.0, 0.5, 2.0, 99.0, np.nan])).tolist() == [0.0, 1.0, 2.5, 3.0, -0.5]


@pytest.mark.parametrize(("knots", "rises"), [((0.0,), ()), ((1.0, 0.0), (1.0,)), ((0.0, 1.0), ())])
def test_a_curve_that_is_none_is_refused(knots: tuple[float, ...], rises: tuple[float, ...]) -> None:
    """Knots rise, and each two have a rise between them."""
    with pytest.raises(ValueError, match="curve"):
        Curve(knots, rises, 0.0)
