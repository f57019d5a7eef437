"""Learns from labelled pairs what a word tells that only one of two titles has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.decision.distinct import Distinct, Pair
from model.decision.profile import profile_of
from model.decision.rarity import Rarity
from model.decision.telling import LEAST, MOST, Telling
from model.decision.title_words import TitleWords
from model.money import Rates

_PRIOR_PAIRS = 10.0  # of the usual share of true pairs, counted on top of those seen
_HEARD = 0.2  # what tells less is not kept: two false pairs and no true one tell 0.18
_DECIMALS = 3


class WordsAlone:
    """Which words stand on one side alone in n labelled pairs, to learn from all of them or from some."""

    def __init__(self, pairs: Sequence[Pair], rates: Rates, rarity: Rarity) -> None:
        distinct = Distinct(pairs)
        said = [profile_of(listing, rates, frozenset()).said for listing in distinct.listings]
        titles = TitleWords(said, rarity, Telling())
        self._words = titles.vocabulary.words
        self._rows, self._ids = titles.alone(distinct)

    def telling(self, labels: NDArray[np.bool_], counts: NDArray[np.float64]) -> Telling:
        """What each word tells: how much rarer true pairs are with it alone than with any word alone.

        That is the logarithm of the two shares' ratio; the first is drawn to the second by a few pairs, so
        that a word seen once tells next to nothing.

        Args:
            labels: bool[n], whether both are one product.
            counts: float64[n], how often a pair counts; 0 leaves it out.
        """
        here = np.zeros(len(labels), np.bool_)
        here[self._rows] = True
        whole, true = float(counts.sum()), float(counts @ labels)
        if true <= 0:
            return Telling()
        # One pair of the usual kind on top, for where no true pair has a word alone.
        usual = (float(counts[here] @ labels[here]) + true / whole) / (float(counts[here].sum()) + 1.0)
        often = np.bincount(self._ids, counts[self._rows], len(self._words))
        hits = np.bincount(self._ids, (counts * labels)[self._rows], len(self._words))
        share = (hits + _PRIOR_PAIRS * usual) / (often + _PRIOR_PAIRS)
        told = np.round(np.clip(-np.log(share / usual), LEAST, MOST), _DECIMALS)
        return Telling(
            {
                self._words[place]: float(told[place])
                for place in np.flatnonzero(np.abs(told) >= _HEARD).tolist()
            }
        )
