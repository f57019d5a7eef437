"""How the layer is trained, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How the layer is trained.

    Attributes:
        dimension: of the vectors.
        epochs: passes over all offers.
        batch: offers at a time, about; variant groups are never torn apart, so that near-identical products
            are always among the negatives.
        temperature: of the loss.
        rate: Adam's step, falling to nothing along a cosine.
        decay: of the weights, as AdamW does it.
        drop_modality: how often an offer loses its pictures or its text, so that both learn to stand alone.
        drop_feature: share of features set to their mean.
    """

    dimension: int = 192
    epochs: int = 80
    batch: int = 512
    temperature: float = 0.12
    rate: float = 5e-3
    decay: float = 1e-2
    drop_modality: float = 0.1
    drop_feature: float = 0.1
