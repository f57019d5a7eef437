"""Retitling: what may change, and what never does."""

from __future__ import annotations

import random

import pytest

from model.data.retitle import Known, TitleHabits, respelled, retitle
from model.data.seller_words import NOISE, TABLES, VARIANT_WORDS
from model.data.title_words import folded_words
from model.lexicon import AUDIENCES, COLOURS, KINDS, MATERIALS, PATTERNS
from model.text import read

OFTEN = TitleHabits(
    drop=0.5,
    brand_out=0.6,
    brand_in=0.6,
    translate=0.5,
    synonym=0.7,
    shorten=0.7,
    reorder=0.8,
    noise=0.6,
    typo=0.6,
)
TITLES = (
    "Luma Women Black Cotton Jacket with Hood (Pack of 3)",
    "Samsung Galaxy S21 Ultra, 256GB Storage | 8 GB RAM - Black",
    "Head & Shoulders Shampoo 500 ml",
    "Nike Men's Air Max 90 Shoes, Grey/White, 2021",
    'Dell 24" Monitor P2419H',
    "Canon PIXMA MG3650S [Black & Red]",
)
KNOWN = Known("Luma", frozenset({"hood", "storage"}), lambda _: 1.0, colour_may_go=False)


def drawn(title: str, known: Known = KNOWN, count: int = 20) -> list[str]:
    return [retitle(title, known, OFTEN, random.Random(seed))[0] for seed in range(count)]


@pytest.mark.parametrize("title", TITLES)
def test_what_tells_a_variant_is_in_every_version(title: str) -> None:
    """Measures, packs, years, codes and numbers keep their values; colours and telling words stay."""
    before, telling = read(title), folded_words(title) & (VARIANT_WORDS | KNOWN.keep)
    colours = {COLOURS[word] for word in before.raw_words if word in COLOURS}

    for written in drawn(title):
        after = read(written)
        for said in ("measures", "pack", "years", "codes", "numbers"):
            assert getattr(after, said) == getattr(before, said), written
        assert {COLOURS[word] for word in after.raw_words if word in COLOURS} == colours, written
        assert telling <= folded_words(written), written


def test_versions_differ_from_the_title_and_from_one_another() -> None:
    """Sellers do not write alike."""
    versions = drawn(TITLES[0])

    assert len(set(versions)) > 14
    assert TITLES[0] not in versions


def test_a_colour_goes_only_where_it_is_told_elsewhere() -> None:
    """With leave, some versions say none; without it, all do (see above)."""
    versions = drawn(TITLES[0], Known("Luma", frozenset(), lambda _: 1.0, colour_may_go=True))

    assert any("black" not in version.lower() for version in versions)


def test_a_word_that_must_not_be_dropped_stays() -> None:
    """A listing without pictures keeps the words that name it."""
    known = Known(None, frozenset(), lambda word: float(word != "shampoo"), colour_may_go=False)
    calm = TitleHabits(typo=0, drop=0.9)

    versions = [retitle(TITLES[2], known, calm, random.Random(seed))[0] for seed in range(20)]

    assert all("shampoo" in version.lower() for version in versions)


def test_the_brand_comes_and_goes() -> None:
    """Left out of a title that has it, put into one that has not; names with digits stay out of it."""
    without = [version for version in drawn(TITLES[0]) if "luma" not in version.lower()]
    put_in = [version for version in drawn(TITLES[2]) if "luma" in version.lower()]

    assert without
    assert put_in
    assert all(
        "7" not in version
        for version in drawn("Red Ale", Known("7 Fjell", frozenset(), lambda _: 1.0, colour_may_go=False))
    )


@pytest.mark.parametrize("measure", ["500 ml", "0.5l", "1.5 kg", "256GB", '6.5"', "32 inch", "750ml", "2 TB"])
def test_a_measure_is_respelled_and_keeps_its_value(measure: str) -> None:
    """There is more than one way to write it, and all read the same."""
    ways = {respelled(measure, random.Random(seed)) for seed in range(30)}

    assert len(ways) > 1
    assert {read(f"x {way}").measures for way in ways} == {read(f"x {measure}").measures}


def test_every_word_of_a_seller_is_known_to_the_lexicon() -> None:
    """A translated title reads as the same colours, kinds, materials, patterns and buyers."""
    lexicons = (COLOURS, KINDS, MATERIALS, PATTERNS, AUDIENCES)
    for table, lexicon in zip(TABLES, lexicons, strict=True):
        for meaning, spellings in table.items():
            assert len(spellings) == len(NOISE), meaning
            for spelling in (word for language in spellings for word in language):
                known = {lexicon.get(word.replace("'s", "")) for word in read(spelling).raw_words}
                assert meaning in known, spelling


def test_an_entity_of_markup_is_read_as_its_character() -> None:
    """Some shops export their titles as HTML."""
    assert all("&trade" not in version.lower() for version in drawn("EverCool&trade; Tee"))
