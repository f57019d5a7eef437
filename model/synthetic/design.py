"""What a product looks like."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from model.synthetic.words import COLOURS

_SHARED_CATEGORIES: Final = (
    "tshirt", "shirt", "hoodie", "sweater", "jacket", "dress", "skirt", "trousers", "shorts", "sneaker",
    "handbag", "backpack", "cap", "socks", "watch",
)  # fmt: skip
CATEGORIES: Final = {
    "train": (*_SHARED_CATEGORIES, "gilet", "boot", "longsleeve", "suitcase"),
    "demo": (*_SHARED_CATEGORIES, "polo", "beanie", "scarf", "bottle"),
}
"""Garment templates by split: four of each are unknown to the other."""

_SHARED_PATTERNS: Final = (
    "plain",
    "plain",
    "plain",
    "stripes",
    "checks",
    "dots",
    "diagonal",
    "block",
    "print",
    "print",
)
PATTERNS: Final = {
    "train": (*_SHARED_PATTERNS, "breton", "zigzag"),
    "demo": (*_SHARED_PATTERNS, "pinstripe", "argyle", "camo"),
}
"""Patterns by split, the plain one more often."""


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that a drawing shows.

    Attributes:
        category: a key of `CATEGORY_WORDS`.
        colour: the main colour, a key of `COLOURS`; `second` is that of the pattern, print and trim.
        pattern: a key of `PATTERN_WORDS`; `period` its repeat in half-widths of the drawing.
        fit: 0 (narrow) to 1 (wide); `length` 0 (short) to 1 (long).
        collar: which neck or opening; likewise `pocket`, `closure` and `motif` (the print).
        trim: whether cuffs, hem or sole edge have the second colour.
    """

    category: str
    colour: str
    second: str
    pattern: str
    period: float
    fit: float
    length: float
    collar: int
    pocket: int
    closure: int
    motif: int
    trim: bool


def told_apart(colour: str, least: int) -> list[str]:
    """The colours whose red, green and blue are at least `least` away from this one's, all together."""
    first = COLOURS[colour]
    return [
        name
        for name, other in COLOURS.items()
        if sum(abs(a - b) for a, b in zip(first, other, strict=True)) >= least
    ]


def make_design(rng: Random, split: str) -> Design:
    """Any design of this split's templates and patterns."""
    colour = rng.choice(list(COLOURS))
    return Design(
        category=rng.choice(CATEGORIES[split]),
        colour=colour,
        second=rng.choice(told_apart(colour, 180)),
        pattern=rng.choice(PATTERNS[split]),
        period=rng.choice((0.16, 0.22, 0.32)),
        fit=rng.random(),
        length=rng.random(),
        collar=rng.randrange(4),
        pocket=rng.randrange(4),
        closure=rng.randrange(4),
        motif=rng.randrange(8),
        trim=rng.random() < 0.35,
    )
