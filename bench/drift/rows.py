"""Drawn listings with their vectors, and what retrieval and the decider say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.artifact import load_artifact
from model.embedded import EmbeddedListing
from model.evaluation.search import offered
from model.money import Rates

_SEED = 7


@dataclass(frozen=True)
class World:
    """One drawn marketplace: its sellers sell the same products and brands.

    Attributes:
        rows: n listings as the inner log would hold them.
        nearest: float64[n], each one's cosine to its nearest other listing.
        places: int64[m, 2], pairs that retrieval offers.
        probabilities: float64[m] of them.
        match: from which probability on a pair is a match; likewise `review`.
    """

    name: str
    rows: Sequence[EmbeddedListing]
    nearest: NDArray[np.float64]
    places: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    match: float
    review: float
    rates: Rates

    @property
    def sellers(self) -> list[str]:
        """Each once, in the order of their first listing."""
        return list(dict.fromkeys(row.seller_id for row in self.rows))


def worlds(cache: Path, products: int) -> list[World]:
    """The listings that a default artifact's layer and decider learn from, each part a world of its own.

    Args:
        cache: a folder of this bench; what is drawn and encoded once is read from there the next time.
        products: how many `skutwin train --synthetic` would draw.
    """
    return [_world(cache / f"{name}-{products}.jsonl") for name in _drawn(cache, products)]


def _drawn(cache: Path, products: int) -> tuple[str, ...]:
    names = ("fit", "calibrate")
    if all((cache / f"{name}-{products}.jsonl").exists() for name in names):
        return names
    from model.embedder import FrozenEncoders  # noqa: PLC0415 (torch takes seconds to import)
    from model.encoders.loading import default_specs, load_pictures, load_texts  # noqa: PLC0415 (likewise)
    from model.features import FeatureStore  # noqa: PLC0415 (likewise)
    from model.features.embed import embedded  # noqa: PLC0415 (likewise)
    from model.features.encode import frozen_features  # noqa: PLC0415 (likewise)
    from model.training.material import drawn_material  # noqa: PLC0415 (likewise)

    pictures, texts = default_specs()
    encoders, rates = FrozenEncoders(load_pictures(pictures), load_texts(texts)), Rates.snapshot()
    store = FeatureStore(cache / "features")
    material = drawn_material(
        _SEED, products, lambda _, rows: frozen_features(rows, encoders, rates, store).features
    )
    layer = load_artifact().projection
    cache.mkdir(parents=True, exist_ok=True)
    for name, features in (("fit", material.fit), ("calibrate", material.calibrate)):
        if features is None:
            raise SystemExit("too few products make no part to calibrate on; give more --products")
        write_rows(cache / f"{name}-{products}.jsonl", embedded(features, layer))
    return names


def write_rows(file: Path, rows: Sequence[EmbeddedListing]) -> None:
    """One listing a line, as the inner log writes it; whole or not at all."""
    draft = file.with_suffix(".part")
    draft.write_bytes(b"".join(row.to_bytes() + b"\n" for row in rows))
    draft.replace(file)


def _world(file: Path) -> World:
    artifact = load_artifact()
    rows = [EmbeddedListing.from_bytes(line) for line in file.read_bytes().splitlines()]
    offers = offered(np.stack([row.embedding.vector for row in rows]), 20)
    nearest = np.full(len(rows), np.nan)
    for side in (0, 1):
        np.fmax.at(nearest, offers.places[:, side], offers.cosines)
    scored = file.with_suffix(f".{artifact.version}.npy")
    if not scored.exists():
        pairs = [(rows[a], rows[b]) for a, b in offers.places.tolist()]
        np.save(scored, np.array([one.probability for one in artifact.decider.decide(pairs)]))
    decider = artifact.decider
    return World(
        name=file.stem,
        rows=rows,
        nearest=nearest,
        places=offers.places,
        probabilities=np.load(scored, allow_pickle=False),
        match=decider.match.value,
        review=decider.review,
        rates=decider.rates,
    )
