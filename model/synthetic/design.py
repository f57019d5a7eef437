"""What a product looks like and is called, and which changes of it make another product."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from model.synthetic.words import BRANDS, COLOURS, SYLLABLES

_SHARED_CATEGORIES: Final = (
    "tshirt", "shirt", "hoodie", "sweater", "jacket", "dress", "skirt", "trousers", "shorts", "sneaker",
    "handbag", "backpack", "cap", "socks",
)  # fmt: skip
CATEGORIES: Final = {
    "train": (*_SHARED_CATEGORIES, "gilet", "boot", "longsleeve"),
    "demo": (*_SHARED_CATEGORIES, "polo", "beanie", "scarf"),
}
"""Garment templates by split: three of each are unknown to the other."""

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

_PRICES: Final = {
    "tshirt": 22, "longsleeve": 28, "shirt": 45, "polo": 39, "hoodie": 55, "sweater": 60, "jacket": 110,
    "gilet": 75, "dress": 70, "skirt": 42, "trousers": 58, "shorts": 34, "sneaker": 85, "boot": 120,
    "handbag": 95, "backpack": 65, "cap": 21, "beanie": 19, "scarf": 27, "socks": 9,
}  # fmt: skip
_ONE_SIZE: Final = frozenset({"handbag", "backpack", "cap", "beanie", "scarf"})
_SHOES: Final = frozenset({"sneaker", "boot"})
_MATERIALS: Final = {
    **dict.fromkeys(("sneaker", "boot", "handbag"), ("leather", "cotton", "polyester")),
    **dict.fromkeys(("trousers", "skirt", "shorts", "jacket"), ("cotton", "linen", "denim", "leather")),
    "backpack": ("cotton", "leather", "polyester"),
}
_PACKABLE: Final = frozenset({"tshirt", "longsleeve", "socks", "beanie", "polo", "shorts"})


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


@dataclass(frozen=True, slots=True)
class Product:
    """One product: what a truth pair is about.

    Attributes:
        variant_group: products of one group are near-identical and yet different.
        model: the maker's name for the whole group; `number` is a model number or year, or empty.
        number_matters: whether only the number tells it from a variant, so that no seller leaves it out.
        pack: how many pieces are sold together.
        price: in euros.
        gtin: 14 digits with the prefix that GS1 keeps for demonstrations.
    """

    product_id: str
    variant_group: str
    design: Design
    brand: str
    model: str
    number: str
    number_matters: bool
    audience: str
    material: str
    sizes: tuple[str, ...]
    pack: int
    price: float
    gtin: str


def _told_apart(colour: str, least: int) -> list[str]:
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
        second=rng.choice(_told_apart(colour, 180)),
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


def _model_name(rng: Random, split: str) -> str:
    return "".join(rng.choice(SYLLABLES[split]) for _ in range(rng.choice((2, 2, 3)))).capitalize()


def _sizes(rng: Random, category: str) -> tuple[str, ...]:
    if category in _ONE_SIZE:
        return ()
    if category in _SHOES:
        first = rng.randrange(36, 41)
        return tuple(str(size) for size in range(first, first + rng.randrange(4, 8)))
    if category == "socks":
        return rng.choice((("35-38", "39-42"), ("39-42", "43-46"), ("35-38", "39-42", "43-46")))
    scale = ("XS", "S", "M", "L", "XL", "XXL")
    start = rng.randrange(3)
    return scale[start : start + rng.randrange(3, 5)]


def _first_of_group(rng: Random, split: str, group: int, gtin: str) -> Product:
    design = make_design(rng, split)
    number = str(rng.randrange(100, 900)) if rng.random() < 0.4 else ""
    return Product(
        product_id=f"p{group}-0",
        variant_group=f"g{group}",
        design=design,
        brand=rng.choice(BRANDS[split]),
        model=_model_name(rng, split),
        number=number,
        number_matters=False,
        audience=rng.choice(("women", "men", "women", "men", "kids", "unisex")),
        material=rng.choice(_MATERIALS.get(design.category, ("cotton", "linen", "wool", "polyester"))),
        sizes=_sizes(rng, design.category),
        pack=1,
        price=_PRICES[design.category] * rng.lognormvariate(0, 0.45),
        gtin=gtin,
    )


def _other_colour(rng: Random, product: Product, taken: set[tuple[str, str]]) -> Product | None:
    design = product.design
    names = [name for name in _told_apart(design.second, 100) if (name, design.pattern) not in taken]
    if not names:
        return None
    return replace(product, design=replace(design, colour=rng.choice(names)))


def _other_pattern(rng: Random, product: Product, split: str, taken: set[tuple[str, str]]) -> Product | None:
    design = product.design
    if design.pattern == "print" and rng.random() < 0.2:
        return replace(product, design=replace(design, motif=(design.motif + rng.randrange(1, 8)) % 8))
    names = [name for name in set(PATTERNS[split]) if (design.colour, name) not in taken]
    if not names:
        return None
    return replace(product, design=replace(design, pattern=rng.choice(sorted(names))))


def _other_pack(rng: Random, product: Product) -> Product | None:
    if product.design.category not in _PACKABLE:
        return None
    pack = rng.choice([count for count in (2, 3, 5) if count != product.pack])
    return replace(product, pack=pack, price=product.price / product.pack * pack * 0.88)


def _other_number(rng: Random, product: Product) -> Product | None:
    if not product.number:
        return None
    number = str(int(product.number) + rng.randrange(1, 33))  # three digits, as its variants have
    design = replace(product.design, trim=not product.design.trim) if rng.random() < 0.5 else product.design
    return replace(product, number=number, number_matters=True, design=design, price=product.price * 1.1)


def make_group(rng: Random, split: str, group: int, size: int, gtins: list[str]) -> list[Product]:
    """Up to `size` near-identical products that differ in colour, pattern, pack or model number.

    `gtins` are at least `size` of them, each used once.
    """
    first = _first_of_group(rng, split, group, gtins[0])
    products = [first]
    taken = {(first.design.colour, first.design.pattern)}
    while len(products) < size:
        base = rng.choice(products)
        axis = rng.choices(("colour", "pattern", "pack", "number"), (62, 9, 12, 17))[0]
        if axis == "colour":
            made = _other_colour(rng, base, taken)
        elif axis == "pattern":
            made = _other_pattern(rng, base, split, taken)
        elif axis == "pack":
            made = _other_pack(rng, base)
        else:
            made = _other_number(rng, base)
        if made is None or any(_alike(made, other) for other in products):
            continue
        if made.number_matters:
            products = [replace(other, number_matters=bool(other.number)) for other in products]
        taken.add((made.design.colour, made.design.pattern))
        place = len(products)
        products.append(replace(made, product_id=f"p{group}-{place}", gtin=gtins[place]))
    return products


def _alike(one: Product, other: Product) -> bool:
    """Whether nothing but the trim tells two products apart."""

    def seen(product: Product) -> tuple[object, ...]:
        return replace(product.design, trim=False), product.number, product.pack

    return seen(one) == seen(other)
