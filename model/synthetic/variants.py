"""Which changes of a product make another product, and what then has to be said or shown of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from model.synthetic.design import PATTERNS, told_apart
from model.synthetic.product import CAPACITIES, Product, Slot, make_product, model_name
from model.synthetic.words import BRANDS, EDITIONS

_PACKABLE: Final = frozenset({"tshirt", "longsleeve", "socks", "beanie", "polo", "shorts"})
_SLOTS: Final[tuple[Slot, ...]] = ("edition", "number", "year", "capacity")
_CLEARLY = 140
"""How far apart, in red, green and blue together, the colours of colourways are."""


def make_group(
    rng: Random, split: str, name: str, gtins: Sequence[str], like: Product | None = None
) -> list[Product]:
    """As many near-identical products as there are `gtins`, apart in colour, pattern, pack or what they say.

    `like` is a product of another maker or model that these look like.
    """
    first = make_product(rng, split, f"{name}-0", name, gtins[0])
    if like is not None:
        first = _lookalike(rng, split, first, like)
    products = [first]
    while len(products) < len(gtins):
        made = _varied(rng, split, products)
        if made is not None and not any(_alike(made, other) for other in products):
            place = len(products)
            products.append(replace(made, product_id=f"{name}-{place}", gtin=gtins[place]))
    return [_with_duties(product, products) for product in products]


def must_name_model(product: Product) -> Product:
    """The same product, of which every seller says the model: it has a lookalike."""
    return replace(product, must_say=product.must_say | {"model"})


def _lookalike(rng: Random, split: str, first: Product, like: Product) -> Product:
    """The same looks under another name, and about the same price."""
    name = model_name(rng, split)
    while name == like.model:
        name = model_name(rng, split)
    return replace(
        like,
        product_id=first.product_id,
        variant_group=first.variant_group,
        gtin=first.gtin,
        brand=rng.choice((like.brand, rng.choice(BRANDS[split]))),
        model=name,
        number=first.number,
        pack=1,
        price=like.price / like.pack * rng.uniform(0.8, 1.25),
        must_say=frozenset({"model"}),
    )


def _varied(rng: Random, split: str, products: Sequence[Product]) -> Product | None:
    """A variant of any of these; None if the change does not suit it."""
    change = rng.choices((_colour, _pattern, _pack, _number, _year, _capacity, _edition), _WEIGHTS)[0]
    return change(rng, split, rng.choice(products), products)


def _colour(rng: Random, _: str, base: Product, products: Sequence[Product]) -> Product | None:
    """Clearly another colour than all those the group has in this pattern, and than the second one."""
    siblings = {other.design.colour for other in products} | {base.design.second}
    names = sorted(set.intersection(*(set(told_apart(colour, _CLEARLY)) for colour in siblings)))
    return replace(base, design=replace(base.design, colour=rng.choice(names))) if names else None


def _pattern(rng: Random, split: str, base: Product, products: Sequence[Product]) -> Product | None:
    design = base.design
    if design.pattern == "print" and rng.random() < 0.2:
        return replace(base, design=replace(design, motif=(design.motif + rng.randrange(1, 8)) % 8))
    taken = {other.design.pattern for other in products if other.design.colour == design.colour}
    names = sorted(set(PATTERNS[split]) - taken)
    return replace(base, design=replace(design, pattern=rng.choice(names))) if names else None


def _pack(rng: Random, _: str, base: Product, __: Sequence[Product]) -> Product | None:
    if base.design.category not in _PACKABLE:
        return None
    pack = rng.choice([count for count in (2, 3, 5) if count != base.pack])
    return replace(base, pack=pack, price=base.price / base.pack * pack * 0.88)


def _number(rng: Random, _: str, base: Product, __: Sequence[Product]) -> Product | None:
    if not base.number:
        return None
    number = str(int(base.number) + rng.randrange(1, 33))  # three digits, as its variants have
    design = replace(base.design, trim=not base.design.trim) if rng.random() < 0.5 else base.design
    return replace(base, number=number, design=design, price=base.price * 1.1)


def _year(rng: Random, _: str, base: Product, __: Sequence[Product]) -> Product | None:
    if not base.year:
        return None
    return replace(base, year=base.year + rng.choice((-1, 1)), price=base.price * rng.uniform(0.85, 1.15))


def _capacity(rng: Random, _: str, base: Product, __: Sequence[Product]) -> Product | None:
    if not base.capacity:
        return None
    others = [size for size in CAPACITIES[base.design.category] if size != base.capacity]
    capacity = rng.choice(others)
    return replace(base, capacity=capacity, price=base.price * (capacity / base.capacity) ** 0.5)


def _edition(rng: Random, split: str, base: Product, __: Sequence[Product]) -> Product | None:
    if not base.edition:
        return None
    edition = rng.choice([word for word in EDITIONS[split] if word != base.edition])
    design = replace(base.design, pocket=(base.design.pocket + 1) % 4)
    return replace(base, edition=edition, design=design, price=base.price * rng.uniform(0.8, 1.3))


_WEIGHTS: Final = (40, 5, 18, 15, 20, 25, 12)
"""Of the changes in `_varied`; some seldom apply, so that about half of all variants are colourways."""


def _alike(one: Product, other: Product) -> bool:
    """Whether nothing that every seller says or shows tells two products apart."""
    return _seen(one) == _seen(other)


def _seen(product: Product) -> tuple[object, ...]:
    design = product.design
    said = tuple(getattr(product, slot) for slot in _SLOTS)
    return design.colour, design.pattern, _motif(product), product.pack, said


def _motif(product: Product) -> int:
    return product.design.motif if product.design.pattern == "print" else -1


def _with_duties(product: Product, group: Sequence[Product]) -> Product:
    """What differs anywhere in the group is said of all its members that have it."""
    said = {slot for slot in _SLOTS if len({getattr(other, slot) for other in group}) > 1}
    duties = {slot for slot in said if getattr(product, slot)}
    if len({(other.design.pattern, _motif(other)) for other in group}) > 1:
        duties.add("pattern")
    return replace(product, must_say=product.must_say | duties)
