"""Values as Grafana writes them, by the id of their unit."""

from __future__ import annotations

import math

from model.evaluation.page.markup import DASH

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB")
_SHORT = ("", "K", "Mil", "Bil")


def written(value: float, unit: str) -> str:
    """A value in its unit, with three digits."""
    if not math.isfinite(value):
        return DASH
    if unit == "percentunit":
        return f"{value * 100:.3g}%"
    if unit == "s":
        return _seconds(value)
    if unit == "bytes":
        return _scaled(value, 1024, _BINARY, " ")
    return _scaled(value, 1000, _SHORT, " ") + (" ops/s" if unit == "ops" else "")


def _seconds(value: float) -> str:
    for least, factor, name in ((86_400, 1 / 86_400, "d"), (3600, 1 / 3600, "h"), (60, 1 / 60, "min")):
        if abs(value) >= 2 * least:
            return f"{value * factor:.3g} {name}"
    return f"{value:.3g} s" if abs(value) >= 1 or value == 0 else f"{value * 1000:.3g} ms"


def _scaled(value: float, step: int, names: tuple[str, ...], gap: str) -> str:
    place = 0
    while abs(value) >= step and place < len(names) - 1:
        value, place = value / step, place + 1
    return f"{value:.3g}{gap}{names[place]}".rstrip()
