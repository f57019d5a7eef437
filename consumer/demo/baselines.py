"""Two simple matchers on the same listings, to show that the stream is not too easy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from model.listing import Offer

Features = NDArray[np.float32]

_BINS = 20_000  # thresholds 0.0001 apart over cosines from -1 to 1
_BLOCK = 512


def f1(true_positives: int, claimed: int, true: int) -> float:
    """The F1 of a set of claimed pairs, 0 where nothing is claimed or true."""
    return 2 * true_positives / (claimed + true) if claimed + true else 0.0


def _normal(title: str) -> str:
    """Case, accents' spelling, punctuation, word order and blanks set aside."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", title).casefold())
    return " ".join(sorted(words))


def best_title_f1(listings: Sequence[Offer], truth: Collection[tuple[str, str]]) -> float:
    """The F1 of "equal titles are the same product", titles normalised; no title matches nothing.

    Args:
        listings: the listings to match with one another.
        truth: the sorted pairs of listing ids that are the same product.
    """
    by_title: dict[str, list[str]] = {}
    for listing in listings:
        if listing.title:
            by_title.setdefault(_normal(listing.title), []).append(listing.listing_id)
    claimed = {pair for ids in by_title.values() for pair in combinations(sorted(ids), 2)}
    return f1(len(claimed.intersection(truth)), len(claimed), len(truth))


def _concatenated(pictures: Sequence[Features | None], texts: Sequence[Features | None]) -> Features:
    """`float32[n, d_pictures + d_texts]`, each half and then the whole of unit length, zeros if missing."""
    halves = []
    for features in (pictures, texts):
        width = next((row.shape[0] for row in features if row is not None), 1)
        half = np.zeros((len(features), width), dtype=np.float32)
        for place, row in enumerate(features):
            if row is not None:
                half[place] = row / max(float(np.linalg.norm(row)), 1e-12)
        halves.append(half)
    whole = np.concatenate(halves, axis=1)
    lengths = np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-12)
    return np.asarray(whole / lengths, dtype=np.float32)


def _bins(cosines: Features) -> NDArray[np.int64]:
    return np.asarray(np.clip((cosines + 1) * (_BINS / 2), 0, _BINS - 1), dtype=np.int64)


def zero_shot_f1(
    listings: Sequence[Offer],
    picture_features: Sequence[Features | None],
    text_features: Sequence[Features | None],
    truth: Collection[tuple[str, str]],
) -> float:
    """The F1 of "a cosine over the threshold is the same product", at the best threshold for these listings.

    The cosine is of the encoders' own features, L2-normalised and concatenated, with nothing learnt. Every
    two listings are compared, block by block; memory does not grow with their number squared.

    Args:
        listings: n of them.
        picture_features: for each listing float32[d], or None without a picture.
        text_features: for each listing float32[e], or None without a title.
        truth: the sorted pairs of listing ids that are the same product.

    Raises:
        ValueError: the sequences differ in length.
    """
    count = len(listings)
    if not count == len(picture_features) == len(text_features):
        raise ValueError("one picture feature and one text feature, or None, are wanted for each listing")
    if not count or not truth:
        return 0.0
    vectors = _concatenated(picture_features, text_features)
    everything = np.zeros(_BINS, dtype=np.int64)
    for start in range(0, count, _BLOCK):
        block = _bins(vectors[start : start + _BLOCK] @ vectors[start:].T)
        upper = np.triu_indices(block.shape[0], k=1, m=block.shape[1])
        everything += np.bincount(block[upper], minlength=_BINS)
    place = {listing.listing_id: row for row, listing in enumerate(listings)}
    pairs = np.array([(place[a], place[b]) for a, b in truth if a in place and b in place])
    hits = np.zeros(_BINS, dtype=np.int64)
    if len(pairs):
        cosines = np.einsum("ij,ij->i", vectors[pairs[:, 0]], vectors[pairs[:, 1]])
        hits = np.bincount(_bins(cosines), minlength=_BINS)
    claimed, true_positives = everything[::-1].cumsum(), hits[::-1].cumsum()
    return float(np.max(2 * true_positives / (claimed + len(truth))))
