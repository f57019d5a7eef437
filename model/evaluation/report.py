"""`report.json`: the figures for machines, the same bytes for the same figures."""

from __future__ import annotations

import json
import math
from typing import Any

_DIGITS = 6


def to_json(report: dict[str, Any]) -> bytes:
    """Keys in order, six decimals, null for what is not a number."""
    return (json.dumps(_plain(report), indent=2, sort_keys=True, allow_nan=False) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return round(float(value), _DIGITS) if math.isfinite(value) else None
    return value
