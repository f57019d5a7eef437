"""Published pairs, brought to listings."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from model.data import DataError, read_data, read_pairs
from model.listing import Listing

A = "COL title VAL hp 11x toner COL brand VAL hp COL modelno VAL q6511-x COL price VAL 28.92 "
B = "COL title VAL hp toner q6511x COL brand VAL  COL modelno VAL q6511-x COL price VAL  "


def written(folder: Path, *lines: str, name: str = "train.txt") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def record(tmp_path: Path, text: str) -> Listing:
    (pair,) = read_pairs(written(tmp_path, f"{text}\t{B}\t0"))
    return pair.a.listing


def test_a_line_is_two_listings_and_whether_they_are_the_same(tmp_path: Path) -> None:
    """A model number that the title lacks goes to it; an empty column is unknown."""
    (pair,) = read_pairs(written(tmp_path, f"{A}\t{B}\t1"))

    assert pair.same
    assert (pair.a.listing.title, pair.a.listing.brand) == ("hp 11x toner q6511-x", "hp")
    assert (pair.a.listing.price, pair.a.listing.currency) == (Decimal("28.92"), "USD")
    assert (pair.b.listing.title, pair.b.listing.brand, pair.b.listing.price) == (
        "hp toner q6511x",
        None,
        None,
    )


def test_a_records_ids_come_from_its_content_and_side_alone(tmp_path: Path) -> None:
    """The same record in two pairs is the same listing, and never one seller's with its partner."""
    first, second = read_pairs(written(tmp_path, f"{A}\t{B}\t1", f"{A}\t{A}\t0"))

    assert first.a == second.a
    assert second.a.listing.listing_id != second.b.listing.listing_id
    assert second.a.listing.seller_id != second.b.listing.seller_id


def test_what_identifies_and_has_no_field_goes_to_the_title(tmp_path: Path) -> None:
    """A beer's strength, a song's album and length; the maker is the brand."""
    beer = record(tmp_path, "COL Beer_Name VAL Red Ale COL Brew_Factory_Name VAL 7 Fjell COL ABV VAL 6.80 % ")
    song = record(
        tmp_path,
        "COL Song_Name VAL Silver COL Artist_Name VAL LBT COL Album_Name VAL Gold COL Price VAL $ 1.29 ",
    )

    assert (beer.title, beer.brand) == ("Red Ale 6.8 %", "7 Fjell")
    assert (song.title, song.brand, song.price) == ("Silver Gold", "LBT", Decimal("1.29"))


@pytest.mark.parametrize(
    ("written_as", "amount"),
    [("1,299.00", "1299.00"), ("12,5", "12.5"), ("$ 0.99", "0.99"), ("0.0", None), ("none", None)],
)
def test_prices_are_read_as_they_are_written(tmp_path: Path, written_as: str, amount: str | None) -> None:
    """Thousands, decimal commas, a dollar; nothing asked is no price."""
    listing = record(tmp_path, f"COL name VAL x COL price VAL {written_as} ")

    assert listing.price == (None if amount is None else Decimal(amount))


def test_quotes_and_language_tags_of_web_titles_are_no_words(tmp_path: Path) -> None:
    """An inch stays an inch."""
    listing = record(tmp_path, 'COL title VAL  "Nike SG-Pro &#40;Men&#41; 7" long"@en-US " Boots "@NL')

    assert listing.title == 'Nike SG-Pro (Men) 7" long Boots'


def test_files_of_one_part_count_a_pair_once(tmp_path: Path) -> None:
    """Within a file every line counts, as published figures do; across parts too."""
    pair = f"{A}\t{B}\t1"
    folder = written(tmp_path / "shoes", pair, pair, name="train.txt.small")
    written(folder, pair, f"{B}\t{B}\t0", name="train.txt.medium")
    written(folder, pair, name="valid.txt.small")

    assert len(read_data(folder / "train.txt.small").pairs) == 2
    assert sorted(pair.same for pair in read_data(folder).pairs) == [False, True, True]


def test_a_data_set_of_pairs_is_named_by_folder_and_part(tmp_path: Path) -> None:
    """So that a table can tell the training part from the validation part."""
    folder = written(tmp_path / "shoes", f"{A}\t{B}\t1", name="train.txt.small")

    assert read_data(folder).name == "shoes"
    assert read_data(folder / "train.txt.small").name == "shoes/train.small"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"{A}\t1", "2 parts"),
        (f"{A}\t{B}\tyes", "label"),
        (f"words {A}\t{B}\t1", "COL name VAL"),
        (f"COL price VAL 3\t{B}\t1", "title"),
    ],
)
def test_a_broken_pair_is_named_and_left_out(tmp_path: Path, line: str, reason: str) -> None:
    """The reason says what was wanted; strictly, it ends the reading."""
    folder = written(tmp_path, f"{A}\t{B}\t1", line)

    data = read_data(folder)

    assert len(data.pairs) == 1
    assert data.problems[0].line == 2
    assert reason in data.problems[0].reason
    with pytest.raises(DataError, match=r"train\.txt:2"):
        read_pairs(folder, strict=True)
