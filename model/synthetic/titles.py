"""How a seller writes a product's title."""

from __future__ import annotations

from random import Random

from model.synthetic.design import Product
from model.synthetic.sellers import Seller
from model.synthetic.words import (
    AUDIENCES,
    CATEGORY_WORDS,
    COLOUR_WORDS,
    MATERIALS,
    NOISE,
    PACKS,
    PATTERN_WORDS,
    TITLES,
)


def colour_word(rng: Random, seller: Seller, product: Product) -> str:
    """The product's colour in the seller's language; of two-coloured patterns sometimes both."""

    def word(name: str) -> str:
        return rng.choice(COLOUR_WORDS[name][seller.language])

    two = product.design.pattern not in {"plain", "print"} and rng.random() < 0.4
    main = word(product.design.colour)
    return f"{main}/{word(product.design.second)}" if two else main


def makers_title(product: Product) -> str:
    """What the maker calls it, and some sellers copy."""
    design = product.design
    words = [product.brand, product.model, product.number, CATEGORY_WORDS[design.category][0][0]]
    words += [COLOUR_WORDS[design.colour][0][0], PATTERN_WORDS[design.pattern][0]]
    words += [f"{product.pack}-pack"] if product.pack > 1 else []
    return " ".join(word for word in words if word)


def write_title(rng: Random, seller: Seller, product: Product, *, must_say_colour: bool) -> str:
    """One title.

    The pack, and a number that alone tells the product from a variant, are never left out; nor is the colour
    with `must_say_colour`, for listings that have no picture.
    """
    if rng.random() < seller.copies_title:
        return makers_title(product)
    order = seller.title if rng.random() < 0.85 else rng.choice(TITLES["common"])
    said = _words(rng, seller, product, must_say_colour=must_say_colour)
    sections = [
        " ".join(said[slot] for slot in section.split() if said[slot]) for section in order.split("|")
    ]
    title = seller.separator.join(section for section in sections if section)
    if "pack" not in order and said["pack"]:
        title = f"{title} {said['pack']}"
    if rng.random() < seller.noise:
        title = f"{title} {rng.choice(NOISE[seller.language])}"
    if seller.case == "lower":
        return title.lower()
    return title.upper() if seller.case == "upper" else title[:1].upper() + title[1:]


def _words(rng: Random, seller: Seller, product: Product, *, must_say_colour: bool) -> dict[str, str]:
    """What this title says in each of its slots; an empty string for what it leaves out."""
    language, design = seller.language, product.design

    def one_of(words: tuple[str, ...]) -> str:
        return rng.choice(words) if rng.random() < seller.synonyms else words[0]

    def if_said(share: float, word: str) -> str:
        return word if rng.random() < share else ""

    model = if_said(seller.says_model, product.model)
    keep_number = product.number_matters or (model and rng.random() < 0.8)
    says_colour = 1.0 if must_say_colour else seller.says_colour
    return {
        "brand": if_said(seller.says_brand, product.brand),
        "model": product.model if product.number_matters else model,
        "number": product.number if keep_number else "",
        "category": _misspelt(rng, one_of(CATEGORY_WORDS[design.category][language])),
        "colour": if_said(says_colour, colour_word(rng, seller, product)),
        "pattern": if_said(seller.says_pattern, PATTERN_WORDS[design.pattern][language]),
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
