"""How a seller writes a product's title."""

from __future__ import annotations

from random import Random
from typing import Final

from model.synthetic.product import Product, Slot
from model.synthetic.sellers import Seller
from model.synthetic.words import (
    AUDIENCES,
    CAPACITY_UNITS,
    CATEGORY_WORDS,
    COLOUR_WORDS,
    MATERIALS,
    MOTIF_WORDS,
    NOISE,
    PACKS,
    PATTERN_WORDS,
    TITLES,
)

_NEVER_LOST: Final = ("year", "capacity", "pack")
"""What a title ends with if its word order has no place for it."""


def colour_word(rng: Random, seller: Seller, product: Product) -> str:
    """The product's colour in the seller's language; of two-coloured patterns sometimes both."""

    def word(name: str) -> str:
        return rng.choice(COLOUR_WORDS[name][seller.language])

    two = product.design.pattern not in {"plain", "print"} and rng.random() < 0.4
    main = word(product.design.colour)
    return f"{main}/{word(product.design.second)}" if two else main


def capacity_words(rng: Random, language: int, product: Product) -> str:
    """The capacity with its unit, as one writes it in this language; empty for a product that has none."""
    if not product.capacity:
        return ""
    form = rng.choice(CAPACITY_UNITS[product.design.category][language])
    point = f"{product.capacity / 1000:g}"
    return form.format(n=product.capacity, c=product.capacity // 10, p=point, k=point.replace(".", ","))


def pattern_words(language: int, product: Product) -> str:
    """The pattern, of a print its motif before it; empty for what is plain, unless a variant is not."""
    design = product.design
    if design.pattern == "plain" and "pattern" not in product.must_say:
        return ""
    motif = f"{MOTIF_WORDS[design.motif][language]} " if design.pattern == "print" else ""
    return motif + PATTERN_WORDS[design.pattern][language]


def makers_title(product: Product) -> str:
    """What the maker calls it, and some sellers copy."""
    design = product.design
    words = [product.brand, product.model, product.edition, product.number, str(product.year or "")]
    words += [CATEGORY_WORDS[design.category][0][0], COLOUR_WORDS[design.colour][0][0]]
    words += [pattern_words(0, product), capacity_words(Random(0), 0, product)]
    words += [f"{product.pack}-pack"] if product.pack > 1 else []
    return " ".join(word for word in words if word)


def write_title(rng: Random, seller: Seller, product: Product, *, no_picture: bool) -> str:
    """One title.

    The pack and what the product `must_say` are never left out; nor are colour and pattern with `no_picture`.
    """
    if rng.random() < seller.copies_title:
        return makers_title(product)
    order = seller.title if rng.random() < 0.85 else rng.choice(TITLES["common"])
    said = _words(rng, seller, product, no_picture=no_picture)
    sections = [
        " ".join(said[slot] for slot in section.split() if said[slot]) for section in order.split("|")
    ]
    title = seller.separator.join(section for section in sections if section)
    left_over = (
        said[slot]
        for slot in _NEVER_LOST + (("pattern",) if no_picture or "pattern" in product.must_say else ())
        if slot not in order
    )
    title = " ".join(part for part in (title, *left_over) if part)
    if rng.random() < seller.noise:
        title = f"{title} {rng.choice(NOISE[seller.language])}"
    if seller.case == "lower":
        return title.lower()
    return title.upper() if seller.case == "upper" else title[:1].upper() + title[1:]


def _words(rng: Random, seller: Seller, product: Product, *, no_picture: bool) -> dict[str, str]:
    """What this title says in each of its slots; an empty string for what it leaves out."""
    language, design = seller.language, product.design

    def one_of(words: tuple[str, ...]) -> str:
        return rng.choice(words) if rng.random() < seller.synonyms else words[0]

    def if_said(share: float, word: str) -> str:
        return word if rng.random() < share else ""

    def unless_it_must(slot: Slot, share: float, word: str) -> str:
        said = if_said(share, word)
        return word if slot in product.must_say else said

    # Where the edition or the number tells variants apart the model belongs to it: "Pro" alone is no name.
    named = bool({"model", "edition", "number"} & product.must_say)
    model = product.model if named else if_said(seller.says_model, product.model)
    edition = unless_it_must("edition", 0.8 if model else 0.0, product.edition)
    return {
        "brand": if_said(seller.says_brand, product.brand),
        "model": f"{model} {edition}".strip(),
        "number": unless_it_must("number", 0.8 if model else 0.0, product.number),
        "year": unless_it_must("year", 0.5, str(product.year or "")),
        "capacity": unless_it_must("capacity", 0.7, capacity_words(rng, language, product)),
        "category": _misspelt(rng, one_of(CATEGORY_WORDS[design.category][language])),
        "colour": if_said(1.0 if no_picture else seller.says_colour, colour_word(rng, seller, product)),
        "pattern": unless_it_must(
            "pattern", 1.0 if no_picture else seller.says_pattern, pattern_words(language, product)
        ),
        "audience": if_said(0.7, one_of(AUDIENCES[product.audience][language])),
        "material": if_said(0.6, MATERIALS[product.material][language]),
        "pack": one_of(PACKS[language]).format(n=product.pack) if product.pack > 1 else "",
    }


def _misspelt(rng: Random, word: str) -> str:
    """Now and then two letters change places."""
    if rng.random() > 0.03 or len(word) < 5:
        return word
    place = rng.randrange(1, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
