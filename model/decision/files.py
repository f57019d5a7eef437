"""A decider's two files: canonical JSON, read strictly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
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
CALIBRATION_FORMAT_APART = "skutwin-calibration/2"  # with a threshold for nameless pairs, too
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
    calibration: Calibration,
    match: Threshold,
    review: float,
    facts: Mapping[str, float],
    nameless_match: Threshold | None = None,
) -> bytes:
    """What follows from them. Without `nameless_match` it is of the former format, which knew none."""
    curve: dict[str, Any] = {"low": calibration.low, "high": calibration.high}
    if isinstance(calibration, Platt):
        curve |= {"kind": "platt", "slope": calibration.slope, "offset": calibration.offset}
    else:
        curve |= {"kind": "isotonic", "knots": list(calibration.knots), "values": list(calibration.values)}
    data = {
        "format": CALIBRATION_FORMAT,
        "calibration": curve,
        "match": _told(match),
        "review": review,
        "facts": dict(facts),
    }
    if nameless_match is not None:
        data |= {"format": CALIBRATION_FORMAT_APART, "nameless_match": _told(nameless_match)}
    return canonical(data) + b"\n"


def _told(threshold: Threshold) -> dict[str, Any]:
    return asdict(threshold) | {"interval": list(threshold.interval)}


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


def read_calibration(
    data: dict[str, Any],
) -> tuple[Calibration, Threshold, float, dict[str, float], Threshold | None]:
    """The inverse of `write_calibration`; raises whatever ill-formed data make it raise."""
    apart = data["format"] == CALIBRATION_FORMAT_APART
    if not apart:
        _check_format(data, CALIBRATION_FORMAT)
    facts = {str(name): _fact(value) for name, value in data["facts"].items()}
    return (
        _curve(data["calibration"]),
        _threshold(data["match"]),
        _number(data["review"]),
        facts,
        _threshold(data["nameless_match"]) if apart else None,
    )


def _threshold(data: dict[str, Any]) -> Threshold:
    return Threshold(
        value=_number(data["value"]),
        target=_number(data["target"]),
        precision=None if data["precision"] is None else _number(data["precision"]),
        interval=(_number(data["interval"][0]), _number(data["interval"][1])),
        recall=_number(data["recall"]),
        pairs=int(_number(data["pairs"])),
        reached=data["reached"] is True,
    )


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
