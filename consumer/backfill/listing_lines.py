"""The lines of a file in the Listing contract, from a byte on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from consumer.replay.rows import read_listing
from model.strict_json import canonical, parse


@dataclass(frozen=True, slots=True)
class BadLine:
    """What of a line was refused; `at` is the byte that the line begins at."""

    file: Path
    at: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: byte {self.at}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        end: the byte behind it.
        key: the listing's id.
        listing: as it is published; None of a line that is empty or bad.
        bad: why it was refused.
        left_out: pictures that it names and that cannot be given.
    """

    end: int
    key: bytes = b""
    listing: bytes | None = None
    bad: tuple[BadLine, ...] = ()
    left_out: tuple[BadLine, ...] = ()


def lines(path: Path, start: int, url_of: Callable[[str], str]) -> Iterator[Line]:
    """Each line from byte `start` on, which is the beginning of one."""
    with path.open("rb") as file:
        file.seek(start)
        at = start
        for text in file:
            end = at + len(text)
            yield _line(path, at, end, text, url_of) if text.strip() else Line(end)
            at = end


def _line(path: Path, at: int, end: int, text: bytes, url_of: Callable[[str], str]) -> Line:
    try:
        read = read_listing(parse(text), url_of)
    except ValueError as err:
        return Line(end, bad=(BadLine(path, at, str(err)),))
    value = canonical(read.listing.model_dump(mode="json", exclude_none=True))
    left_out = tuple(BadLine(path, at, why) for why in read.left_out)
    return Line(end, read.listing.listing_id.encode(), value, left_out=left_out)
