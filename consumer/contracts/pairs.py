"""A pair's name: both sides give it alike."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

from model.strict_json import canonical


class Pair(NamedTuple):
    """Two listing ids in sorted order."""

    a: str
    b: str

    @classmethod
    def of(cls, one: str, other: str) -> Pair:
        """The pair of two different listings.

        Raises:
            ValueError: a listing is no pair with itself.
        """
        if one == other:
            raise ValueError("a pair has two different listings")
        return cls(*sorted((one, other)))

    @property
    def pair_id(self) -> str:
        """32 hex digits: BLAKE2b-128 of the two ids."""
        return _pair_id(self.a, self.b)


@lru_cache(maxsize=65_536)  # a batch asks several times for each of its pairs
def _pair_id(a: str, b: str) -> str:
    return digest((a, b))


def digest(value: object) -> str:
    """32 hex digits of BLAKE2b-128 over the canonical JSON of `value`."""
    return hashlib.blake2b(canonical(value), digest_size=16).hexdigest()
