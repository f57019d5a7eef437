"""The Decider: a symmetric, pure function of two embedded listings and what the artifact's files say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.decision import files
from model.decision.calibration import Calibration
from model.decision.decision import Decision, Outcome, Similarity, Source
from model.decision.features import GTINS, NUMERIC, GtinRelation, Pair, PairFeatures, pair_features
from model.decision.nameless import nameless
from model.decision.rarity import Rarity
from model.decision.telling import Telling
from model.decision.terms import Terms
from model.decision.thresholds import Threshold
from model.gtin import normalise_gtin
from model.money import Rates

OUTCOMES = tuple(Outcome)

_SOURCES = (Source.MODEL, Source.GTIN)
_EQUAL, _DIFFERENT = GTINS.index(GtinRelation.EQUAL), GTINS.index(GtinRelation.DIFFERENT)
_SIMILARITIES = [NUMERIC.index(f"similarity_{part}") for part in ("fused", "image", "text")]


@dataclass(frozen=True, slots=True)
class Scores:
    """What a decider says of n pairs.

    Attributes:
        log_odds: float64[n], uncalibrated: the sum of the contributions, rounded to six decimals.
        probability: float64[n], calibrated.
        outcomes: int8[n], places in `OUTCOMES`, rules on GTINs included.
        by_gtin: bool[n], where such a rule decided.
        apart: bool[n], the nameless pairs that a threshold of their own decides.
    """

    log_odds: NDArray[np.float64]
    probability: NDArray[np.float64]
    outcomes: NDArray[np.int8]
    by_gtin: NDArray[np.bool_]
    apart: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides pairs by GTIN where both have one that is worth something, else by a calibrated additive model.

    Attributes:
        terms: the additive model of the log-odds.
        calibration: from log-odds to probability.
        match: at or above this probability a pair matches; chosen for a stated precision.
        review: at or above this one, and below `match`, a person is asked.
        rates: currency rates that prices are compared by.
        rarity: what a word of a title is worth.
        telling: what a word tells that only one of two titles has.
        overshared_gtins: 14 digits each; GTINs that too many products share: treated as none.
        facts: how it was fitted (numbers of pairs, the seed), for the card; decides nothing.
        nameless_match: what `match` is, of pairs whose words name nothing in particular
            (`model.decision.nameless`); None where that is `match`, too.
    """

    terms: Terms
    calibration: Calibration
    match: Threshold
    review: float
    rates: Rates
    rarity: Rarity
    telling: Telling = field(default_factory=Telling)
    overshared_gtins: frozenset[str] = frozenset()
    facts: Mapping[str, float] = field(default_factory=dict)
    nameless_match: Threshold | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.review <= self.match.value <= 1.0:
            raise ValueError(
                f"thresholds: 0 <= review {self.review} <= match {self.match.value} <= 1 is wanted"
            )
        if self.nameless_match is not None and not self.review <= self.nameless_match.value <= 1.0:
            raise ValueError(
                f"thresholds of nameless pairs: {self.review} <= {self.nameless_match.value} <= 1 is wanted"
            )
        for gtin in self.overshared_gtins:
            if normalise_gtin(gtin) != gtin:
                raise ValueError(f"overshared_gtins: {gtin!r} is not written with 14 digits")

    def features(self, pairs: Sequence[Pair]) -> PairFeatures:
        """The pairs' features, by this decider's rates, words and over-shared GTINs."""
        return pair_features(pairs, self.rates, self.rarity, self.overshared_gtins, self.telling)

    def decide(self, pairs: Sequence[Pair]) -> list[Decision]:
        """One decision a pair, in order; neither side's place nor what else is asked changes a bit of it."""
        return self.decide_features(self.features(pairs))

    def score(self, features: PairFeatures) -> Scores:
        """Probabilities and outcomes as arrays; `decide_features` says the same with reasons."""
        log_odds = self.terms.log_odds(features)
        probability = self.calibration(log_odds)
        outcomes = np.full(len(features), OUTCOMES.index(Outcome.DIFFERENT), np.int8)
        outcomes[probability >= self.review] = OUTCOMES.index(Outcome.REVIEW)
        apart = np.zeros(len(features), np.bool_) if self.nameless_match is None else nameless(features)
        for threshold, asked in ((self.match, ~apart), (self.nameless_match, apart)):
            if threshold is not None and threshold.reached:
                outcomes[asked & (probability >= threshold.value)] = OUTCOMES.index(Outcome.MATCH)
        equal, different = features.gtins == _EQUAL, features.gtins == _DIFFERENT
        outcomes[equal] = OUTCOMES.index(Outcome.MATCH)
        outcomes[different] = OUTCOMES.index(Outcome.DIFFERENT)
        return Scores(log_odds, probability, outcomes, equal | different, apart)

    def decide_features(self, features: PairFeatures) -> list[Decision]:
        """The same, of features that were made with this decider's rates, words and over-shared GTINs."""
        if not len(features):
            return []
        scores = self.score(features)
        reasons = _reasons(self.terms.names, self.terms.contributions(features))
        similarities = features.numbers[:, _SIMILARITIES].astype(object)
        similarities[similarities != similarities] = None  # noqa: PLR0124 (not a number is not itself)
        return [
            Decision(probability, OUTCOMES[outcome], _SOURCES[by_gtin], Similarity(*cosines), contributions)
            for probability, outcome, by_gtin, cosines, contributions in zip(
                scores.probability.tolist(),
                scores.outcomes.tolist(),
                scores.by_gtin.tolist(),
                similarities.tolist(),
                reasons,
                strict=True,
            )
        ]

    def to_files(self) -> dict[str, bytes]:
        """Two canonical JSON objects by file name; equal deciders give equal bytes.

        `decider.json` says what a pair's log-odds are, `calibration.json` what follows from them.
        """
        return {
            files.DECIDER_FILE: files.write_weights(
                self.terms, self.rates, self.rarity, self.telling, self.overshared_gtins
            ),
            files.CALIBRATION_FILE: files.write_calibration(
                self.calibration, self.match, self.review, self.facts, self.nameless_match
            ),
        }

    @classmethod
    def from_files(cls, contents: Mapping[str, bytes]) -> Self:
        """Read what `to_files` gave; other names are left alone.

        Raises:
            ValueError: a file is missing, is not a decider's, is of another format or for other features, or
                holds a number that cannot be; the message names the file and what is wrong.
        """
        terms, rates, rarity, telling, overshared = files.read_file(
            contents, files.DECIDER_FILE, files.read_weights
        )
        calibration, match, review, facts, apart = files.read_file(
            contents, files.CALIBRATION_FILE, files.read_calibration
        )
        try:
            return cls(terms, calibration, match, review, rates, rarity, telling, overshared, facts, apart)
        except ValueError as err:
            raise ValueError(
                f"{files.DECIDER_FILE} and {files.CALIBRATION_FILE} do not fit this release: {err}"
            ) from err


def _reasons(names: Sequence[str], contributions: NDArray[np.float64]) -> list[tuple[tuple[str, float], ...]]:
    """Of each row the bias, and what else is not nothing."""
    told = contributions != 0
    told[:, 0] = True
    _, columns = np.nonzero(told)
    flat = list(
        zip([names[column] for column in columns.tolist()], contributions[told].tolist(), strict=True)
    )
    ends = np.cumsum(told.sum(axis=1)).tolist()
    return [tuple(flat[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
