"""The Decider: a symmetric, pure function of two embedded listings and what the artifact's file says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from model.decision.calibration import Calibration, Threshold
from model.decision.decision import Decision, Outcome, Similarity, Source
from model.decision.features import FEATURES_VERSION, GtinRelation, Pair, PairFeatures, pair_features
from model.decision.rarity import Rarity
from model.decision.terms import Curve, Terms
from model.gtin import normalise_gtin
from model.money import Rates
from model.strict_json import canonical, parse

FORMAT = "skutwin-decider/2"
CALIBRATION_FORMAT = "skutwin-calibration/1"
DECIDER_FILE = "decider.json"
CALIBRATION_FILE = "calibration.json"


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
        overshared_gtins: 14 digits each; GTINs that too many products share: treated as none.
        facts: how it was fitted (numbers of pairs, the seed), for the card; decides nothing.
    """

    terms: Terms
    calibration: Calibration
    match: Threshold
    review: float
    rates: Rates
    rarity: Rarity
    overshared_gtins: frozenset[str] = frozenset()
    facts: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.review <= self.match.value <= 1.0:
            raise ValueError(
                f"thresholds: 0 <= review {self.review} <= match {self.match.value} <= 1 is wanted"
            )
        for gtin in self.overshared_gtins:
            if normalise_gtin(gtin) != gtin:
                raise ValueError(f"overshared_gtins: {gtin!r} is not written with 14 digits")

    def decide(self, pairs: Sequence[Pair]) -> list[Decision]:
        """One decision a pair, in order; neither side's place nor what else is asked changes a bit of it."""
        return self.decide_features(pair_features(pairs, self.rates, self.rarity, self.overshared_gtins))

    def decide_features(self, features: PairFeatures) -> list[Decision]:
        """The same, of features that were made with this decider's rates, rarity and over-shared GTINs."""
        if not len(features):
            return []
        names = self.terms.names
        table = self.terms.contributions(features).tolist()
        similarities = features.numbers[:, :3].tolist()
        return [
            self._decision(
                tuple(
                    (name, value) for name, value in zip(names, row, strict=True) if value or name == "bias"
                ),
                relation,
                Similarity(fused, None if math.isnan(image) else image, None if math.isnan(text) else text),
            )
            for row, (fused, image, text), relation in zip(table, similarities, features.gtins, strict=True)
        ]

    def _decision(
        self, contributions: tuple[tuple[str, float], ...], relation: GtinRelation, similarity: Similarity
    ) -> Decision:
        probability = self.calibration(math.fsum(value for _, value in contributions))
        if relation is GtinRelation.EQUAL:
            return Decision(probability, Outcome.MATCH, Source.GTIN, similarity, contributions)
        if relation is GtinRelation.DIFFERENT:
            return Decision(probability, Outcome.DIFFERENT, Source.GTIN, similarity, contributions)
        outcome = Outcome.DIFFERENT
        if probability >= self.match.value and self.match.reached:
            outcome = Outcome.MATCH
        elif probability >= self.review:
            outcome = Outcome.REVIEW
        return Decision(probability, outcome, Source.MODEL, similarity, contributions)

    def to_files(self) -> dict[str, bytes]:
        """Two canonical JSON objects by file name; equal deciders give equal bytes.

        `decider.json` says what a pair's log-odds are, `calibration.json` what follows from them.
        """
        return {
            DECIDER_FILE: canonical(self._weights_to_json()) + b"\n",
            CALIBRATION_FILE: canonical(self._calibration_to_json()) + b"\n",
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """Read what `to_files` gave; other names are left alone.

        Raises:
            ValueError: a file is missing, is not a decider's, is of another format or for other features, or
                holds a number that cannot be; the message names the file and what is wrong.
        """
        parts: dict[str, Any] = {}
        for name, read in ((DECIDER_FILE, _read_weights), (CALIBRATION_FILE, _read_calibration)):
            if name not in files:
                raise ValueError(f"{name} is missing")
            try:
                parts |= read(parse(files[name]))
            except (ValueError, KeyError, TypeError, ArithmeticError, AttributeError, IndexError) as err:
                what = f"{err} is missing" if isinstance(err, KeyError) else str(err)
                raise ValueError(f"{name} is not one that this release can use: {what}") from err
        try:
            return cls(**parts)
        except ValueError as err:
            raise ValueError(f"{DECIDER_FILE} and {CALIBRATION_FILE} do not fit: {err}") from err

    def _weights_to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "features": FEATURES_VERSION,
            "bias": self.terms.bias,
            "curves": {
                name: {"knots": list(curve.knots), "rises": list(curve.rises), "missing": curve.missing}
                for name, curve in self.terms.curves.items()
            },
            "weights": {name: list(weights) for name, weights in self.terms.weights.items()},
            "rates": self.rates.to_json(),
            "word_shares": dict(self.rarity.shares),
            "overshared_gtins": sorted(self.overshared_gtins),
        }

    def _calibration_to_json(self) -> dict[str, Any]:
        return {
            "format": CALIBRATION_FORMAT,
            "calibration": {
                "kind": "platt",
                "slope": self.calibration.slope,
                "offset": self.calibration.offset,
                "low": self.calibration.low,
                "high": self.calibration.high,
            },
            "match": {
                "value": self.match.value,
                "target": self.match.target,
                "precision": self.match.precision,
                "interval": list(self.match.interval),
                "recall": self.match.recall,
                "pairs": self.match.pairs,
                "reached": self.match.reached,
            },
            "review": self.review,
            "facts": dict(self.facts),
        }


