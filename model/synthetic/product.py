"""What a product is besides its looks: its names, numbers, sizes and price."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from model.synthetic.design import Design, make_design
from model.synthetic.words import BRANDS, EDITIONS, SYLLABLES

Slot = Literal["model", "edition", "number", "year", "capacity", "pattern"]
"""What a title can say of a product; all but the pattern no picture shows."""

_PRICES: Final = {
    "tshirt": 22, "longsleeve": 28, "shirt": 45, "polo": 39, "hoodie": 55, "sweater": 60, "jacket": 110,
    "gilet": 75, "dress": 70, "skirt": 42, "trousers": 58, "shorts": 34, "sneaker": 85, "boot": 120,
    "handbag": 95, "backpack": 65, "cap": 21, "beanie": 19, "scarf": 27, "socks": 9, "watch": 140,
    "bottle": 24, "suitcase": 130,
}  # fmt: skip
_ONE_SIZE: Final = frozenset({"handbag", "backpack", "cap", "beanie", "scarf", "watch", "bottle", "suitcase"})
_SHOES: Final = frozenset({"sneaker", "boot"})
_CLOTHS: Final = ("cotton", "linen", "wool", "polyester")
_MATERIALS: Final = {
    **dict.fromkeys(("sneaker", "boot", "handbag"), ("leather", "cotton", "polyester")),
    **dict.fromkeys(("trousers", "skirt", "shorts", "jacket"), ("cotton", "linen", "denim", "leather")),
    "backpack": ("cotton", "leather", "polyester"),
    "watch": ("steel", "leather"),
    "bottle": ("steel",),
    "suitcase": ("polyester", "leather"),
}
CAPACITIES: Final[dict[str, tuple[int, ...]]] = {
    "backpack": (12, 16, 20, 25, 30, 38, 45),
    "watch": (36, 38, 40, 42, 44),
    "bottle": (350, 500, 750, 1000),
    "suitcase": (55, 61, 67, 77),
}
"""Sizes that are products of their own: litres, millimetres across, millilitres, centimetres of height."""

_DATED: Final = frozenset({"sneaker", "jacket", "backpack", "watch", "handbag", "boot", "gilet", "suitcase"})


@dataclass(frozen=True, slots=True)
class Product:
    """One product: what a truth pair is about.

    Attributes:
        variant_group: products of one group are near-identical and yet different.
        model: the maker's name for the whole group; `edition` a word behind it, such as Pro, or empty;
            `number` is a model number, or empty; `year` the model year, or 0; `capacity` in the unit of
            `CAPACITIES`, or 0.
        must_say: what alone tells it from a variant or a lookalike, so that no seller leaves it out.
        pack: how many pieces are sold together.
        price: in euros.
        gtin: 14 digits with the prefix that GS1 keeps for demonstrations.
    """

    product_id: str
    variant_group: str
    design: Design
    brand: str
    model: str
    edition: str
    number: str
    year: int
    capacity: int
    must_say: frozenset[Slot]
    audience: str
    material: str
    sizes: tuple[str, ...]
    pack: int
    price: float
    gtin: str


def make_product(rng: Random, split: str, product_id: str, group: str, gtin: str) -> Product:
    """Any product of this split's templates, brands and names."""
    design = make_design(rng, split)
    capacities = CAPACITIES.get(design.category)
    return Product(
        product_id=product_id,
        variant_group=group,
        design=design,
        brand=rng.choice(BRANDS[split]),
        model=model_name(rng, split),
        edition=rng.choice(EDITIONS[split]) if rng.random() < 0.25 else "",
        number=str(rng.randrange(100, 900)) if rng.random() < 0.5 else "",
        year=rng.randrange(2022, 2027) if design.category in _DATED and rng.random() < 0.6 else 0,
        capacity=rng.choice(capacities) if capacities else 0,
        must_say=frozenset(),
        audience=rng.choice(("women", "men", "women", "men", "kids", "unisex")),
        material=rng.choice(_MATERIALS.get(design.category, _CLOTHS)),
        sizes=_sizes(rng, design.category),
        pack=1,
        price=_PRICES[design.category] * rng.lognormvariate(0, 0.45),
        gtin=gtin,
    )


def model_name(rng: Random, split: str) -> str:
    """A name of two or three of the split's syllables."""
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
