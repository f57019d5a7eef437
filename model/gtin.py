"""Global Trade Item Numbers: checksum, one written form, and which of them identify nothing.

Source: GS1 General Specifications, sections 1.4 (prefixes), 2.1 (restricted circulation) and 7.9 (check digit).
"""

from __future__ import annotations

from enum import StrEnum

_LENGTHS = (8, 12, 13, 14)


class GtinKind(StrEnum):
    """What a checksum-correct GTIN is worth as evidence."""

    GLOBAL = "global"
    RESTRICTED = "restricted"
    PLACEHOLDER = "placeholder"


def check_digit(body: str) -> int:
    """The GS1 mod-10 check digit of the digits before it."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -total % 10


def normalise_gtin(raw: str) -> str:
    """A GTIN-8, -12, -13 or -14, blanks and hyphens allowed, as 14 digits.

    Raises:
        ValueError: wrong length, a non-digit, or a check digit that does not fit.
    """
    digits = raw.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("a GTIN has digits only")
    if len(digits) not in _LENGTHS:
        raise ValueError(f"a GTIN has 8, 12, 13 or 14 digits, not {len(digits)}")
    if check_digit(digits[:-1]) != int(digits[-1]):
        raise ValueError(f"the check digit should be {check_digit(digits[:-1])}, not {digits[-1]}")
    return digits.zfill(14)


def gtin_kind(gtin14: str) -> GtinKind:
    """Whether a normalised GTIN names a product world-wide, only inside one shop, or nothing at all."""
    # A GTIN-8 is zero-padded too: its own prefix range 0 and 2 is for use inside a company.
    body = gtin14[1:]
    if len(set(gtin14.lstrip("0")[:-1])) <= 1 or gtin14[:-1].lstrip("0") in {
        "",
        "123456789012",
        "12345678901",
    }:
        return GtinKind.PLACEHOLDER
    if gtin14.startswith("000000"):
        return GtinKind.RESTRICTED if gtin14[6] in "02" else GtinKind.GLOBAL
    restricted = body.startswith(("02", "04", "2")) or body.startswith(("05", "98", "99")) or gtin14[0] == "9"
    return GtinKind.RESTRICTED if restricted else GtinKind.GLOBAL
