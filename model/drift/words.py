"""Which of a title's words the reference's sellers use: a new language is new words, whatever its script."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

BITS = 1 << 18
_WORD = re.compile(r"[^\W\d_]{2,}")
_SELLERS = 2  # that must use a word: one seller's own brands and numbers tell nothing of others


def words_of(title: str) -> list[str]:
    """Its words of two letters and more, in lower case."""
    return _WORD.findall(title.casefold())


class Vocabulary:
    """A set of words, one bit each of 32 KB; of 20,000, one strange word in fourteen passes for known."""

    def __init__(self, packed: NDArray[np.uint8]) -> None:
        """Take the bits.

        Args:
            packed: uint8[32768].

        Raises:
            ValueError: of another length.
        """
        if packed.shape != (BITS // 8,):
            raise ValueError(f"the words' bits are of shape {packed.shape}")
        self.packed = packed
        self._known = packed.tobytes()

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        """Of these words."""
        bits = np.zeros(BITS, np.uint8)
        bits[[_place(word) for word in words]] = 1
        return cls(np.packbits(bits, bitorder="little"))

    def strange(self, title: str | None) -> float:
        """The share of a title's words that are not in here; NaN for a title without words."""
        words = words_of(title) if title else []
        if not words:
            return math.nan
        known = self._known
        places = [zlib.crc32(word.encode()) % BITS for word in words]
        return 1 - sum(known[place >> 3] >> (place & 7) & 1 for place in places) / len(words)


def learn(titles: Sequence[str | None], sellers: Sequence[str]) -> tuple[Vocabulary, list[float]]:
    """The words that two sellers or more use, and how strange each title is to what the *others* use.

    Args:
        titles: n of them.
        sellers: n, whose they are.

    Returns:
        The vocabulary, and n shares of strange words, NaN without words: what a new seller of the same kind
        would be given.
    """
    users: dict[str, set[str]] = {}
    split = [words_of(title) if title else [] for title in titles]
    for words, seller in zip(split, sellers, strict=True):
        for word in words:
            users.setdefault(word, set()).add(seller)
    known = Vocabulary.of(word for word, by in users.items() if len(by) >= _SELLERS)
    shares = [
        sum(len(users[word] - {seller}) < _SELLERS for word in words) / len(words) if words else math.nan
        for words, seller in zip(split, sellers, strict=True)
    ]
    return known, shares


def _place(word: str) -> int:
    return zlib.crc32(word.encode()) % BITS
