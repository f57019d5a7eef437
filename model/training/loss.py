"""Supervised contrastive loss (SupCon, arXiv 2004.11362, its L_out), exact and in bounded memory.

With unit vectors v, temperature t, P(i) the twins of i and A the anchors, which are those with a twin,

    loss = 1/|A| sum_{i in A} ( log sum_{j != i} exp(v_i v_j / t)  -  1/|P(i)| sum_{p in P(i)} v_i v_p / t )

The second term and its gradient need no matrix: the twins of i sum up to the sum of its product less itself.
For the first, rows of E = exp(v v' / t) are made a tile at a time, used for loss and gradient, and forgotten:

    d loss / d v  =  1/t (R E + E R) v  -  2 / (t |A| |P|) (sum of the product - v)

where R is diagonal with 1 / (|A| row sum) for anchors.

Unit length bounds v_i v_j / t by 1/t, so no row's maximum need be found first.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from model.training.recipe import COOLEST

_LEAST = 1e-37  # far below any sum of exponentials at `COOLEST`: for a batch of one, whose sum is empty


def supervised_contrastive_loss(
    vectors: torch.Tensor, products: torch.Tensor, temperature: float, *, tile: int = 2048, fast: bool = False
) -> torch.Tensor:
    """The mean over all anchors of vectors in any order.

    Args:
        vectors: float32[n, d] of unit length.
        products: int64[n]; equal numbers are twins.
        temperature: at least `COOLEST`.
        tile: rows of the n x n similarities that are held at a time.
        fast: similarities in TF32 and their exponentials in bf16, for a GPU.

    Returns:
        A scalar; 0 if no vector has a twin.

    Raises:
        ValueError: a temperature whose exponentials would overflow.
    """
    order = torch.argsort(products, stable=True)
    _, lengths = torch.unique_consecutive(products[order], return_counts=True)
    return adjacent_twins_loss(vectors[order], lengths, temperature, tile=tile, fast=fast)


def adjacent_twins_loss(
    vectors: torch.Tensor, lengths: torch.Tensor, temperature: float, *, tile: int = 2048, fast: bool = False
) -> torch.Tensor:
    """As `supervised_contrastive_loss`, of vectors whose twins are next to one another.

    Args:
        vectors: float32[n, d] of unit length.
        lengths: int64[p], how many rows each product has; n in all.
        temperature: at least `COOLEST`.
        tile: rows at a time.
        fast: see there.

    Raises:
        ValueError: a temperature whose exponentials would overflow.
    """
    if temperature < COOLEST:
        raise ValueError(f"temperature is {temperature:g}; it must be at least {COOLEST:g}")
    loss: torch.Tensor = _Tiled.apply(vectors, lengths, _Manner(temperature, tile, fast))
    return loss


class _Manner(NamedTuple):
    temperature: float
    tile: int
    fast: bool


class _Tiled(torch.autograd.Function):
    """Loss and gradient in one pass over tiles: 6 n² d operations, tile x n floats of memory."""

    @staticmethod
    def forward(ctx: Any, vectors: torch.Tensor, lengths: torch.Tensor, manner: _Manner) -> torch.Tensor:
        count, temperature = len(vectors), manner.temperature
        twins = torch.repeat_interleave(lengths, lengths, output_size=count) - 1
        anchor = (twins > 0).to(vectors.dtype)
        weight = anchor / anchor.sum().clamp(min=1)  # float[n]: 1/|A| for anchors
        sums = torch.segment_reduce(vectors, "sum", lengths=lengths, axis=0, unsafe=True)
        others = torch.repeat_interleave(sums, lengths, dim=0, output_size=count) - vectors
        pull = weight / (twins.clamp(min=1) * temperature)
        loss = -(pull * (vectors * others).sum(1)).sum()
        gradient = -2 * pull[:, None] * others
        narrow = vectors.to(torch.bfloat16) if manner.fast else vectors
        for start in range(0, count, manner.tile):
            rows = slice(start, min(start + manner.tile, count))
            spread = _exponentials(vectors, rows, temperature, fast=manner.fast)
            total = spread.sum(1, dtype=torch.float32).clamp(min=_LEAST)
            loss += (weight[rows] * torch.log(total)).sum()
            share = (weight[rows] / (total * temperature))[:, None]
            gradient[rows] += share * (spread @ narrow)
            gradient += spread.T @ (share * vectors[rows]).to(narrow.dtype)
        ctx.save_for_backward(gradient)
        return loss

    @staticmethod
    def backward(ctx: Any, outer: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return outer * gradient, None, None


def _exponentials(vectors: torch.Tensor, rows: slice, temperature: float, *, fast: bool) -> torch.Tensor:
    """exp(v v' / t) of these rows, float32 or, where `fast`, bfloat16 [rows, n]; 0 for each with itself."""
    logits = (vectors[rows] / temperature) @ vectors.T
    spread = torch.empty_like(logits, dtype=torch.bfloat16) if fast else logits
    torch.exp(logits, out=spread)
    spread.diagonal(rows.start).zero_()
    return spread
