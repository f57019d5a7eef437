"""How two fields relate: each a symmetric function of two values, answered by a place in `LEVELS`."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from model.text import likeness

LEVELS: dict[str, tuple[str, ...]] = {
    "brand": ("absent", "agree", "in_title", "conflict"),
    "colour": ("absent", "agree", "overlap", "second_apart", "conflict"),
    "pattern": ("absent", "agree", "overlap", "one_sided", "conflict"),
    "motif": ("absent", "agree", "overlap", "one_sided", "conflict"),
    "material": ("absent", "agree", "conflict"),
    "audience": ("absent", "agree", "conflict"),
    "measures": ("absent", "agree", "conflict"),
    "pack": ("absent", "agree", "conflict"),
    "year": ("absent", "agree", "conflict"),
    "codes": ("absent", "one_sided", "agree", "part", "apart", "conflict"),
    "numbers": ("absent", "one_sided", "agree", "within", "apart", "conflict"),
    "kind": ("absent", "agree", "conflict"),
    "category": ("absent", "agree", "conflict"),
    "seller": ("different", "same"),
    "picture": ("different", "shared"),
    "in_store_number": ("absent", "agree"),
}
"""What a field can say of a pair; the first level is silence."""

Words = frozenset[str]
Measures = frozenset[tuple[str, float]]
Found = TypeVar("Found", Words, Measures)
Branded = tuple[Found, Found]
"""What was read in a title, and what of the same kind is part of the brand's name."""

_BRAND_LIKENESS = 0.85
_CODE_PART = 4  # letters and digits that one code must share with a longer one


class GtinRelation(StrEnum):
    """What the two GTINs say; only GLOBAL ones that are not over-shared decide."""

    ABSENT = "absent"
    EQUAL = "equal"
    DIFFERENT = "different"
    RESTRICTED = "restricted"


def beside_brands(relate: Callable[[Found, Found], int]) -> Callable[[Branded[Found], Branded[Found]], int]:
    """Of what stands in two titles and in their brands: a "Vantage 9 584" is no "Vantage 9 576"."""

    def related(first: Branded[Found], second: Branded[Found]) -> int:
        named = first[1] | second[1]
        return relate(first[0] - named, second[0] - named)

    return related


def sets(first: Words, second: Words) -> int:
    """0 nothing to compare, 1 something in common, 2 conflict."""
    if not first or not second:
        return 0
    return 2 if first.isdisjoint(second) else 1


def brands(first: str, second: str) -> int:
    """Of two folded brands, "" if none; a brand that only one side names is another question."""
    if not first or not second:
        return 0
    return 1 if first == second or likeness(first, second) >= _BRAND_LIKENESS else 3


def colours(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """By the main colour, which sellers name first; they often leave out the second."""
    if not first or not second:
        return 0
    if first[0] == second[0]:
        said = min(len(first), len(second))
        return 1 if first[:said] == second[:said] else 3
    return 2 if first[0] in second or second[0] in first else 4


def patterns(first: Words, second: Words) -> int:
    """A pattern or a motif that one side names and the other does not is told apart from silence."""
    if first == second:
        return 1 if first else 0
    if not first or not second:
        return 3
    return 4 if first.isdisjoint(second) else 2


def measures(first: Measures, second: Measures) -> int:
    """Kinds of measure that both sides give must each have a value in common."""
    if not first or not second:
        return 0
    kinds = {kind for kind, _ in first} & {kind for kind, _ in second}
    if not kinds:
        return 0
    return 1 if kinds <= {kind for kind, _ in first & second} else 2


def packs(first: int | None, second: int | None) -> int:
    """Who says nothing sells one."""
    if first is None and second is None:
        return 0
    return 1 if (first or 1) == (second or 1) else 2


def codes(first: Words, second: Words) -> int:
    """Model codes: equal ones, one that is the beginning or end of another, or none in common."""
    if not first or not second:
        return 1 if first or second else 0
    if not first.isdisjoint(second):
        return 2 if first <= second or second <= first else 4
    for one in first:
        for other in second:
            short, long = sorted((one, other), key=len)
            if len(short) >= _CODE_PART and (long.startswith(short) or long.endswith(short)):
                return 3
    return 5


def numbers(first: Words, second: Words) -> int:
    """Plain numbers of up to three digits: the same, one side's among the other's, or not."""
    if not first or not second:
        return 1 if first or second else 0
    if first == second:
        return 2
    if first <= second or second <= first:
        return 3
    return 5 if first.isdisjoint(second) else 4


def contained(first: Words, second: Words) -> float:
    """The share of the smaller set that the larger one has: sellers run out of sizes."""
    if not first or not second:
        return math.nan
    return len(first & second) / min(len(first), len(second))
