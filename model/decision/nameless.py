"""Pairs whose words name nothing in particular, so that pictures alone can tell them apart.

"Acme Jeans" twice is a brand and a kind. How often pictures are right about such pairs depends on the shop
(its mannequins, how many of its goods are called alike) far more than where a title names a model.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model.decision.features import LEVELS, NUMERIC, PairFeatures

_PARTICULAR = 0.5  # rarity of a word that one in thirty listings has
_WORD = NUMERIC.index("rarest_shared_word")
_NAMING: Mapping[str, frozenset[str]] = {
    "codes": frozenset({"agree", "part"}),
    "motif": frozenset({"agree"}),
    "picture": frozenset({"shared"}),
    "in_store_number": frozenset({"agree"}),
}
_PLACES = list(LEVELS)
_NAMED = [
    (_PLACES.index(name), [at for at, level in enumerate(LEVELS[name]) if level in naming])
    for name, naming in _NAMING.items()
]


def nameless(features: PairFeatures) -> NDArray[np.bool_]:
    """bool[n]: the pairs whose two sides share no rare word, model code, motif, shop's number or picture."""
    named = np.nan_to_num(features.numbers[:, _WORD]) >= _PARTICULAR
    for place, levels in _NAMED:
        for level in levels:
            named |= features.levels[:, place] == level
    return ~named
