"""An artifact of some kilobytes, written in milliseconds, whose encoders are named but never loaded.

Pictures, texts and numbers stand side by side in its vectors; a pair matches by the fused cosine alone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from model.artifact import Artifact, Encoders, Trained, write_artifact
from model.data.labelled import LabelledListing
from model.decision.calibration import Platt
from model.decision.decider import Decider
from model.decision.features import LEVELS, NUMERIC
from model.decision.rarity import Rarity
from model.decision.terms import Curve, Terms
from model.decision.thresholds import Threshold
from model.drift.making import make_reference
from model.drift.reference import DriftReference
from model.embedded import EmbeddedListing, Embedding
from model.encoders.palette import PALETTE
from model.encoders.specs import PictureSpec, TextSpec
from model.listing import Listing
from model.money import Rates
from model.projection import NUMBERS, Linear, Projection
from model.trained_on import TrainedOn

COLOURS = "package:colours-of-a-test"
LETTERS = "package:letters-of-a-test"
WIDTH = 32
DIMENSION = 2 * WIDTH + 1
_REVISION = "0" * 16


def write_tiny_artifact(folder: Path, **changes: Any) -> Artifact:
    """Write it into a new folder; `changes` replace arguments of `write_artifact`."""
    return write_artifact(folder, **(tiny_parts() | changes))


def tiny_parts() -> dict[str, Any]:
    """What `write_artifact` takes."""
    pictures = PictureSpec(
        source=COLOURS, revision=_REVISION, dimension=WIDTH, size=16, mean=(0, 0, 0), std=(1, 1, 1)
    )
    text = TextSpec(source=LETTERS, revision=_REVISION, dimension=WIDTH, max_tokens=16)
    return {
        "encoders": Encoders(pictures=pictures, text=text),
        "projection": tiny_projection(),
        "rates": Rates.snapshot(),
        "decider": tiny_decider(),
        "drift_reference": tiny_reference(),
        "trained_on": tiny_trained_on(),
        "card": "# For tests\n",
        "trained": Trained(),
    }


def tiny_projection() -> Projection:
    """Pictures, texts and numbers side by side; the price turns the vector by a hundredth."""
    places = np.eye(DIMENSION, dtype=np.float32)
    numbers = np.zeros((DIMENSION, NUMBERS), np.float32)
    numbers[-1, -1] = 0.01
    no_palette = np.zeros((DIMENSION, PALETTE), np.float32)
    return Projection(
        image=Linear(np.hstack([places[:, :WIDTH], no_palette]), np.zeros(WIDTH + PALETTE, np.float32)),
        text=Linear(places[:, WIDTH : 2 * WIDTH], np.zeros(WIDTH, np.float32)),
        numbers=Linear(numbers, np.zeros(NUMBERS, np.float32)),
        bias=np.zeros(DIMENSION, np.float32),
    )


def tiny_decider() -> Decider:
    """By the fused cosine alone."""
    flat = Curve((0.0, 1.0), (0.0,), 0.0)
    curves = dict.fromkeys(NUMERIC, flat) | {"similarity_fused": Curve((0.6, 0.8, 0.95), (8.0, 6.0), 0.0)}
    weights = {name: (0.0,) * len(levels) for name, levels in LEVELS.items()}
    return Decider(
        terms=Terms(-8.0, curves, weights),
        calibration=Platt(1.0, 0.0, 0.001, 0.999),
        match=Threshold(0.9, 0.98, 1.0, (0.9, 1.0), 1.0, 100, reached=True),
        review=0.3,
        rates=Rates.snapshot(),
        rarity=Rarity({}),
    )


def tiny_rows(count: int = 30, seed: int = 0) -> list[EmbeddedListing]:
    """Listings of random directions, some with a price, a brand, sizes and pictures."""
    drawn = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return [
        EmbeddedListing(
            listing_id=f"l{place}",
            seller_id=f"s{place % 3}",
            revision=1,
            title=" ".join(["word"] * (1 + place % 5)),
            brand="Acme" if place % 2 else None,
            price=f"{10 + place}.50" if place % 4 else None,
            currency="EUR" if place % 4 else None,
            sizes=("S", "M") if place % 3 else (),
            embedding=Embedding(vector=vector, numbers=0 * vector),
        )
        for place, vector in enumerate(vectors)
    ]


@cache
def tiny_reference() -> DriftReference:
    """Of thirty random listings."""
    rows = tiny_rows()
    places = np.stack([np.arange(len(rows) - 1), np.arange(1, len(rows))], axis=1)
    return make_reference(
        rows,
        np.linspace(0.2, 0.9, len(rows)),
        places,
        np.linspace(0.01, 0.99, len(places)),
        match=0.9,
        review=0.3,
        rates=Rates.snapshot(),
    )


def tiny_trained_on() -> TrainedOn:
    """One listing of the seller `a` in the store `shop`, product `p`, with one picture."""
    listing = Listing(listing_id="l", seller_id="a", revision=1, title="Shirt")
    return TrainedOn.of([LabelledListing(listing, "p", "p", "shop")], [("0123456789abcdef",)])