def _read_weights(data: dict[str, Any]) -> dict[str, Any]:
    _check_format(data, FORMAT)
    if data["features"] != FEATURES_VERSION:
        raise ValueError(f"made for features {data['features']!r}; this code has {FEATURES_VERSION}")
    return {
        "terms": Terms(
            _number(data["bias"]),
            {
                name: Curve(_numbers(curve["knots"]), _numbers(curve["rises"]), _number(curve["missing"]))
                for name, curve in data["curves"].items()
            },
            {name: _numbers(weights) for name, weights in data["weights"].items()},
        ),
        "rates": Rates.from_json(data["rates"]),
        "rarity": Rarity({word: _number(share) for word, share in data["word_shares"].items()}),
        "overshared_gtins": frozenset(str(gtin) for gtin in data["overshared_gtins"]),
    }


def _read_calibration(data: dict[str, Any]) -> dict[str, Any]:
    _check_format(data, CALIBRATION_FORMAT)
    match, calibration = data["match"], data["calibration"]
    if calibration["kind"] != "platt":
        raise ValueError(f"a calibration of the kind {calibration['kind']!r}")
    return {
        "calibration": Calibration(
            *(_number(calibration[name]) for name in ("slope", "offset", "low", "high"))
        ),
        "match": Threshold(
            value=_number(match["value"]),
            target=_number(match["target"]),
            precision=None if match["precision"] is None else _number(match["precision"]),
            interval=(_number(match["interval"][0]), _number(match["interval"][1])),
            recall=_number(match["recall"]),
            pairs=int(_number(match["pairs"])),
            reached=match["reached"] is True,
        ),
        "review": _number(data["review"]),
        "facts": {str(name): _fact(value) for name, value in data["facts"].items()},
    }


def _check_format(data: dict[str, Any], wanted: str) -> None:
    if data["format"] != wanted:
        raise ValueError(f"format {data['format']!r}, where {wanted!r} is wanted")


def _fact(value: Any) -> float:
    return value if isinstance(value, int) and not isinstance(value, bool) else _number(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is not a finite number")
    return float(value)


def _numbers(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list):
        raise ValueError(f"{str(values)[:40]!r} is not a list of numbers")  # noqa: TRY004 (one kind of error for callers)
    return tuple(_number(value) for value in values)
