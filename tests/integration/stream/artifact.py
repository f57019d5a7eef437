"""An artifact of a kilobyte whose encoders need no torch, so that a process starts within seconds.

Its pictures are told apart by their colour and its texts by their letters, each by a random direction: equal
content has cosine 1, different content about 0. A pair matches where the fused cosine is near 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.artifact import Artifact, Encoders, write_artifact
from model.decision.calibration import Calibration, Threshold
from model.decision.decider import Decider
from model.decision.features import LEVELS, NUMERIC
from model.decision.rarity import Rarity
from model.decision.terms import Curve, Terms
from model.embedder import Embedder
from model.encoders.palette import PALETTE
from model.encoders.precision import Precision
from model.encoders.specs import PictureSpec, TextSpec
from model.money import Rates
from model.projection import NUMBERS, Linear, Projection

COLOURS = "package:colours-of-a-test"
WORDS = "package:letters-of-a-test"
_WIDTH = 32
_DIMENSION = 2 * _WIDTH + 1
_REVISION = "0" * 16

Features = NDArray[np.float32]


def write_tiny_artifact(folder: Path) -> Artifact:
    """Write it into a new folder."""
    pictures = PictureSpec(
        source=COLOURS, revision=_REVISION, dimension=_WIDTH, size=16, mean=(0, 0, 0), std=(1, 1, 1)
    )
    text = TextSpec(source=WORDS, revision=_REVISION, dimension=_WIDTH, max_tokens=16)
    return write_artifact(
        folder,
        encoders=Encoders(pictures=pictures, text=text),
        projection=_projection(),
        rates=Rates.snapshot(),
        decider=_decider(),
        card="# For tests\n",
        trained={},
    )


def cheap_embedder(artifact: Artifact) -> Embedder:
    """What `Artifact.embedder` gives, of this artifact."""
    specs, rates = artifact.manifest.encoders, artifact.manifest.rates.rates()
    pictures, texts = _Colours(specs.pictures), _Letters(specs.text)
    return Embedder(artifact.embedding_version, artifact.projection, rates, pictures, texts)  # type: ignore[arg-type]  # towers by their methods


def picture(colour: tuple[int, int, int]) -> bytes:
    """A PNG of one colour."""
    file = BytesIO()
    Image.new("RGB", (24, 24), colour).save(file, "PNG")
    return file.getvalue()


class _Colours:
    precision = Precision.FP32

    def __init__(self, spec: PictureSpec) -> None:
        self.spec = spec

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> Features:
        return np.stack([_direction(bytes(one[len(one) // 2, len(one) // 2])) for one in pictures])


class _Letters:
    precision = Precision.FP32

    def __init__(self, spec: TextSpec) -> None:
        self.spec = spec

    def encode(self, texts: Sequence[str]) -> Features:
        return np.stack([_direction(text.encode()) for text in texts])


def _direction(content: bytes) -> Features:
    seed = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
    drawn = np.random.default_rng(seed).standard_normal(_WIDTH).astype(np.float32)
    return drawn / np.float32(np.linalg.norm(drawn))


def _projection() -> Projection:
    """Pictures, texts and numbers side by side; the price turns the vector by a hundredth."""
    places = np.eye(_DIMENSION, dtype=np.float32)
    numbers = np.zeros((_DIMENSION, NUMBERS), np.float32)
    numbers[-1, -1] = 0.01
    zeros = np.zeros(_WIDTH, np.float32)
    no_palette = np.zeros((_DIMENSION, PALETTE), np.float32)
    return Projection(
        image=Linear(np.hstack([places[:, :_WIDTH], no_palette]), np.zeros(_WIDTH + PALETTE, np.float32)),
        text=Linear(places[:, _WIDTH : 2 * _WIDTH], zeros),
        numbers=Linear(numbers, np.zeros(NUMBERS, np.float32)),
        bias=np.zeros(_DIMENSION, np.float32),
    )


def _decider() -> Decider:
    flat = Curve((0.0, 1.0), (0.0,), 0.0)
    curves = dict.fromkeys(NUMERIC, flat) | {"similarity_fused": Curve((0.6, 0.8, 0.95), (8.0, 6.0), 0.0)}
    weights = {name: (0.0,) * len(levels) for name, levels in LEVELS.items()}
    return Decider(
        terms=Terms(-8.0, curves, weights),
        calibration=Calibration(1.0, 0.0, 0.001, 0.999),
        match=Threshold(0.9, 0.98, 1.0, (0.9, 1.0), 1.0, 100, reached=True),
        review=0.3,
        rates=Rates.snapshot(),
        rarity=Rarity({}),
    )
