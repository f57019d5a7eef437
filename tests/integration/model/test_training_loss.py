"""The supervised contrastive loss and its gradient, against the paper's formula."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize

from model.training.loss import supervised_contrastive_loss


def plain(vectors: torch.Tensor, products: torch.Tensor, temperature: float) -> torch.Tensor:
    """L_out with the whole matrix, as it is commonly written."""
    itself = torch.eye(len(vectors), dtype=torch.bool)
    logits = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf)
    log_share = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    twins = (products[:, None] == products[None, :]) & ~itself
    count = twins.sum(1)
    each = log_share.masked_fill(~twins, 0.0).sum(1)[count > 0] / count[count > 0]
    return -each.mean()


def test_the_loss_is_the_papers_formula() -> None:
    """Worked out by loops over one small batch, as the paper writes L_out."""
    torch.manual_seed(0)
    vectors = normalize(torch.randn(6, 4), dim=1)
    products, heat = [0, 0, 0, 1, 1, 2], 0.1
    losses = []
    for i in range(5):
        others = [a for a in range(6) if a != i]
        bottom = sum(torch.exp(vectors[i] @ vectors[a] / heat) for a in others)
        twins = [p for p in others if products[p] == products[i]]
        shares = [torch.log(torch.exp(vectors[i] @ vectors[p] / heat) / bottom) for p in twins]
        losses.append(-sum(shares) / len(twins))
    expected = sum(losses) / len(losses)
    found = supervised_contrastive_loss(vectors, torch.tensor(products), heat)
    assert found.item() == pytest.approx(float(expected))


@pytest.mark.parametrize("tile", [1, 7, 64, 1000])
@pytest.mark.parametrize("temperature", [0.02, 0.1, 1.0])
def test_tiles_change_neither_loss_nor_gradient(tile: int, temperature: float) -> None:
    """Against autograd through the whole matrix in double precision, products in any order, some alone."""
    generator = torch.Generator().manual_seed(tile)
    raw = torch.randn(90, 12, generator=generator, dtype=torch.float64)
    products = torch.randint(0, 40, (90,), generator=generator)
    whole, tiled = raw.clone().requires_grad_(), raw.float().clone().requires_grad_()
    expected = plain(normalize(whole, dim=1), products, temperature)
    expected.backward()
    found = supervised_contrastive_loss(normalize(tiled, dim=1), products, temperature, tile=tile)
    (found * 3).backward()
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    torch.testing.assert_close(tiled.grad / 3, whole.grad.float(), rtol=2e-4, atol=1e-6)


def test_a_gpus_manner_comes_near_the_exact_loss() -> None:
    """Exponentials in bf16 err by less than a hundredth."""
    vectors = normalize(torch.randn(300, 32, generator=torch.Generator().manual_seed(1)), dim=1)
    exact, fast = vectors.clone().requires_grad_(), vectors.clone().requires_grad_()
    products = torch.arange(300) // 3
    one = supervised_contrastive_loss(exact, products, 0.1)
    other = supervised_contrastive_loss(fast, products, 0.1, tile=77, fast=True)
    one.backward()
    other.backward()
    assert other.item() == pytest.approx(one.item(), rel=0.01)
    assert torch.nn.functional.cosine_similarity(exact.grad.flatten(), fast.grad.flatten(), dim=0) > 0.999


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_without_twins_costs_nothing(count: int) -> None:
    """There is nothing to pull together, and no division by nothing."""
    vectors = torch.eye(3)[:count].requires_grad_()
    loss = supervised_contrastive_loss(vectors, torch.arange(count), 0.1)
    loss.backward()
    assert loss.item() == 0.0
    assert vectors.grad is not None
    assert vectors.grad.abs().max() == 0


def test_a_temperature_whose_exponentials_overflow_is_refused() -> None:
    """exp(1 / 0.005) is no float32."""
    with pytest.raises(ValueError, match=r"at least 0\.02"):
        supervised_contrastive_loss(torch.eye(2), torch.tensor([0, 0]), 0.005)
