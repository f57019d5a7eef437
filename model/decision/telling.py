"""How much a word that only one of two titles has speaks against one product, as labelled pairs taught it.

Sellers drop "headphones" and add "record" at will, but an "Excel" is no "Word": rarity cannot know that,
pairs can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LEAST, MOST = -3.0, 5.0
"""Bounds of what a word tells; `LEAST` is also what there is to say where no word stands alone."""


@dataclass(frozen=True)
class Telling:
    """Words by the logarithm of how much rarer true pairs are where the word stands on one side alone.

    Attributes:
        words: stemmed; above 0 speaks against one product, below 0 for mere wording. All others say 0.
    """

    words: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for word, told in self.words.items():
            if not LEAST <= told <= MOST:
                raise ValueError(f"what {word[:40]!r} tells: {told} is not between {LEAST:g} and {MOST:g}")
        object.__setattr__(self, "words", MappingProxyType(dict(sorted(self.words.items()))))

    def __call__(self, word: str) -> float:
        """What the word tells; 0 if it was not learnt."""
        return self.words.get(word, 0.0)
