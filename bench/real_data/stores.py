"""A store that training never saw, against the same store when training knew it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.real_data.finding import Finding, Table, points, share, yes
from bench.real_data.lab import STORES, Lab, only, say, there
from model.data.perturb import perturb
from model.data.title_words import TitleWords
from model.decision.logistic import sigmoid
from model.evaluation.ablations import Way
from model.evaluation.bootstrap import interval
from model.evaluation.figures import Deciding, deciding
from model.evaluation.metrics import Interval, expected_calibration_error, wilson
from model.evaluation.perturbing import perturbed_copies
from model.evaluation.view import View
from model.features import FrozenFeatures

_WITHIN = 0.05
_PRECISION = 0.97
_ECE = 0.03

Float64 = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class Calibration:
    """Offered pairs that no GTIN decides: before and after calibration, and the truth."""

    before: Float64
    after: Float64
    same: Labels

    @classmethod
    def of(cls, view: View) -> Calibration:
        """Of a view's decider."""
        scoring = view.decider
        if scoring.verdicts is None:
            raise ValueError("the decider said nothing")
        free = ~scoring.verdicts.by_rule
        return cls(
            sigmoid(scoring.scores[free]),
            scoring.verdicts.probability[free],
            view.population.same(scoring.offers.places)[free],
        )

    @classmethod
    def joined(cls, several: list[Calibration]) -> Calibration:
        """One after the other."""
        return cls(
            np.concatenate([one.before for one in several]),
            np.concatenate([one.after for one in several]),
            np.concatenate([one.same for one in several]),
        )

    def errors(self) -> dict[str, float]:
        """Expected calibration errors, of all pairs and of those over 0.5, by either probability."""
        found = {}
        for name in ("before", "after"):
            said: Float64 = getattr(self, name)
            over = said > 0.5
            found[name] = expected_calibration_error(said, self.same)
            found[f"{name}_over_half"] = expected_calibration_error(
                said[over], self.same[over], max(1, min(10, int(over.sum()) // 10))
            )
            found[f"{name}_n_over_half"] = float(over.sum())
        return found


@dataclass(frozen=True)
class Compared:
    """One store's held-out products, judged by who knows the store and by who does not.

    Attributes:
        true_pairs: of the held-out products.
        known: AUCPR of fused + decider where training knew the store.
        unseen: likewise where it did not.
        known_drawn: float64[b] under each draw; `unseen_drawn` likewise.
    """

    true_pairs: int
    known: float
    unseen: float
    known_drawn: Float64
    unseen_drawn: Float64

    @classmethod
    def of(cls, known: View, unseen: View) -> Compared:
        """Of two views of the same listings."""
        one, other = known.everything[Way.FUSED_DECIDER], unseen.everything[Way.FUSED_DECIDER]
        drawn = [np.array([figures.aucpr for figures in each.drawn]) for each in (one, other)]
        return cls(int(one.true.sum()), one.curve.aucpr, other.curve.aucpr, drawn[0], drawn[1])

    @classmethod
    def mean(cls, several: list[Compared]) -> Compared:
        """By true pairs; stores are drawn apart from each other."""
        counts = np.array([one.true_pairs for one in several], np.float64)
        weights = counts / counts.sum()

        def drawn(name: str) -> Float64:
            every = np.stack([getattr(one, name) for one in several])
            kept = np.where(np.isnan(every), 0.0, weights[:, None])
            total: Float64 = (kept * np.nan_to_num(every)).sum(axis=0) / kept.sum(axis=0)
            return total

        return cls(
            int(counts.sum()),
            float(weights @ [one.known for one in several]),
            float(weights @ [one.unseen for one in several]),
            drawn("known_drawn"),
            drawn("unseen_drawn"),
        )

    @property
    def loss(self) -> float:
        """How much less area who does not know the store has."""
        return self.known - self.unseen

    @property
    def loss_interval(self) -> Interval | None:
        """Under the same draws."""
        return interval(self.known_drawn - self.unseen_drawn)

    def plain(self) -> dict[str, Any]:
        """For the file of figures."""
        return {
            "true_pairs": self.true_pairs,
            "known": self.known,
            "unseen": self.unseen,
            "loss": self.loss,
            "loss_interval": self.loss_interval,
        }


def stores(lab: Lab) -> Finding:
    """Leave each store out of training, its calibration and its thresholds, and measure on it."""
    compared: dict[str, Compared] = {}
    decided: dict[str, Deciding] = {}
    calibrated: dict[str, Calibration] = {}
    for name, sets in STORES.items():
        known, unseen = lab.known, lab.made(f"without {name}", partial(lab.without, sets))
        say(f"measuring: {name}")
        held_out = only(there(lab.material.test), sets)
        compared[name] = Compared.of(lab.view(held_out, known), lab.view(held_out, unseen))
        whole = lab.view(whole_store(lab, sets), unseen)
        decided[name] = deciding(whole.everything[Way.FUSED_DECIDER])
        calibrated[name] = Calibration.of(whole)
    mean = Compared.mean(list(compared.values()))
    pooled = Calibration.joined(list(calibrated.values()))
    return Finding(
        (_differences(compared, mean), _precisions(decided), _errors(calibrated, pooled)),
        {
            "known_unseen": {name: one.plain() for name, one in compared.items()} | {"mean": mean.plain()},
            "at_threshold": {name: asdict(one) for name, one in decided.items()},
            "calibration": {name: one.errors() for name, one in calibrated.items()}
            | {"all": pooled.errors()},
        },
    )


def whole_store(lab: Lab, sets: tuple[str, ...]) -> FrozenFeatures:
    """All of a store as `skutwin evaluate` would measure it: perturbed, its own words known."""
    rows = [row for name in sets for row in lab.read(name).listings]
    other = partial(perturb, words=TitleWords.of(rows), rates=lab.rates)
    return lab.encode("whole store", perturbed_copies(rows, lab.plan.seed, other))


def _differences(compared: dict[str, Compared], mean: Compared) -> Table:
    rows = [
        (
            name,
            str(one.true_pairs),
            share(one.known, interval(one.known_drawn)),
            share(one.unseen, interval(one.unseen_drawn)),
            points(
                -one.loss, None if one.loss_interval is None else tuple(-x for x in one.loss_interval[::-1])
            ),
            yes(one.loss <= _WITHIN),
        )
        for name, one in [*compared.items(), ("**mean by true pairs**", mean)]
    ]
    return Table(
        ("store", "true pairs", "known", "unseen", "points", "within 5 points"),
        tuple(rows),
        "AUCPR of fused + decider on the same held-out products, perturbed: training knew the store's other "
        "products, or nothing of the store.",
    )


def _precisions(decided: dict[str, Deciding]) -> Table:
    rows = []
    for name, one in decided.items():
        rows.append(
            (
                name,
                str(one.n_true_pairs),
                share(one.aucpr, one.aucpr_interval),
                str(one.n_matches),
                share(one.precision_at_threshold, one.precision_at_threshold_wilson)
                if one.n_matches
                else "-",
                share(one.recall_at_threshold),
                "no match"
                if one.precision_at_threshold_wilson is None
                else yes(one.precision_at_threshold_wilson[1] >= _PRECISION),
            )
        )
    right = sum(round((one.precision_at_threshold or 0) * one.n_matches) for one in decided.values())
    of = sum(one.n_matches for one in decided.values())
    true = sum(one.n_true_pairs for one in decided.values())
    low, high = wilson(right, of)
    pooled = share(right / of, (low, high)) if of else "-"
    rows.append(("**all**", str(true), "-", str(of), pooled, share(right / true), yes(high >= _PRECISION)))
    return Table(
        (
            "unseen store",
            "true pairs",
            "AUCPR",
            "matches",
            "precision",
            "recall",
            "compatible with 97 %",
        ),
        tuple(rows),
        "All of each store, perturbed, by an artifact that never saw it, at its stored threshold (98 % on "
        "its own calibration part); Wilson's intervals.",
    )


def _errors(calibrated: dict[str, Calibration], pooled: Calibration) -> Table:
    rows = []
    for name, one in [*calibrated.items(), ("**all**", pooled)]:
        errors = one.errors()
        rows.append(
            (
                name,
                share(errors["before"]),
                share(errors["after"]),
                f"{share(errors['before_over_half'])} (n {errors['before_n_over_half']:.0f})",
                f"{share(errors['after_over_half'])} (n {errors['after_n_over_half']:.0f})",
                yes(errors["after"] <= _ECE),
            )
        )
    return Table(
        ("unseen store", "ECE before", "ECE after", "over 0.5 before", "over 0.5 after", "ECE ≤ 0.03"),
        tuple(rows),
        "Expected calibration error of offered pairs: of the decider's own log-odds, and calibrated.",
    )
