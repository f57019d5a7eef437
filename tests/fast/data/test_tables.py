"""Shopee's postings and shops' catalogues, as CSV."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from model.data import DataError, read_data
from tests.fast.data.sets import images

SHOPEE = "posting_id,image,image_phash,title,label_group\n"
CATALOGUE = "name,sku,selling_price,currency,color,category,brand\n"


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_posting_has_its_pictures_hash_where_the_picture_is_not(tmp_path: Path) -> None:
    """Label groups are products; the picture is counted as missing."""
    data = read_data(written(tmp_path, "train.csv", SHOPEE + "t_1,a.jpg,94974f937d4c2433,Bag,249\n"))

    (row,) = data.listings
    assert (row.listing.title, row.product_id, row.perceptual_hashes) == ("Bag", "249", (0x94974F937D4C2433,))
    assert (row.pictures, data.missing_pictures) == ((), 1)


def test_a_postings_picture_is_used_where_it_is_there(tmp_path: Path) -> None:
    """Beside the table, in images.tar."""
    images(written(tmp_path, "train.csv", SHOPEE + "t_1,a.jpg,94974f937d4c2433,Bag,249\n"), a__jpg=b"x")

    data = read_data(tmp_path)

    assert (data.listings[0].pictures[0].read(), data.missing_pictures) == (b"x", 0)


def test_bytes_written_out_in_a_title_are_read_as_what_they_were(tmp_path: Path) -> None:
    """Some of Shopee's titles hold the escapes of their UTF-8."""
    data = read_data(written(tmp_path, "train.csv", SHOPEE + "t_1,,,\\xe2\\x9d\\xa4 RATU,1\n"))

    assert data.listings[0].listing.title == "❤ RATU"


def test_broken_rows_are_named_by_their_line(tmp_path: Path) -> None:
    """Too few columns, bytes that are no text, a second row of one id; a bad hash costs only itself."""
    rows = b't_1,a.jpg\nt_2,,zz,Bag,1\nt_3,,,B\xffg,1\nt_2,,,Bag,1\n,,,Bag,1\nt_4,,,"two\nlines",1\n'
    (tmp_path / "train.csv").write_bytes(SHOPEE.encode() + rows)

    data = read_data(tmp_path / "train.csv")

    assert [row.listing.title for row in data.listings] == ["Bag", "two lines"]
    assert [problem.line for problem in data.problems] == [2, 3, 4, 5, 6]


def test_rows_of_a_catalogue_with_one_name_are_variants(tmp_path: Path) -> None:
    """Each row is a product of its own; brand and name make the group."""
    rows = "Beach Shorts,FJ1,40,USD,Black,Clothing,adidas\nBeach  shorts,FJ2,$41.50,USD,Red,Clothing,adidas\n"

    data = read_data(written(tmp_path, "products.csv", CATALOGUE + rows))

    first, second = data.listings
    assert first.variant_group == second.variant_group
    assert (first.product_id, second.product_id) == ("FJ1", "FJ2")
    assert (second.listing.price, second.listing.colour) == (Decimal("41.50"), "Red")


def test_a_price_that_is_no_amount_is_named(tmp_path: Path) -> None:
    """The row is left out; the next goes on."""
    rows = f"Shorts,1,free,USD,,,\nShorts,2,,USD,,,\nShorts,3,{'9' * 30},USD,,,\n"

    data = read_data(written(tmp_path, "products.csv", CATALOGUE + rows))

    assert [row.product_id for row in data.listings] == ["2"]
    assert [problem.line for problem in data.problems] == [2, 4]
    assert "free" in data.problems[0].reason


def test_a_table_of_another_kind_is_refused(tmp_path: Path) -> None:
    """The header decides; the message says what it lacks."""
    with pytest.raises(DataError, match="header"):
        read_data(written(tmp_path, "products.csv", "x,y\n1,2\n"))
