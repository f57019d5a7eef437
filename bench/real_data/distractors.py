"""More distractors in the catalogue: what becomes of precision, and where the threshold must move."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.real_data.finding import Finding, Table, share
from bench.real_data.lab import Lab, say, there
from model.decision.prior_shift import AtThreshold, DistractorRow
from model.evaluation.ablations import Way
from model.evaluation.figures import deciding
from model.features import FrozenFeatures

_STEPS = (1, 3, 10)


@dataclass(frozen=True)
class Grown:
    """A catalogue of real listings.

    Attributes:
        factor: distractors to each listing with a twin.
        listings: in all.
        precision: at the stored threshold; None without a match.
        matches: how many.
        recall: of all true pairs.
        offered: share of true pairs that retrieval offers.
        ece: of the stated probabilities.
    """

    factor: int
    listings: int
    precision: float | None
    precision_wilson: tuple[float, float] | None
    matches: int
    recall: float | None
    offered: float | None
    ece: float | None


def distractors(lab: Lab) -> Finding:
    """By weights, 1, 10 and 100 times; and with real listings added, as far as they go."""
    say("measuring: distractors")
    made = lab.known
    test = there(lab.material.test)
    weighed = lab.view(test, made).distractors()
    grown = []
    for factor in _STEPS:
        part = catalogue(test, factor, lab.plan.seed)
        one = deciding(lab.view(part, made).everything[Way.FUSED_DECIDER])
        grown.append(
            Grown(
                factor,
                len(part),
                one.precision_at_threshold,
                one.precision_at_threshold_wilson,
                one.n_matches,
                one.recall_at_threshold,
                one.offered,
                one.ece,
            )
        )
    figures: dict[str, Any] = {
        "weighed": [asdict(row) for row in weighed],
        "grown": [asdict(row) for row in grown],
    }
    return Finding((_weighed(weighed, made.decider.match.value), _grown(grown)), figures)


def catalogue(features: FrozenFeatures, factor: int, seed: int) -> FrozenFeatures:
    """All listings with a twin and, as they are drawn, `factor` times as many without, or all there are."""
    counts = np.bincount(features.products)[features.products]
    twins: NDArray[np.intp] = np.flatnonzero(counts > 1)
    alone = np.random.default_rng(seed).permutation(np.flatnonzero(counts == 1))
    return features.take(np.sort(np.concatenate([twins, alone[: factor * len(twins)]])))


def _weighed(rows: tuple[DistractorRow, ...], threshold: float) -> Table:
    def at(one: AtThreshold) -> str:
        where = "-" if one.threshold is None else f"{one.threshold:.4f}"
        return f"{where}: {share(one.precision)}, {share(one.recall)}"

    return Table(
        (
            "distractors",
            "true share of candidates",
            "stored: precision, recall",
            "moved by theory",
            "needed for the target",
            "ECE",
            "ECE, shifted",
        ),
        tuple(
            (
                f"{row.factor:g} times",
                f"{row.share:.5f}",
                at(row.stored),
                at(row.moved),
                at(row.needed),
                f"{row.ece:.4f}",
                f"{row.ece_shifted:.4f}",
            )
            for row in rows
        ),
        f"The test part's offered pairs, those of two products counted so many times (stored threshold "
        f"{threshold:.4f}); each cell: threshold: precision, recall.",
    )


def _grown(rows: list[Grown]) -> Table:
    return Table(
        ("distractors to a twin", "listings", "matches", "precision", "recall", "true pairs offered", "ECE"),
        tuple(
            (
                str(row.factor),
                str(row.listings),
                str(row.matches),
                share(row.precision, row.precision_wilson) if row.matches else "-",
                share(row.recall),
                share(row.offered),
                share(row.ece),
            )
            for row in rows
        ),
        "The same twins among more and more real listings, the threshold left where it is.",
    )
