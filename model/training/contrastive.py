"""Supervised contrastive training of the one linear layer (SupCon, arXiv 2004.11362, its loss L_out)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from model.projection import Linear, Projection
from model.training.features import CatalogueFeatures
from model.training.recipe import Recipe

_SMALLEST_STD = 1e-4


def supervised_contrastive_loss(
    vectors: torch.Tensor, products: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Mean over all anchors with a twin in the batch.

    Args:
        vectors: float32[n, d] of unit length.
        products: int64[n].
        temperature: over 0.

    Returns:
        A scalar; 0 if no vector has a twin.
    """
    itself = torch.eye(len(vectors), dtype=torch.bool)
    logits = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf)
    log_share = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    twins = (products[:, None] == products[None, :]) & ~itself
    count = twins.sum(1)
    anchors = count > 0
    if not anchors.any():
        return vectors.sum() * 0.0
    each = log_share.masked_fill(~twins, 0.0).sum(1)[anchors] / count[anchors]
    return -each.mean()


def train_projection(
    features: CatalogueFeatures,
    recipe: Recipe,
    seed: int,
    advance: Callable[[int], None] = lambda _done: None,
) -> Projection:
    """The layer for these features; the same for the same arguments and number of threads.

    Args:
        features: of the offers to learn from.
        recipe: how.
        seed: decides initial weights, batches and drop-outs.
        advance: told after each epoch.
    """
    generator = torch.Generator().manual_seed(seed)
    inputs = [_standardised(raw) for raw in (features.image, features.text, features.numbers)]
    present = torch.from_numpy(~np.isnan(np.stack([features.image[:, 0], features.text[:, 0]])))
    products = torch.from_numpy(features.products)
    weights = [
        (torch.randn(recipe.dimension, block.width, generator=generator) / block.width**0.5).requires_grad_()
        for block in inputs
    ]
    bias = (0.01 * torch.randn(recipe.dimension, generator=generator)).requires_grad_()
    optimiser = torch.optim.AdamW([*weights, bias], lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs)
    for _ in range(recipe.epochs):
        for rows in _batches(features.groups, recipe.batch, generator):
            kept = _keep(present[:, rows], recipe.drop_modality, generator)
            total = bias.expand(len(rows), -1)
            for place, (block, weight) in enumerate(zip(inputs, weights, strict=True)):
                batch = block.rows[rows]
                batch = batch * (torch.rand(batch.shape, generator=generator) >= recipe.drop_feature)
                part = batch @ weight.T
                total = total + (part * kept[place, :, None] if place < 2 else part)
            vectors = torch.nn.functional.normalize(total, dim=1)
            loss = supervised_contrastive_loss(vectors, products[rows], recipe.temperature)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimiser.step()
        schedule.step()
        advance(1)
    image, text, numbers = (
        block.linear(weight.detach()) for block, weight in zip(inputs, weights, strict=True)
    )
    return Projection(image, text, numbers, bias.detach().numpy().astype(np.float32))


@dataclass(frozen=True)
class _Block:
    """One modality's features, centred and scaled; what is missing is 0, its mean."""

    rows: torch.Tensor
    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    @property
    def width(self) -> int:
        return len(self.mean)

    def linear(self, weight: torch.Tensor) -> Linear:
        """The same layer for features as they come."""
        return Linear((weight.numpy() / self.std).astype(np.float32), self.mean)


def _standardised(raw: NDArray[np.float32]) -> _Block:
    known = ~np.isnan(raw)
    count = np.maximum(known.sum(axis=0), 1)
    mean = (np.where(known, raw, 0.0).sum(axis=0, dtype=np.float64) / count).astype(np.float32)
    spread = np.square(np.where(known, raw - mean, 0.0)).sum(axis=0, dtype=np.float64) / count
    std = np.maximum(np.sqrt(spread), _SMALLEST_STD).astype(np.float32)
    std[~known.any(axis=0)] = np.inf  # what was never seen shall weigh nothing
    rows = np.nan_to_num((raw - mean) / std, nan=0.0).astype(np.float32)
    return _Block(torch.from_numpy(rows), mean, std)


def _batches(groups: NDArray[np.int64], size: int, generator: torch.Generator) -> Iterator[NDArray[np.int64]]:
    """Row numbers; whole groups in random order until a batch holds `size`."""
    order = np.argsort(groups, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    batch: list[NDArray[np.int64]] = []
    held = 0
    for place in torch.randperm(len(members), generator=generator).tolist():
        batch.append(members[place])
        held += len(members[place])
        if held >= size:
            yield np.concatenate(batch)
            batch, held = [], 0
    if batch:
        yield np.concatenate(batch)


def _keep(present: torch.Tensor, drop: float, generator: torch.Generator) -> torch.Tensor:
    """bool[2, n]: which of pictures and text each offer keeps; never neither, if it had one."""
    chance = torch.rand(present.shape[1], generator=generator)
    alone = ~(present[0] & present[1])
    image = present[0] & (alone | (chance >= drop))
    text = present[1] & (alone | (chance < 1 - drop))
    return torch.stack([image, text])
