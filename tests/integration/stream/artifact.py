"""Encoders for the tiny artifact that need no torch, so that a process starts within seconds.

Pictures are told apart by their colour and texts by their letters, each by a random direction: equal
content has cosine 1, different content about 0. A pair matches where the fused cosine is near 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.artifact import Artifact
from model.embedder import Embedder
from model.encoders.precision import Precision
from model.encoders.specs import PictureSpec, TextSpec
from tests.tiny_artifact import COLOURS, WIDTH, write_tiny_artifact

__all__ = ["COLOURS", "cheap_embedder", "picture", "write_tiny_artifact"]

Features = NDArray[np.float32]


def cheap_embedder(artifact: Artifact) -> Embedder:
    """What `Artifact.embedder` gives, of this artifact."""
    pictures, texts = _Colours(artifact.encoders.pictures), _Letters(artifact.encoders.text)
    return Embedder(artifact.embedding_version, artifact.projection, artifact.rates, pictures, texts)  # type: ignore[arg-type]  # towers by their methods


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
    drawn = np.random.default_rng(seed).standard_normal(WIDTH).astype(np.float32)
    return drawn / np.float32(np.linalg.norm(drawn))
