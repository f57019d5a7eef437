"""How far two titles have their words in common, each word weighed by how rare it is.

All sums are of whole numbers, so that no order of words and no company of other pairs changes a bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.decision.distinct import Bags, Distinct, chunks
from model.decision.profile import Said
from model.decision.rarity import Rarity
from model.decision.telling import LEAST, Telling
from model.text import likeness

NAMES = (
    "title_overlap",
    "title_within",
    "rarest_shared_word",
    "rarest_word_apart",
    "words_apart",
    "told_word_apart",
    "told_word_alone",
)

Ints = NDArray[np.int64]
_UNIT = 1_000_000  # weights are millionths
_TOLD = 1_000  # and what words tell are thousandths
_PAIRS_AT_ONCE = 8192
_SPELLING = 0.8
_SLIPS = 2  # letters that a misspelling drops or doubles: "quolin" is no "thiquolin"


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """All words of a call, from the commonest to the rarest, equals by alphabet.

    Attributes:
        weights: int64[w], rarity in millionths; rises.
        told: int64[w], what a word tells that stands alone, in thousandths.
        lengths: int64[w].
        letters: uint64[w], which letters a word has, for a quick look.
    """

    words: list[str]
    weights: Ints
    told: Ints
    lengths: Ints
    letters: NDArray[np.uint64]

    def alike(self, left: Ints, right: Ints) -> NDArray[np.bool_]:
        """bool[n]: whether one word is the other, misspelt."""
        least = 0.5 * _SPELLING * (self.lengths[left] + self.lengths[right])  # letters that must be common
        out = np.zeros(len(left), dtype=np.bool_)
        a, b = self.letters[left], self.letters[right]
        maybe = np.flatnonzero(
            (np.abs(self.lengths[left] - self.lengths[right]) <= _SLIPS)
            & (self.lengths[left] - np.bitwise_count(a & ~b) >= least)
            & (self.lengths[right] - np.bitwise_count(b & ~a) >= least)
        )
        for at in maybe.tolist():
            out[at] = likeness(self.words[left[at]], self.words[right[at]]) >= _SPELLING
        return out


def _vocabulary(said: Sequence[Said], rarity: Rarity, telling: Telling) -> tuple[_Vocabulary, dict[str, int]]:
    distinct = {word for each in said for words in (each.words, each.brand_words) for word in words}
    ranked = sorted((round(rarity(word) * _UNIT), word) for word in distinct)
    words = [word for _, word in ranked]
    letters = np.zeros(len(words), np.uint64)
    for at, word in enumerate(words):
        mask = 0
        for letter in word:
            mask |= 1 << (ord(letter) & 63)
        letters[at] = mask
    weights = np.array([weight for weight, _ in ranked], np.int64)
    lengths = np.array([len(word) for word in words], np.int64)
    told = np.array([round(telling(word) * _TOLD) for word in words], np.int64)
    return _Vocabulary(words, weights, told, lengths, letters), {word: at for at, word in enumerate(words)}


def _keyed(sets: Sequence[frozenset[str]], numbers: dict[str, int]) -> tuple[Bags, Ints]:
    """The sets as bags, and `listing * words + word` of each item, which rises."""
    ids = [sorted(numbers[word] for word in words) for words in sets]
    starts = np.concatenate([[0], np.cumsum([len(each) for each in ids])]).astype(np.int64)
    flat = np.array([word for each in ids for word in each], np.uint64)
    owners = np.repeat(np.arange(len(sets)), np.diff(starts))
    return Bags(starts, flat), owners * len(numbers) + flat.astype(np.int64)


def _among(sorted_keys: Ints, keys: Ints) -> NDArray[np.bool_]:
    if not len(sorted_keys):
        return np.zeros(len(keys), dtype=np.bool_)
    place = np.searchsorted(sorted_keys, keys)
    return np.asarray(sorted_keys[np.minimum(place, len(sorted_keys) - 1)] == keys)


class _Side:
    """The words of one side of n pairs, those of the other side's brand left out."""

    def __init__(self, words: TitleWords, own: NDArray[np.intp], other: NDArray[np.intp]) -> None:
        row, place, self.ends = words.bags.of(own)
        self.ids = words.bags.items[place].astype(np.int64)
        keys = other[row] * len(words.vocabulary.words) + self.ids
        self.shared = _among(words.keys, keys)
        self.alone = ~self.shared & ~_among(words.brand_keys, keys)
        self.weights = words.vocabulary.weights[self.ids]

    def total(self, mask: NDArray[np.bool_]) -> Ints:
        """int64[n]: the weight of the words under the mask."""
        sums = np.concatenate([[0], np.cumsum(np.where(mask, self.weights, 0))])
        return np.asarray(sums[self.ends[1:]] - sums[self.ends[:-1]])

    def count(self, mask: NDArray[np.bool_]) -> Ints:
        """int64[n]: how many words are under the mask."""
        sums = np.concatenate([[0], np.cumsum(mask)])
        return np.asarray(sums[self.ends[1:]] - sums[self.ends[:-1]])

    def rarest(self, mask: NDArray[np.bool_]) -> Ints:
        """int64[n]: the rarest word under the mask, -1 without one."""
        return self._greatest(mask, self.ids, -1)

    def most(self, mask: NDArray[np.bool_], values: Ints, none: int) -> Ints:
        """int64[n]: the greatest of int64[w] values by word under the mask, `none` without a word."""
        return self._greatest(mask, values[self.ids], none)

    def _greatest(self, mask: NDArray[np.bool_], values: Ints, none: int) -> Ints:
        out = np.full(len(self.ends) - 1, none, np.int64)
        some = np.flatnonzero(np.diff(self.ends))
        if len(some):
            out[some] = np.maximum.reduceat(np.where(mask, values, none), self.ends[:-1][some])
        return out

    def without(self, mask: NDArray[np.bool_], words: Ints) -> NDArray[np.bool_]:
        """The mask, less one word (or -1) of each pair."""
        return np.asarray(mask & (self.ids != np.repeat(words, np.diff(self.ends))))


