"""Labelled data in any of the formats that we know, told apart by what is there."""

from __future__ import annotations

from pathlib import Path

from model.data.labelled import DataSet
from model.data.lines import read_lines
from model.data.pairs import PAIR_FILE, pair_files, read_pair_files
from model.data.problems import DataError, Problems
from model.data.tables import read_table

_IN_A_FOLDER = ("listings.jsonl", "train.csv", "products.csv")
_KNOWN = (
    "listings.jsonl (rows of a data set, or Listings with a product_id; pictures in images.tar or images/), "
    "train.csv (Shopee), products.csv (a catalogue), train.txt, valid.txt or test.txt (Ditto's pairs)"
)


def read_data(path: Path, *, strict: bool = False) -> DataSet:
    """Read a source of labelled listings or pairs; no picture is read yet.

    Args:
        path: a folder with one of the known files, or such a file: `*.jsonl`, `*.csv`, or Ditto's
            `train.txt`, `valid.txt.small` and so on.
        strict: whether a broken line ends the reading. Otherwise it is named in `DataSet.problems`.

    Raises:
        DataError: there is nothing there, or nothing that we know; or strict, and a line is broken.
    """
    problems = Problems(strict)
    try:
        return _read(path, problems)
    except OSError as err:
        raise DataError(f"{path}: {err.strerror or err}") from err


def _read(path: Path, problems: Problems) -> DataSet:
    if path.is_dir():
        for known in _IN_A_FOLDER:
            if (path / known).is_file():
                return _read_file(path / known, path.resolve().name, problems)
        if pair_files(path):
            return read_pair_files(path, problems)
        raise DataError(f"{path}: a folder with none of {_KNOWN}")
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    return _read_file(path, None, problems)


def _read_file(path: Path, name: str | None, problems: Problems) -> DataSet:
    """Read one file; `name` is its folder's, taken also for a file that a folder is known by."""
    if name is None:
        name = path.resolve().parent.name if path.name in _IN_A_FOLDER else path.stem
    if path.suffix in {".jsonl", ".ndjson"}:
        return read_lines(path, name, problems)
    if path.suffix == ".csv":
        return read_table(path, name, problems)
    if PAIR_FILE.fullmatch(path.name) or path.suffix == ".txt":
        return read_pair_files(path, problems)
    raise DataError(f"{path}: none of {_KNOWN}")
