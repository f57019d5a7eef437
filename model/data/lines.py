"""Listings with known products as JSON lines, with their pictures beside them.

A line is a row of a data set (`model.data.rows.DataSetRow`), or a Listing as the contract has it with a
`product_id` and, if known, a `variant_group`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from model.data.labelled import DataSet, LabelledListing, PictureFile
from model.data.picture_files import PictureFolder, nowhere
from model.data.problems import Problems
from model.data.rows import DataSetRow, exact_price, validated
from model.listing import MAX_PICTURES, Listing
from model.strict_json import parse

MAX_LINE_BYTES = 4 * 1024 * 1024


class _Truth(BaseModel):
    """What a Listing's line says of its identity."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    product_id: Annotated[str, Field(min_length=1)]
    variant_group: str | None = None
    image_urls: tuple[str, ...] = ()
    ambiguous_identity: bool = False
    identity_verified: bool = True

    @property
    def ambiguous(self) -> bool:
        return self.ambiguous_identity or not self.identity_verified


def read_lines(file: Path, name: str, problems: Problems) -> DataSet:
    """The listings of a JSON-lines file; pictures are looked for in its folder.

    A broken line is a problem and left out; so is one whose listing_id came before. A listing with more
    pictures than the contract allows goes on with the first of them.

    Raises:
        DataError: strict, and something is wrong.
        OSError: the file cannot be read.
    """
    folder = PictureFolder.open(file.parent, problems)
    rows: dict[str, LabelledListing] = {}
    missing = 0
    for number, line in _numbered_lines(file):
        try:
            row, named = _read(_parsed(line), name, folder)
            if row.listing.listing_id in rows:
                raise ValueError(f"listing_id: {row.listing.listing_id!r} came before")  # noqa: TRY301 (one way out)
        except ValueError as err:
            problems.add(file, number, err)
            continue
        rows[row.listing.listing_id] = row
        missing += min(named, MAX_PICTURES) - len(row.pictures)
        if named > MAX_PICTURES:
            problems.add(file, number, f"{named} pictures; the first {MAX_PICTURES} are kept")
    return DataSet(name, tuple(rows.values()), (), tuple(problems.found), missing)


def _numbered_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank; of one that is too long its beginning, a byte over the limit."""
    with file.open("rb") as lines:
        number = 0
        while line := lines.readline(MAX_LINE_BYTES + 1):
            number += 1
            last = line
            while not last.endswith(b"\n") and (last := lines.readline(MAX_LINE_BYTES)):
                pass
            if line.strip():
                yield number, line


def _parsed(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"a line of over {MAX_LINE_BYTES} bytes")
    return parse(line)


def _read(line: dict[str, Any], store: str, folder: PictureFolder) -> tuple[LabelledListing, int]:
    """The line's listing, and how many pictures the line names."""
    if "image_urls" in line or "revision" in line:
        truth = validated(_Truth, line)
        names, fields = truth.image_urls, {"revision": 0} | line
        product, group, ambiguous = truth.product_id, truth.variant_group, truth.ambiguous
    else:
        row = validated(DataSetRow, line)
        names, fields = row.images, _fields_of(row)
        product, group, ambiguous = row.product_id, row.variant_group, row.ambiguous
    pictures = _found(names, folder)
    if fields.get("title") is None and names and not pictures:
        raise ValueError(f"title: there is none, and of {len(names)} pictures none can be had")
    listing_id = str(fields.get("listing_id"))
    urls = [nowhere(store, listing_id, place) for place in range(len(pictures))]
    listing = validated(Listing, fields | {"image_urls": urls})
    labelled = LabelledListing(listing, product, group or product, store, pictures, ambiguous=ambiguous)
    return labelled, len(names)


def _found(names: tuple[str, ...], folder: PictureFolder) -> tuple[PictureFile, ...]:
    wanted = (folder.find(name) for name in names[:MAX_PICTURES])
    return tuple(picture for picture in wanted if picture is not None)


def _fields_of(row: DataSetRow) -> dict[str, Any]:
    return {
        "listing_id": row.listing_id,
        "seller_id": row.seller_id,
        "revision": 0,
        "title": row.title,
        "brand": row.brand,
        "category": row.category,
        "colour": row.colour,
        "gtin": row.gtin,
        **exact_price(row.price, row.currency),
    }
