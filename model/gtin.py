"""Global Trade Item Numbers: checksum, one written form, and which of them identify nothing.

Source: GS1 General Specifications, sections 1.4 (prefixes), 2.1 (restricted circulation) and 7.9 (check
digit); the GS1 prefix list for what identifies no single product (coupons, refunds, serials). The prefix 952,
kept for demonstrations, counts as any other: a demonstration's numbers name its products.
"""

from __future__ import annotations

from enum import StrEnum

_LENGTHS = (8, 12, 13, 14)

# By the first digits of the GTIN-13. In one shop or company only: 02 and 20-29 (also variable measure), 04;
# and no trade item, or many under one number: 05, 981-984 and 99 coupons, 980 refund receipts, 977 serials
# (every issue has the same number), 951 numbers for tags.
_NOT_ONE_PRODUCT = ("02", "04", "05", "2", "951", "977", "980", "981", "982", "983", "984", "99")
_SEQUENCES = frozenset(
    (
        "1234567",
        "1234567890",
        "12345678901",
        "123456789012",
        "1234567890123",
        "9876543",
        "98765432109",
        "987654321098",
    )
)


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
    body = gtin14[:-1].lstrip("0")
    if len(set(body)) <= 1 or body in _SEQUENCES:
        return GtinKind.PLACEHOLDER
    if gtin14.startswith("000000"):  # a GTIN-8; of those, 0 and 2 are for use inside a company
        return GtinKind.RESTRICTED if gtin14[6] in "02" else GtinKind.GLOBAL
    # The indicator 9 marks an item of variable measure: each piece has another weight and price.
    restricted = gtin14[0] == "9" or gtin14[1:].startswith(_NOT_ONE_PRODUCT)
    return GtinKind.RESTRICTED if restricted else GtinKind.GLOBAL
