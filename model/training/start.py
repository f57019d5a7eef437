"""Where the weights begin: at random, or at the principal axes of the frozen features.

A few hundred twins move 300,000 weights wherever noise leads. From the principal axes the layer starts as the
frozen features' own similarity, texture and colours given more say, and training has only to bend it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from model.training.network import Block, Network, Part
from model.training.recipe import Recipe

_NUMBERS = 0.3  # the say of all numbers together, where the encoder's features have 1
_TILE = 16_384


def new_network(blocks: Sequence[Block], recipe: Recipe, generator: torch.Generator) -> Network:
    """Weights to start from.

    Args:
        blocks: image, text and numbers.
        recipe: says where to start.
        generator: on the blocks' device.
    """
    device = blocks[0].rows.device

    def random(*shape: int, scale: float) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, device=device) * scale

    scale = (3 * sum(block.width for block in blocks)) ** -0.5  # torch.nn.Linear's own, over all features
    weights = [random(recipe.dimension, block.width, scale=scale) for block in blocks]
    if recipe.start == "pca":
        weights = _principal(blocks, recipe, weights)
    parts = []
    for block, weight in zip(blocks, weights, strict=True):
        hidden = None
        if recipe.layer == "mlp":
            inner = random(recipe.hidden, block.width, scale=block.width**-0.5)
            outer = random(recipe.dimension, recipe.hidden, scale=0.1 * recipe.hidden**-0.5)
            hidden = (inner.requires_grad_(), outer.requires_grad_())
        parts.append(Part(weight.requires_grad_(), hidden))
    return Network(parts, random(recipe.dimension, scale=0.01).requires_grad_())


def _principal(blocks: Sequence[Block], recipe: Recipe, random: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """The axes along which the features, weighted, vary most, in the scale that random weights have."""
    device = blocks[0].rows.device
    scales = torch.from_numpy(np.concatenate(_says(blocks, recipe))).to(device)
    total = torch.zeros(len(scales), len(scales), device=device)
    for start in range(0, len(blocks[0].rows), _TILE):
        rows = torch.cat([block.rows[start : start + _TILE].float() for block in blocks], dim=1) * scales
        total += rows.T @ rows
    axes = torch.linalg.eigh(total.double().cpu())[1].flip(1).T[: recipe.dimension].float()
    sure = axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()  # an axis has no direction: give it one
    whole = torch.cat(list(random), dim=1)
    size = whole.square().mean().sqrt()
    whole *= 0.01
    found = (axes * sure).to(device) * scales
    whole[: len(found)] = found * (size / found.square().mean().sqrt())
    ends = np.cumsum([block.width for block in blocks])
    return [whole[:, end - block.width : end].clone() for end, block in zip(ends, blocks, strict=True)]


def _says(blocks: Sequence[Block], recipe: Recipe) -> list[NDArray[np.float32]]:
    """float32[w] of each block: how much each feature counts, by the kind of feature that it is of."""
    image, *others = blocks
    kinds = (1.0, recipe.texture_weight, recipe.palette_weight) if image.parts else (1.0,)
    widths = image.parts or (image.width,)
    says = [np.repeat(_each(kinds, widths), widths)]
    says += [
        np.repeat(_each((say,), (block.width,)), block.width)
        for block, say in zip(others, (recipe.text_weight, _NUMBERS), strict=True)
    ]
    return [
        np.where(np.isinf(block.std), np.float32(0), say) for block, say in zip(blocks, says, strict=True)
    ]


def _each(kinds: Sequence[float], widths: Sequence[int]) -> NDArray[np.float32]:
    """The say of one feature where all of its kind together have the kind's: their variances add up."""
    return (np.asarray(kinds) / np.sqrt(np.maximum(widths, 1))).astype(np.float32)
