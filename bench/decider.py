"""How many pairs a second one core compares and scores: `python -m bench.decider`.

The listings are made up: titles of eight words, 192 numbers a vector, 48 a palette. Every listing stands in
forty pairs, twenty of its own search and twenty of others', as in the stream.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from decimal import Decimal

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is loaded: one core is what is asked for

import numpy as np

from model.decision.decider import Decider
from model.decision.features import LEVELS, NUMERIC, Pair
from model.decision.fitting import fit_decider
from model.embedded import EmbeddedListing, Embedding, Pictures
from model.money import Rates

_LISTINGS = 5_000
_NEIGHBOURS = 20
_DIMENSION, _PALETTE = 192, 48
_COLOURS = ("black", "rot", "bleu", "verde", "white")
_MEMORY_BYTES_PER_S = 10e9  # what one core of a small machine streams from memory


def listings(rng: np.random.Generator) -> list[EmbeddedListing]:
    words = ["".join(rng.choice(list("aeioubdgklmnprst"), 6)) for _ in range(3_000)]
    made = []
    for number in range(_LISTINGS):
        product = np.random.default_rng(number // 2)
        look, colours = product.normal(size=_DIMENSION), product.random(_PALETTE)
        title = [words[place] for place in product.integers(0, len(words), 8)]
        parts = [look + 0.7 * rng.normal(size=_DIMENSION) for _ in range(2)]
        made.append(
            EmbeddedListing(
                listing_id=f"l{number}",
                seller_id=f"s{number % 50}",
                revision=1,
                title=" ".join(rng.permutation(title)[:7]) + f" {_COLOURS[number // 2 % 5]} {number // 2} ml",
                brand=words[number // 2 % 40],
                price=Decimal(int(product.integers(5, 500))),
                currency="EUR",
                embedding=Embedding(
                    vector=sum(parts) / np.linalg.norm(sum(parts)),
                    image=parts[0],
                    text=parts[1],
                    numbers=parts[0] * 0,
                    palette=colours / np.linalg.norm(colours),
                ),
                pictures=Pictures(hashes=(f"{number:016x}",), perceptual_hashes=(f"{number * 977:016x}",)),
            )
        )
    return made


def offered(rows: list[EmbeddedListing]) -> tuple[list[Pair], list[tuple[int, int]]]:
    vectors = np.stack([row.embedding.vector for row in rows])
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    near = np.argpartition(-scores, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
    places = [(i, int(j)) for i, row in enumerate(near) for j in row]
    return [(rows[i], rows[j]) for i, j in places], places


def rate(name: str, pairs: int, work: Callable[[], object]) -> float:
    best = min(_seconds(work) for _ in range(5))
    print(f"{name:<42}{pairs / best:>12,.0f} pairs/s{1e6 * best / pairs:>9.2f} us a pair")
    return best


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    rng = np.random.default_rng(1)
    rows = listings(rng)
    pairs, places = offered(rows)
    labels = np.array([i // 2 == j // 2 for i, j in places])
    groups = np.array([min(i, j) // 2 % 97 for i, j in places])
    decider: Decider = fit_decider(pairs, labels, groups, rates=Rates.snapshot())
    print(f"{len(pairs):,} pairs of {len(rows):,} listings; {len(NUMERIC)} numbers, {len(LEVELS)} levels")
    _seconds(lambda: decider.features(pairs))
    features = decider.features(pairs)
    making = rate("features, texts read before", len(pairs), lambda: decider.features(pairs))
    scoring = rate("scoring (probabilities and outcomes)", len(pairs), lambda: decider.score(features))
    rate("decisions with reasons", len(pairs), lambda: decider.decide_features(features))
    vectors = 8 * 2 * (3 * _DIMENSION + _PALETTE)
    row = 8 * len(NUMERIC) + len(LEVELS)
    for name, size, took in (("features", vectors + row, making), ("scoring", row + 17, scoring)):
        least = size * len(pairs) / _MEMORY_BYTES_PER_S
        print(
            f"{name}: {size:,} bytes a pair, at {_MEMORY_BYTES_PER_S / 1e9:.0f} GB/s a limit of "
            f"{len(pairs) / least:,.0f} pairs/s; reached {least / took:.1%} of it"
        )


if __name__ == "__main__":
    main()
