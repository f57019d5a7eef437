"""How much a word of a title says: one that few listings share names a model, a common one a kind."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

_FLOOR = 0.001  # rarer words are not told apart: what is new to the table is as rare as that
_DECIMALS = 5


@dataclass(frozen=True)
class Rarity:
    """Inverse document frequency of title words, after K. Spärck Jones (1972), frozen into the artifact.

    Attributes:
        shares: of the words that more than 0.1 % of the listings had, the share that had them.
    """

    shares: Mapping[str, float]

    def __post_init__(self) -> None:
        for word, share in self.shares.items():
            if not 0.0 < share <= 1.0:
                raise ValueError(f"share of {word[:40]!r}: {share} is not above 0 and at most 1")
        object.__setattr__(self, "shares", MappingProxyType(dict(sorted(self.shares.items()))))

    def __call__(self, word: str) -> float:
        """0 for a word that every listing has, 1 for one that at most 0.1 % have."""
        share = self.shares.get(word, _FLOOR)
        return 1.0 if share <= _FLOOR else math.log(share) / math.log(_FLOOR)

    @classmethod
    def of(cls, titles: Iterable[frozenset[str]]) -> Self:
        """Counted over the words of each listing."""
        counts: Counter[str] = Counter()
        listings = 0
        for words in titles:
            counts.update(words)
            listings += 1
        common = {word: round(count / listings, _DECIMALS) for word, count in counts.items()}
        return cls({word: share for word, share in common.items() if share > _FLOOR})
