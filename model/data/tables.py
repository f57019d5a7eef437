"""Listings in CSV files: Shopee's postings, and shops' product catalogues."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from model.data.labelled import DataSet, LabelledListing, PictureFile
from model.data.picture_files import PictureFolder, nowhere
from model.data.problems import DataError, Problems
from model.data.rows import exact_price, validated
from model.listing import MAX_PRICE, Listing
from model.text import fold

SHOPEE_COLUMNS = ("posting_id", "image", "image_phash", "title", "label_group")
_PHASH = re.compile(r"[0-9a-fA-F]{16}")
_ESCAPED_BYTES = re.compile(r"(?:\\x[0-9a-f]{2})+")
_AMOUNT = re.compile(r"\d+(?:\.\d+)?")
_UNDECODED = re.compile("[\udc80-\udcff]")

# What catalogues call a column, folded; the first that is there counts.
_CALLED: Mapping[str, tuple[str, ...]] = {
    "id": ("product_id", "sku", "id"),
    "title": ("name", "product_name", "title"),
    "brand": ("brand", "product_brand", "manufacturer"),
    "category": ("category", "breadcrumbs"),
    "colour": ("colour", "color", "primary_color"),
    "price": ("price", "selling_price"),
    "currency": ("currency",),
}
_RUPEES = {"product_name", "product_brand", "primary_color"}  # Myntra's catalogue, which names no currency

Row = dict[str, str]
Reader = Callable[[Row, int], tuple[LabelledListing, int]]


def read_table(file: Path, name: str, problems: Problems) -> DataSet:
    """The listings of a CSV file, in whichever of the two layouts its header has.

    Raises:
        DataError: neither layout; or strict, and something is wrong.
        OSError: the file cannot be read.
    """
    header = _header(file)
    if set(SHOPEE_COLUMNS) <= set(header):
        return _read(file, name, problems, _shopee(file, name, problems))
    columns = {fold(column): column for column in header}
    called = {
        field: next((columns[name] for name in names if name in columns), None)
        for field, names in _CALLED.items()
    }
    if called["id"] is None or called["title"] is None:
        raise DataError(
            f"{file}: the header has neither Shopee's columns ({', '.join(SHOPEE_COLUMNS)}) "
            "nor a product's id and name"
        )
    return _read(file, name, problems, _catalogue(name, called, in_rupees=set(columns) >= _RUPEES))


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        try:
            return [column.strip() for column in next(csv.reader(lines), [])]
        except csv.Error as err:
            raise DataError(f"{file}:1: not CSV: {err}") from None


def _rows(file: Path, problems: Problems) -> Iterator[tuple[int, Row]]:
    """Each row that has all columns, with its line's number."""
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        reader = csv.reader(lines)
        header = [column.strip() for column in next(reader, [])]
        while True:
            try:
                values = next(reader, None)
            except csv.Error as err:
                problems.add(file, reader.line_num, f"not CSV: {err}")
                continue
            if values is None:
                return
            if not values:
                continue
            if len(values) != len(header):
                problems.add(file, reader.line_num, f"{len(values)} columns; the header has {len(header)}")
            elif any(_UNDECODED.search(value) for value in values):
                problems.add(file, reader.line_num, "not UTF-8")
            else:
                yield reader.line_num, dict(zip(header, values, strict=True))


def _read(file: Path, name: str, problems: Problems, read: Reader) -> DataSet:
    rows: dict[str, LabelledListing] = {}
    missing = 0
    for number, values in _rows(file, problems):
        try:
            row, without = read(values, number)
            if row.listing.listing_id in rows:
                raise ValueError(f"listing_id: {row.listing.listing_id!r} came before")  # noqa: TRY301 (one way out)
        except ValueError as err:
            if isinstance(err, DataError):
                raise
            problems.add(file, number, err)
            continue
        rows[row.listing.listing_id] = row
        missing += without
    return DataSet(name, tuple(rows.values()), (), tuple(problems.found), missing)


def _shopee(file: Path, store: str, problems: Problems) -> Reader:
    """Postings of unknown sellers: each counts as a seller of its own."""
    folder = PictureFolder.open(file.parent, problems)

    def read(row: Row, number: int) -> tuple[LabelledListing, int]:
        posting, group = row["posting_id"], row["label_group"]
        if not posting or not group:
            raise ValueError("posting_id and label_group: both are needed")
        picture = folder.find(row["image"]) if row["image"] else None
        pictures: tuple[PictureFile, ...] = () if picture is None else (picture,)
        hashes: tuple[int, ...] = ()
        if _PHASH.fullmatch(row["image_phash"]):
            hashes = (int(row["image_phash"], 16),)
        elif row["image_phash"]:
            problems.add(file, number, "image_phash: 16 hex digits are wanted; goes on without")
        fields = {
            "listing_id": posting,
            "seller_id": f"{store}-{posting}",
            "revision": 0,
            "title": _unescaped(row["title"]),
            "image_urls": [nowhere(store, posting, 0)] * len(pictures),
        }
        listing = validated(Listing, fields)
        return LabelledListing(listing, group, group, store, pictures, hashes), int(picture is None)

    return read


def _unescaped(title: str) -> str:
    r"""Some titles hold their UTF-8 bytes written out, such as \xe2\x9d\xa4; read as what they were."""

    def characters(hit: re.Match[str]) -> str:
        return bytes.fromhex(hit[0].replace("\\x", "")).decode("utf-8", errors="replace")

    return _ESCAPED_BYTES.sub(characters, title) if "\\x" in title else title


def _catalogue(store: str, called: Mapping[str, str | None], *, in_rupees: bool) -> Reader:
    """Each row its own product; rows of one brand and name are variants of one another."""

    def read(row: Row, _: int) -> tuple[LabelledListing, int]:
        said = {field: row[column].strip() or None for field, column in called.items() if column}
        product, title = said.get("id"), said.get("title")
        if product is None or title is None:
            raise ValueError("a product's id and name: both are needed")
        currency = said.get("currency") or ("INR" if in_rupees else None)
        amount = _amount(said.get("price"))
        fields: dict[str, Any] = {
            "listing_id": f"{store}-{product}",
            "seller_id": store,
            "revision": 0,
            "title": title,
            "brand": said.get("brand"),
            "category": said.get("category"),
            "colour": said.get("colour"),
            **exact_price(amount, currency),
        }
        named = f"{fold(said.get('brand') or '')}\0{fold(title)}"
        group = hashlib.blake2b(named.encode(), digest_size=12).hexdigest()
        return LabelledListing(validated(Listing, fields), product, group, store), 0

    return read


def _amount(price: str | None) -> Decimal | None:
    if price is None:
        return None
    digits = price.lstrip("$€£₹ ")
    if not _AMOUNT.fullmatch(digits) or Decimal(digits) > MAX_PRICE:
        raise ValueError(f"price: {price[:40]!r} is no amount")
    return Decimal(digits)
