"""The layer while it is trained: a part to each modality, on the device, and parts add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import linear, normalize, relu

from model.projection import MODALITIES, Linear, Projection
from model.training.inputs import Scaled, TrainingInputs, scaled
from model.training.recipe import Recipe


@dataclass(frozen=True)
class Block:
    """One modality's features on the device, all listings of the training set.

    Attributes:
        rows: [n, w] in the precision of the large products; centred, scaled, 0 where missing.
        present: bool[n].
        mean: float32[w]; with `std`, what `rows` were before.
        std: float32[w].
        parts: how many features each kind has, in order; empty: all are of one kind.
    """

    rows: torch.Tensor
    present: torch.Tensor
    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    parts: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Number of features."""
        return self.rows.shape[1]


def blocks_of(inputs: TrainingInputs, recipe: Recipe, device: torch.device) -> tuple[Block, ...]:
    """The three blocks, in the order of `MODALITIES`."""
    precise = recipe.precision == "fp32" or (recipe.precision is None and device.type != "cuda")
    dtype = torch.float32 if precise else torch.bfloat16

    def block(raw: NDArray[np.float32], parts: tuple[int, ...]) -> Block:
        made: Scaled = scaled(raw)
        present = torch.from_numpy(~np.isnan(raw).all(axis=1))
        rows = torch.from_numpy(made.rows)
        return Block(rows.to(device, dtype), present.to(device), made.mean, made.std, parts)

    image, text, numbers = (getattr(inputs, name) for name in MODALITIES)
    return block(image, inputs.image_parts), block(text, ()), block(numbers, ())


@dataclass(frozen=True)
class Part:
    """What one modality adds: `weight` x, and with a hidden layer `outer` relu(`inner` x) besides.

    Attributes:
        weight: float32[d, w].
        hidden: `inner` float32[h, w] and `outer` float32[d, h], or None.
    """

    weight: torch.Tensor
    hidden: tuple[torch.Tensor, torch.Tensor] | None = None

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """float32[n, d] of rows [n, w]."""
        total = linear(rows, self.weight.to(rows.dtype)).float()
        if self.hidden is not None:
            inner, outer = (tensor.to(rows.dtype) for tensor in self.hidden)
            total = total + linear(relu(linear(rows, inner)), outer).float()
        return total

    @property
    def parameters(self) -> list[torch.Tensor]:
        """What is trained."""
        return [self.weight, *(self.hidden or ())]


class Network:
    """The parts and their bias.

    Args:
        parts: in the order of `MODALITIES`.
        bias: float32[d].
    """

    def __init__(self, parts: Sequence[Part], bias: torch.Tensor) -> None:
        self.parts = tuple(parts)
        self.bias = bias

    @property
    def parameters(self) -> list[torch.Tensor]:
        """What is trained."""
        return [self.bias, *(tensor for part in self.parts for tensor in part.parameters)]

    def __call__(
        self, inputs: Sequence[torch.Tensor], kept: Mapping[int, torch.Tensor] | None = None
    ) -> torch.Tensor:
        """float32[n, d] of unit length.

        Args:
            inputs: [n, w] of each modality; rows of 0 where it is missing, which add nothing.
            kept: by place in `inputs`, bool[n]: which rows' part counts.
        """
        total = self.bias
        for place, (part, rows) in enumerate(zip(self.parts, inputs, strict=True)):
            added = part(rows)
            if kept is not None and place in kept:
                added = added * kept[place][:, None]
            total = total + added
        return normalize(total, dim=1)

    def projection(self, blocks: Sequence[Block]) -> Projection:
        """The same layer for features as they come: scaling becomes part of the weights.

        Raises:
            ValueError: it has hidden layers, which an artifact does not hold.
        """
        if any(part.hidden is not None for part in self.parts):
            raise ValueError("a layer with hidden units is for measuring: the stream's artifact is linear")
        image, text, numbers = (
            Linear((part.weight.detach().cpu().numpy() / block.std).astype(np.float32), block.mean)
            for part, block in zip(self.parts, blocks, strict=True)
        )
        return Projection(image, text, numbers, self.bias.detach().cpu().numpy().astype(np.float32))
