"""Published pairs of entity-matching benchmarks, as text and price."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from bench.real_data.finding import Finding, Table, share
from bench.real_data.lab import RESAMPLES, Lab, say
from bench.real_data.thresholds import f1_threshold, log_odds
from model.decision.features import NUMERIC
from model.decision.fitting import fit_decider
from model.evaluation.bootstrap import Draws, Matches, interval
from model.evaluation.metrics import Interval, average_precision, best_f1, f1_of
from model.training.contrastive import untrained
from model.training.labelled_pairs import LabelledPairs, labelled_pairs
from model.training.material import Material, real_material

SETS = {
    "Abt-Buy": "ditto/er_magellan/Textual/Abt-Buy",
    "Amazon-Google": "ditto/er_magellan/Structured/Amazon-Google",
    "Walmart-Amazon": "ditto/er_magellan/Structured/Walmart-Amazon",
}
_FOLDS = 3
_LETTERS = NUMERIC.index("title_trigrams")

Float64 = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class PairFigures:
    """Of one benchmark's valid part.

    Attributes:
        pairs: how many, of which
        true_pairs: are true.
        f1: at the threshold chosen on the train part.
        precision: at that threshold; `recall` likewise.
        best_f1: at the threshold that suits the valid part best, for comparison.
        aucpr: of the ranking.
        train_f1: out of fold, where the threshold was chosen.
        by_text: F1 of the text encoder's own cosine alone, its threshold chosen on the train part.
        by_letters: likewise of the letters that titles have in common.
    """

    pairs: int
    true_pairs: int
    f1: float
    f1_interval: Interval | None
    precision: float
    recall: float
    best_f1: float
    aucpr: float
    train_f1: float
    by_text: float
    by_letters: float


def published(lab: Lab) -> Finding:
    """Fit and choose on the train part, report on the valid part; the test part is not to be had."""
    found: dict[str, PairFigures] = {}
    for name, folder in SETS.items():
        say(f"measuring: {name}")
        seen, asked = (
            real_material([lab.read(f"{folder}/{part}.txt")], lab.plan, lab.encode)
            for part in ("train", "valid")
        )
        found[name] = _figures(lab, seen, asked)
    return Finding((_table(found),), {name: asdict(one) for name, one in found.items()})


def _figures(lab: Lab, seen: Material, asked: Material) -> PairFigures:
    """A decider fitted on the train part; the threshold is chosen on its folds, each by the others."""
    layer = untrained(seen.fit, lab.plan.recipe, seed=lab.plan.seed).stored()
    told, judged = (labelled_pairs(part, layer, lab.plan.neighbours) for part in (seen, asked))
    fold = np.random.default_rng(lab.plan.seed).permutation(int(told.groups.max()) + 1)[told.groups] % _FOLDS
    out_of_fold = np.empty(len(told.labels))
    for each in range(_FOLDS):
        rest, places = np.flatnonzero(fold != each), np.flatnonzero(fold == each)
        one = fit_decider(
            [told.pairs[place] for place in rest.tolist()],
            told.labels[rest],
            told.groups[rest],
            rates=lab.rates,
        )
        out_of_fold[places] = log_odds(one, [told.pairs[place] for place in places.tolist()])
    decider = fit_decider(told.pairs, told.labels, told.groups, rates=lab.rates)
    threshold, train_f1 = f1_threshold(out_of_fold, told.labels)
    scores, same = log_odds(decider, judged.pairs), judged.labels
    own = np.stack([np.arange(len(scores)), np.full(len(scores), len(scores))], axis=1)
    matched = scores >= threshold
    matches = Matches(same[matched], own[matched], same.astype(np.int64))
    here = matches.figures(np.ones(len(scores) + 1, np.float32))
    draws = Draws.of(len(scores), RESAMPLES, lab.plan.seed)
    before, after = (decider.features(part.pairs).numbers for part in (told, judged))
    return PairFigures(
        pairs=len(scores),
        true_pairs=int(same.sum()),
        f1=here.f1,
        f1_interval=interval(draws.each(lambda row: matches.figures(row).f1)),
        precision=here.precision,
        recall=here.recall,
        best_f1=best_f1(scores, same),
        aucpr=average_precision(scores, same),
        train_f1=train_f1,
        by_text=_alone(_cosines(seen), told, _cosines(asked), judged),
        by_letters=_alone(before[:, _LETTERS], told, after[:, _LETTERS], judged),
    )


def _cosines(material: Material) -> Float64:
    """float64[p] of the two sides' texts, as the encoder gives them."""
    sides = material.pair_features
    if sides is None or len(sides) != 2 * len(material.pairs):
        raise ValueError("a side of a pair has no text")
    text = np.nan_to_num(sides.text)
    cosines: Float64 = np.einsum("ij,ij->i", text[::2], text[1::2]).astype(np.float64)
    return cosines


def _alone(before: Float64, told: LabelledPairs, after: Float64, judged: LabelledPairs) -> float:
    """F1 of one number by itself; who lacks it does not match."""
    threshold, _ = f1_threshold(np.nan_to_num(before), told.labels)
    matched: Labels = np.nan_to_num(after) >= threshold
    right = int((matched & judged.labels).sum())
    return f1_of(right, int(matched.sum()), int(judged.labels.sum()))


def _table(found: dict[str, PairFigures]) -> Table:
    rows = tuple(
        (
            name,
            f"{one.pairs} ({one.true_pairs})",
            share(one.f1, one.f1_interval),
            share(one.precision),
            share(one.recall),
            share(one.best_f1),
            share(one.by_text),
            share(one.by_letters),
        )
        for name, one in found.items()
    )
    return Table(
        (
            "set",
            "pairs (true)",
            "F1",
            "precision",
            "recall",
            "best F1",
            "text encoder alone",
            "letters in common alone",
        ),
        rows,
        "The decider on the published valid part: fitted on the train part, at the threshold with the best "
        "F1 there by deciders fitted on two thirds of it, each asked about the rest. `skutwin train` makes "
        "the same layer and decider of the train part, and stores a threshold for a precision instead.",
    )
