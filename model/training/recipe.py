"""How the projection is trained, in numbers that are checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

COOLEST = 0.02
"""The lowest temperature: exp(1 / 0.02) is still far from the end of float32 (`model.training.loss`)."""

Layer = Literal["linear", "mlp"]
Pooling = Literal["mean", "max"]
Start = Literal["random", "pca"]
Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True)
class Recipe:
    """How the projection is trained.

    Attributes:
        image: whether pictures are looked at; likewise `text` and `numbers`.
        palette: whether the pictures' colour palette is part of `image`.
        pooling: of several pictures' features: `mean` as the stream does it, `max` to measure against it.
        dimension: of the vectors.
        layer: `linear`, or `mlp`: beside it a hidden layer to each modality, whose parts still add up.
        hidden: units of that hidden layer.
        start: where weights begin, and where decay pulls to: `random` (it pulls to nothing), or `pca`, the
            principal axes of the frozen features, the safer start with few twins.
        texture_weight: say of texture at the start, all of it together, where the encoder's features have 1.
        palette_weight: say of the palette; `text_weight` likewise.
        text_weight: say of the text.
        epochs: passes over all listings.
        batch: listings at a time, about.
        temperature: of the loss.
        rate: Adam's step, falling to nothing along a cosine.
        decay: of the weights' way from 0 or from their start, as AdamW does it.
        drop_modality: how often a listing loses its pictures or its text, so that each learns to stand alone.
        drop_feature: share of features set to their mean.
        variants_together: whether a variant group goes into one batch whole, so that its near-identical
            products are always among the negatives.
        mined: how many groups that the layer confuses go into one batch together; 0 mines nothing.
        mine_every: epochs between two minings.
        tile: rows of the batch's similarities that are held at a time: memory is `tile` x `batch` floats.
        precision: of the large products; None takes bf16 on a GPU and fp32 elsewhere.

    Raises:
        ValueError: a number that makes no sense, and what would.
    """

    image: bool = True
    text: bool = True
    numbers: bool = True
    palette: bool = True
    pooling: Pooling = "mean"
    dimension: int = 192
    layer: Layer = "linear"
    hidden: int = 256
    start: Start = "pca"
    texture_weight: float = 1.5
    palette_weight: float = 2.0
    text_weight: float = 1.5
    epochs: int = 25
    batch: int = 512
    temperature: float = 0.12
    rate: float = 2e-3
    decay: float = 1e-2
    drop_modality: float = 0.1
    drop_feature: float = 0.1
    variants_together: bool = True
    mined: int = 0
    mine_every: int = 5
    tile: int = 2048
    precision: Precision | None = None

    def __post_init__(self) -> None:
        if not (self.image or self.text or self.numbers):
            raise ValueError("image, text and numbers are all off: there is nothing to learn from")
        for name, known in (
            ("pooling", ("mean", "max")),
            ("layer", ("linear", "mlp")),
            ("start", ("random", "pca")),
            ("precision", ("fp32", "bf16", None)),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; give one of {known}")
        for name, least in (
            ("dimension", 2),
            ("hidden", 1),
            ("epochs", 1),
            ("batch", 4),
            ("mined", 0),
            ("mine_every", 1),
            ("tile", 1),
        ):
            self._within(name, least, math.inf)
        self._within("temperature", COOLEST, 10)
        self._within("rate", 1e-9, 1)
        for name in ("texture_weight", "palette_weight", "text_weight"):
            self._within(name, 0, 100)
        self._within("decay", 0, 100)
        self._within("drop_modality", 0, 0.5)
        self._within("drop_feature", 0, 0.95)

    @property
    def served(self) -> bool:
        """Whether the stream computes what this recipe trains; else it is for measuring only."""
        return self.layer == "linear" and self.pooling == "mean"

    def _within(self, name: str, least: float, most: float) -> None:
        value = getattr(self, name)
        if not least <= value <= most:  # false for NaN, too
            reach = f"at least {least:g}" if math.isinf(most) else f"between {least:g} and {most:g}"
            raise ValueError(f"{name} is {value:g}; it must be {reach}")
