"""JSON from outside, read strictly, and one canonical way to write it.

Strict: exact decimals, no NaN, no duplicate keys, bounded numbers and depth. Canonical: a replay repeats its
bytes (after RFC 8785, with decimals kept as strings).
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

_MAX_NUMBER = 40  # digits; int64 has 19
_MAX_EXPONENT = 400  # of ten; a float64 ends at 308, and 1e99999999 as an int takes minutes
_MAX_DEPTH = 32  # of objects and lists within one another; a contract has 3


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:64]!r} stands twice in one object")
    return keys


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _number(digits: str) -> Decimal:
    if len(digits) > _MAX_NUMBER:
        raise ValueError(f"a number of {len(digits)} characters; at most {_MAX_NUMBER} are allowed")
    try:
        number = Decimal(digits)
    except InvalidOperation:  # past 10^18 or so; it is no ValueError, and whoever decodes would end by it
        raise ValueError(f"the number {digits} has too large an exponent") from None
    if abs(number.adjusted()) > _MAX_EXPONENT:
        raise ValueError(f"the number {digits} has too large an exponent")
    return number


def _integer(digits: str) -> int:
    if len(digits) > _MAX_NUMBER:
        raise ValueError(f"a number of {len(digits)} digits; at most {_MAX_NUMBER} are allowed")
    return int(digits)


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def parse(value: bytes) -> dict[str, Any]:
    """One JSON object.

    Raises:
        ValueError: not UTF-8, not JSON, not an object, nested too deeply, a number too long, a key twice.
    """
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as err:
        raise ValueError(f"not UTF-8 at byte {err.start}") from None
    try:
        parsed = json.loads(
            text,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_unique,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError as err:
        raise ValueError(f"not JSON: {err.msg} at character {err.pos}") from None
    if not isinstance(parsed, dict):
        raise ValueError(f"a JSON object is wanted, not {type(parsed).__name__}")  # noqa: TRY004 (one kind of error for callers)
    # Said here, and not left to the interpreter's stack, so that a record is refused whoever reads it.
    if text.count("[") + text.count("{") > _MAX_DEPTH and _deeper_than(parsed, _MAX_DEPTH):
        raise ValueError(f"nested more than {_MAX_DEPTH} deep")
    return parsed


def canonical(value: Any) -> bytes:
    """The one way these data are written: sorted keys, no blanks, UTF-8; NaN is refused."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode("utf-8")