class TitleWords:
    """The words of m listings."""

    def __init__(self, said: Sequence[Said], rarity: Rarity, telling: Telling) -> None:
        self.vocabulary, numbers = _vocabulary(said, rarity, telling)
        self.bags, self.keys = _keyed([each.words for each in said], numbers)
        _, self.brand_keys = _keyed([each.brand_words for each in said], numbers)

    def compare(self, pairs: Distinct) -> NDArray[np.float64]:
        """float64[n, 7], columns as in `NAMES`; NaN where a side has no word.

        `title_overlap` is the shared weight over that of all words, `title_within` over that of the poorer
        side's. The rarest word that each side has alone counts as the less rare of the two; so does the
        weight of all such words. What the most telling of them tells is given twice: of the side where it is
        less, and of the side where it is more. A word and its misspelling count as one.
        """
        out = np.empty((len(pairs), len(NAMES)))
        for cut in chunks(len(pairs), _PAIRS_AT_ONCE):
            out[cut] = self._compare(pairs.first[cut], pairs.second[cut])
        return np.asarray(np.round(out, 6))

    def alone(self, pairs: Distinct) -> tuple[Ints, Ints]:
        """The words that stand on one side alone: int64[k] of the pair, int64[k] of the word."""
        rows: list[Ints] = []
        words: list[Ints] = []
        for cut in chunks(len(pairs), _PAIRS_AT_ONCE):
            met = _Meeting(self, pairs.first[cut], pairs.second[cut])
            for side, mask in ((met.left, met.alone), (met.right, met.opposite)):
                rows.append(cut.start + np.repeat(np.arange(len(side.ends) - 1), np.diff(side.ends))[mask])
                words.append(side.ids[mask])
        return np.concatenate([*rows, np.empty(0, np.int64)]), np.concatenate([*words, np.empty(0, np.int64)])

    def _compare(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.float64]:
        vocabulary = self.vocabulary
        if not vocabulary.words:
            return np.full((len(first), len(NAMES)), np.nan)
        met = _Meeting(self, first, second)
        left, right, alone, opposite = met.left, met.right, met.alone, met.opposite
        worth = np.append(vocabulary.weights, 0)  # of no word, -1
        shared = left.total(left.shared) + worth[met.kept]
        rest, beyond = left.total(alone), right.total(opposite)
        none = round(LEAST * _TOLD)
        told, answer = left.most(alone, vocabulary.told, none), right.most(opposite, vocabulary.told, none)
        some = (left.count(left.shared | left.alone) > 0) & (right.count(right.shared | right.alone) > 0)
        columns = np.column_stack(
            [
                _share(shared, shared + rest + beyond),
                _share(shared, shared + np.minimum(rest, beyond)),
                worth[np.maximum(left.rarest(left.shared), met.kept)] / _UNIT,
                np.minimum(worth[left.rarest(alone)], worth[right.rarest(opposite)]) / _UNIT,
                np.minimum(rest, beyond) / _UNIT,
                np.minimum(told, answer) / _TOLD,
                np.maximum(told, answer) / _TOLD,
            ]
        )
        columns[~some] = np.nan
        return columns


class _Meeting:
    """Both sides of n pairs, and which of their words stand alone.

    Attributes:
        kept: int[n], the rarer spelling of a word that both sides have, one of them misspelt; -1 without one.
        alone, opposite: bool, of the left side's words and of the right one's; such a word is not among them.
    """

    def __init__(self, words: TitleWords, first: NDArray[np.intp], second: NDArray[np.intp]) -> None:
        self.left, self.right = left, right = _Side(words, first, second), _Side(words, second, first)
        word, other = left.rarest(left.alone), right.rarest(right.alone)
        misspelt = (word >= 0) & (other >= 0)
        misspelt[misspelt] = words.vocabulary.alike(word[misspelt], other[misspelt])
        self.kept = np.where(misspelt, np.maximum(word, other), -1)
        self.alone = left.without(left.alone, np.where(misspelt, word, -1))
        self.opposite = right.without(right.alone, np.where(misspelt, other, -1))


def _share(part: Ints, whole: Ints) -> NDArray[np.float64]:
    return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0))
