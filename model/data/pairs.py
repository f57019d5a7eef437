"""Published pairs of an entity-matching benchmark, in the form that Ditto uses.

A line is `COL name VAL value COL … <tab> COL … <tab> label` (Li et al., "Deep Entity Matching with
Pre-Trained Language Models", VLDB 2021). The sets differ in their columns; each is brought to a Listing's
fields, and a column that has no field there goes to the title where it identifies, else to the description.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from model.data.labelled import DataSet, LabelledListing, LabelledPair
from model.data.problems import Problems
from model.data.rows import exact_price, validated
from model.listing import MAX_PRICE, MAX_TITLE_BYTES, Listing

PAIR_FILE = re.compile(r"(?P<part>train|valid|test)\.txt(?P<size>\.(?:small|medium|large|xlarge))?")
_COLUMN = re.compile(r"COL (\S+) VAL ?")
_MAX_LINE = 1 << 20
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?")
_LANGUAGE_TAG = re.compile(r"\"@[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?(?![A-Za-z])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TRAILING_ZEROS = re.compile(r"(?<=\d)\.0+(?!\d)|(?<=\.\d)0+(?!\d)")

_FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("title", "name", "beer_name", "song_name"), "title"),
    **dict.fromkeys(("brand", "manufacturer", "brew_factory_name", "artist_name"), "brand"),
    **dict.fromkeys(("category", "style", "genre"), "category"),
    "price": "price",
    **dict.fromkeys(("description", "copyright", "released"), "description"),
}
"""Columns that a field has; every other one identifies (model number, album, strength, length of a song)."""


def read_pairs(path: Path, *, strict: bool = False) -> tuple[LabelledPair, ...]:
    """The pairs of a file, or of all files of a folder; see `read_pair_files`."""
    return read_pair_files(path, Problems(strict)).pairs


def pair_files(folder: Path) -> list[Path]:
    """A folder's files of pairs: train, valid and test, of any size."""
    return sorted(file for file in folder.iterdir() if PAIR_FILE.fullmatch(file.name) and file.is_file())


def read_pair_files(path: Path, problems: Problems) -> DataSet:
    """The pairs of a file as they stand, or of all files of a folder.

    Files of one part (train.txt.small, train.txt.medium) may overlap: what an earlier one held is not taken
    again. Within a file every line counts, since published figures count it.

    Raises:
        DataError: strict, and a line is broken.
        OSError: a file cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    pairs: list[LabelledPair] = []
    seen: dict[str, set[tuple[str, str]]] = {}
    for file in pair_files(path) if path.is_dir() else [path]:
        before = seen.setdefault(file.name.partition(".")[0], set())
        new = [pair for pair in _pairs(file, folder.name, problems) if _ids(pair) not in before]
        before.update(map(_ids, new))
        pairs += new
    return DataSet(_name(path), (), tuple(pairs), tuple(problems.found))


def _ids(pair: LabelledPair) -> tuple[str, str]:
    return pair.a.product_id, pair.b.product_id


def _pairs(file: Path, store: str, problems: Problems) -> Iterator[LabelledPair]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                pair = _pair(line, store)
            except ValueError as err:
                problems.add(file, number, err)
            else:
                yield pair


def _name(path: Path) -> str:
    """The folder's, and of a single file also its part: "Beer", "Beer/valid", "shoes/train.medium"."""
    if path.is_dir():
        return path.name
    hit = PAIR_FILE.fullmatch(path.name)
    part = path.stem if hit is None else f"{hit['part']}{hit['size'] or ''}"
    return f"{path.parent.name}/{part}"


def _pair(line: bytes, store: str) -> LabelledPair:
    if len(line) > _MAX_LINE:
        raise ValueError(f"{len(line)} bytes; at most {_MAX_LINE} are read")
    try:
        parts = line.decode("utf-8").strip("\r\n").split("\t")
    except UnicodeDecodeError as err:
        raise ValueError(f"not UTF-8 at byte {err.start}") from None
    if len(parts) != 3:
        raise ValueError(f"{len(parts)} parts between tabs; record, record and label are wanted")
    if parts[2].strip() not in {"0", "1"}:
        raise ValueError(f"label {parts[2].strip()[:20]!r}: 0 or 1 is wanted")
    return LabelledPair(_record(parts[0], store, "a"), _record(parts[1], store, "b"), parts[2].strip() == "1")


def _record(record: str, store: str, side: str) -> LabelledListing:
    """A record as a listing of the benchmark's one or other table; its ids are a hash of its content."""
    pieces = _COLUMN.split(record)
    if pieces[0].strip() or len(pieces) < 3:
        raise ValueError("a record is `COL name VAL value` and no more")
    said: dict[str, str] = {}
    identifying: list[str] = []
    for column, value in zip(pieces[1::2], pieces[2::2], strict=True):
        text = _plain(value)
        field = _FIELDS.get(column.lower())
        if field is None:
            identifying.append(text)
        elif field == "description":
            said[field] = f"{said.get(field, '')} {text}".strip()
        else:
            said.setdefault(field, text)
    amount = _amount(said.get("price", ""))
    digest = hashlib.blake2b(f"{store}\0{side}\0{record.strip()}".encode(), digest_size=12).hexdigest()
    fields = {
        "listing_id": digest,
        "seller_id": f"{store}-{side}",
        "revision": 0,
        "title": _title(said.get("title", ""), identifying) or said.get("brand"),
        "brand": _clipped(said.get("brand", ""), 256),
        "category": _clipped(said.get("category", ""), 256),
        "description": _clipped(said.get("description", ""), 65_536),
        **exact_price(amount, None if amount is None else "USD"),
    }
    return LabelledListing(validated(Listing, fields), digest, digest, store)


def _plain(value: str) -> str:
    """Without markup: entities, language tags, quotes (an inch's stays), control characters."""
    text = _LANGUAGE_TAG.sub(" ", html.unescape(value))
    text = re.sub(r"(?<!\d)\"", " ", text)
    return " ".join(_CONTROL.sub(" ", text).split())


def _title(title: str, identifying: list[str]) -> str | None:
    """The title and what else identifies, unless it is said there already, hyphens or not."""
    said = re.sub(r"[\s\-/.]", "", title).casefold()
    for text in identifying:
        if re.sub(r"[\s\-/.]", "", text).casefold() not in said:
            title = f"{title} {_TRAILING_ZEROS.sub('', text)}"
    return _clipped(title.strip(), MAX_TITLE_BYTES)


def _clipped(text: str, limit: int) -> str | None:
    """At most `limit` bytes of UTF-8, cut between characters; None if nothing is left."""
    return text.encode()[:limit].decode(errors="ignore").strip() or None


def _amount(price: str) -> Decimal | None:
    """The amount in "12.5", "$ 12.5", "1,299.00" or "12,5"; None where there is none, or nothing is asked."""
    hit = _AMOUNT.search(price)
    if hit is None:
        return None
    digits = hit[0]
    thousands = "," in digits and re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits)
    amount = Decimal(digits.replace(",", "" if thousands else "."))
    return amount if 0 < amount <= MAX_PRICE else None
