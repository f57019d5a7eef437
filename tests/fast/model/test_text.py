"""What is read in a title."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.lexicon import AUDIENCES, COLOURS, KINDS, MATERIALS, MOTIFS, PATTERNS
from model.text import clean, fold, fold_brand, likeness, read


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    """The folded form is its own folded form."""
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    """No title breaks the reader, and accents and case make no difference to it."""
    assert read(text) == read(fold(text))


def test_marks_that_nobody_sees_are_taken_out() -> None:
    """Directions, zero-width blanks and full-width letters hide no word."""
    assert clean("\u202eRed\u200b \ufeffShirt\u2069") == "Red Shirt"
    assert fold("\uff32\uff25\uff24 Größe CAFÉ") == "red grosse cafe"


@pytest.mark.parametrize(
    ("title", "pack"),
    [
        ("T-Shirt 2er Pack", 2),
        ("Socks 3-pack", 3),
        ("pack of 6 glasses", 6),
        ("Lot de 4 chaussettes", 4),
        ("LOT DE 2, COTON", 2),
        ("Drano 864 pack de 5", 5),
        ("Confezione da 5 calze", 5),
        ("Paquete de 3 camisetas", 3),
        ("3x Basic Tee", 3),
        ("Basic Tee x 3", 3),
        ("2 x 500 ml Shampoo", 2),
        ("12 Stück Batterien", 12),
        ("Doppelpack Hemd", 2),
        ("Set of 10", 10),
        ("Bild 30x40 cm", None),
        ("4x4 truck", None),
        ("iPhone 15", None),
        ("Basic Tee", None),
    ],
)
def test_packs_are_counted_in_five_languages(title: str, pack: int | None) -> None:
    """How many pieces a title promises, and nothing where it promises none."""
    assert read(title).pack == pack


@pytest.mark.parametrize(
    ("title", "measures"),
    [
        ("500 ml", {("volume", 500.0)}),
        ("0,5 l", {("volume", 500.0)}),
        ("50cl", {("volume", 500.0)}),
        ("1.5 kg", {("mass", 1500.0)}),
        ("1,000 mAh", {("charge", 1000.0)}),
        ("256GB", {("storage", 256.0)}),
        ("1 TB", {("storage", 1000.0)}),
        ('27" Monitor', {("length", 685.8)}),
        ("30 x 40 cm", {("length", 300.0), ("length", 400.0)}),
        ("5 gb ram 60W", {("storage", 5.0), ("power", 60.0)}),
        ("W32 L34", set()),
        ("Gr. 40", set()),
    ],
)
def test_measures_are_brought_to_one_unit(title: str, measures: set[tuple[str, float]]) -> None:
    """The same amount is the same, whatever unit and decimal mark a seller uses."""
    assert read(title).measures == measures


def test_years_codes_and_numbers_are_kept_apart_from_words() -> None:
    """A model's year, code and number are read as such, with and without hyphens."""
    reading = read("Sony WH-1000XM4 Series 3 2024 Kopfhörer")
    assert (reading.years, reading.codes) == (frozenset({"2024"}), frozenset({"wh1000xm4"}))
    assert reading.numbers == {"3"}
    assert reading.words == {"sony", "serie", "kopfhorer"}
    assert read("Sony WH1000XM4").codes == {"wh1000xm4"}
    assert read("Fahrrad 2024, rot").years == {"2024"}
    assert read("2024,5 kcal").years == frozenset()


@pytest.mark.parametrize("written", ["T-Shirt", "t shirt", "Tee-Shirt", "T-shirts", "Tshirt"])
def test_a_t_shirt_is_one_word(written: str) -> None:
    """However it is parted, it is no shirt."""
    assert read(written).words == {"tshirt"}


@pytest.mark.parametrize("written", ["Sac à dos", "SAC-A-DOS", "sacs à dos", "backpacks"])
def test_a_phrase_with_a_meaning_of_its_own_is_one_word(written: str) -> None:
    """A backpack in French is no bag, with hyphens or without."""
    assert read(f"{written} Kalor").words == {"backpack", "kalor"}


def test_a_plural_is_the_same_word() -> None:
    """ "Shirts" and "shirt" are one word."""
    assert read("Shirts").words == read("shirt").words


@pytest.mark.parametrize(
    ("written", "brand"),
    [
        ("Müller GmbH & Co. KG", "muller"),
        ("LEVI'S®", "levis"),
        ("Levi\u2019s", "levis"),
        ("Co", "co"),
        ("H&M", "h m"),
        ("", ""),
    ],
)
def test_a_brand_is_written_in_one_way(written: str, brand: str) -> None:
    """Case, accents, apostrophes and legal forms do not count; a name of nothing else is kept."""
    assert fold_brand(written) == brand


@given(st.text("abc ", max_size=8), st.text("abc ", max_size=8))
def test_likeness_is_symmetric_and_bounded(first: str, second: str) -> None:
    """Which brand is named first makes no difference."""
    assert likeness(first, second) == likeness(second, first)
    assert 0 <= likeness(first, second) <= likeness(first, first) == 1


@pytest.mark.parametrize("lexicon", [COLOURS, PATTERNS, MATERIALS, AUDIENCES, KINDS, MOTIFS])
def test_a_lexicon_is_written_as_titles_are_read(lexicon: dict[str, str]) -> None:
    """Every word is in its folded form, else no title could hold it."""
    assert [word for word in lexicon if fold(word) != word or not word.isalpha()] == []
    assert len(lexicon) > 20


@pytest.mark.parametrize("word", ["schwarz", "Schwarze", "NOIR", "negro", "nera", "Black"])
def test_a_colour_is_one_in_five_languages(word: str) -> None:
    """The same colour has one name, whatever the language."""
    assert COLOURS[fold(word)] == "black"
