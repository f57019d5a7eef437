"""A decider's two files: canonical JSON, read strictly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from model.decision.calibration import Calibration, Isotonic, Platt
from model.decision.features import FEATURES_VERSION
from model.decision.rarity import Rarity
from model.decision.telling import Telling
from model.decision.terms import Curve, Terms
from model.decision.thresholds import Threshold
from model.money import Rates
from model.strict_json import canonical, parse

FORMAT = "skutwin-decider/3"
CALIBRATION_FORMAT = "skutwin-calibration/1"
DECIDER_FILE = "decider.json"
CALIBRATION_FILE = "calibration.json"

Read = TypeVar("Read")


def write_weights(
    terms: Terms, rates: Rates, rarity: Rarity, telling: Telling, overshared_gtins: frozenset[str]
) -> bytes:
    """What a pair's log-odds are."""
    data = {
        "format": FORMAT,
        "features": FEATURES_VERSION,
        "bias": terms.bias,
        "curves": {
            name: {"knots": list(curve.knots), "rises": list(curve.rises), "missing": curve.missing}
            for name, curve in terms.curves.items()
        },
        "weights": {name: list(weights) for name, weights in terms.weights.items()},
        "rates": rates.to_json(),
        "word_shares": dict(rarity.shares),
        "word_telling": dict(telling.words),
        "overshared_gtins": sorted(overshared_gtins),
    }
    return canonical(data) + b"\n"


def write_calibration(
    calibration: Calibration, match: Threshold, review: float, facts: Mapping[str, float]
) -> bytes:
    """What follows from them."""
    curve: dict[str, Any] = {"low": calibration.low, "high": calibration.high}
    if isinstance(calibration, Platt):
        curve |= {"kind": "platt", "slope": calibration.slope, "offset": calibration.offset}
    else:
        curve |= {"kind": "isotonic", "knots": list(calibration.knots), "values": list(calibration.values)}
    data = {
        "format": CALIBRATION_FORMAT,
        "calibration": curve,
        "match": {
            "value": match.value,
            "target": match.target,
            "precision": match.precision,
            "interval": list(match.interval),
            "recall": match.recall,
            "pairs": match.pairs,
            "reached": match.reached,
        },
        "review": review,
        "facts": dict(facts),
    }
    return canonical(data) + b"\n"


def read_file(contents: Mapping[str, bytes], name: str, read: Callable[[dict[str, Any]], Read]) -> Read:
    """One file of several.

    Raises:
        ValueError: it is missing, or does not hold what `read` wants; names the file.
    """
    if name not in contents:
        raise ValueError(f"{name} is missing")
    try:
        return read(parse(contents[name]))
    except (ValueError, KeyError, TypeError, ArithmeticError, AttributeError, IndexError) as err:
        what = f"{err} is missing" if isinstance(err, KeyError) else str(err)
        raise ValueError(f"{name} is not one that this release can use: {what}") from err


def read_weights(data: dict[str, Any]) -> tuple[Terms, Rates, Rarity, Telling, frozenset[str]]:
    """The inverse of `write_weights`; raises whatever ill-formed data make it raise."""
    _check_format(data, FORMAT)
    if data["features"] != FEATURES_VERSION:
        raise ValueError(f"made for features {data['features']!r}; this code has {FEATURES_VERSION}")
    terms = Terms(
        _number(data["bias"]),
        {
            name: Curve(_numbers(curve["knots"]), _numbers(curve["rises"]), _number(curve["missing"]))
            for name, curve in data["curves"].items()
        },
        {name: _numbers(weights) for name, weights in data["weights"].items()},
    )
    rarity = Rarity({word: _number(share) for word, share in data["word_shares"].items()})
    telling = Telling({word: _number(told) for word, told in data["word_telling"].items()})
    overshared = frozenset(str(gtin) for gtin in data["overshared_gtins"])
    return terms, Rates.from_json(data["rates"]), rarity, telling, overshared


def read_calibration(data: dict[str, Any]) -> tuple[Calibration, Threshold, float, dict[str, float]]:
    """The inverse of `write_calibration`; raises whatever ill-formed data make it raise."""
    _check_format(data, CALIBRATION_FORMAT)
    match = data["match"]
    threshold = Threshold(
        value=_number(match["value"]),
        target=_number(match["target"]),
        precision=None if match["precision"] is None else _number(match["precision"]),
        interval=(_number(match["interval"][0]), _number(match["interval"][1])),
        recall=_number(match["recall"]),
        pairs=int(_number(match["pairs"])),
        reached=match["reached"] is True,
    )
    facts = {str(name): _fact(value) for name, value in data["facts"].items()}
    return _curve(data["calibration"]), threshold, _number(data["review"]), facts


def _curve(data: dict[str, Any]) -> Calibration:
    kind = data["kind"]
    if kind == "platt":
        return Platt(*(_number(data[name]) for name in ("slope", "offset", "low", "high")))
    if kind == "isotonic":
        return Isotonic(
            _numbers(data["knots"]), _numbers(data["values"]), _number(data["low"]), _number(data["high"])
        )
    raise ValueError(f"a calibration of the kind {str(kind)[:40]!r}")


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
