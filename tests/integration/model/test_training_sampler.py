"""Batches: whole groups, every listing once, twins side by side, the confused together."""

from __future__ import annotations

import pytest
import torch

from model.training.contrastive import drop_modality
from model.training.sampler import GroupSampler, neighbourhoods_of


def catalogue(
    listings: int = 400, products: int = 120, variants: int = 3
) -> tuple[torch.Tensor, torch.Tensor]:
    known = torch.arange(products)
    drawn = torch.randint(0, products, (listings - products,), generator=torch.Generator().manual_seed(5))
    truth = torch.cat([known, drawn])
    return truth, truth // variants


def test_variants_are_always_in_one_batch_and_every_listing_in_one() -> None:
    """Whole groups go together, so that near-identical products are among the negatives."""
    products, groups = catalogue()
    batches = list(GroupSampler(products, groups, 50).epoch(torch.Generator().manual_seed(0)))
    assert sorted(torch.cat([batch.rows for batch in batches]).tolist()) == list(range(400))
    for group in range(40):
        assert sum(bool((groups[batch.rows] == group).any()) for batch in batches) == 1


def test_a_batch_lists_twins_side_by_side_and_counts_them() -> None:
    """The lengths cut its rows into products, each of them once."""
    products, groups = catalogue()
    for batch in GroupSampler(products, groups, 64).epoch(torch.Generator().manual_seed(1)):
        runs = products[batch.rows].split(batch.lengths.tolist())
        assert all(len(run.unique()) == 1 for run in runs)
        assert len({int(run[0]) for run in runs}) == len(runs)


def test_batches_are_of_about_the_size_that_was_asked_for() -> None:
    """None is torn off at the end as a small rest."""
    products, groups = catalogue()
    sizes = [len(batch.rows) for batch in GroupSampler(products, groups, 90).epoch(torch.Generator())]
    assert len(sizes) == 4
    assert max(sizes) - min(sizes) < 45


def test_each_epoch_deals_anew_and_a_seed_repeats_it() -> None:
    """The order hangs on the generator and on nothing else."""
    sampler = GroupSampler(*catalogue(), 64)
    generator = torch.Generator().manual_seed(2)
    first, second = (torch.cat([b.rows for b in sampler.epoch(generator)]) for _ in range(2))
    again = torch.cat([b.rows for b in sampler.epoch(torch.Generator().manual_seed(2))])
    assert not torch.equal(first, second)
    assert torch.equal(first, again)


def test_what_the_layer_confuses_meets_in_one_batch() -> None:
    """Two groups of one neighbourhood are in the same batch far more often than by chance."""
    products = torch.arange(1000)
    sampler = GroupSampler(products, products, 50)
    near = torch.randperm(1000, generator=torch.Generator().manual_seed(3)) // 10  # neighbourhoods of ten
    for neighbourhoods, least, most in ((near, 0.75, 1.0), (None, 0.0, 0.15)):
        batch_of = torch.empty(1000, dtype=torch.int64)
        for number, batch in enumerate(sampler.epoch(torch.Generator().manual_seed(4), neighbourhoods)):
            batch_of[batch.rows] = number
        members = near.argsort().reshape(100, 10)
        together = (batch_of[members] == batch_of[members[:, :1]]).float().mean().item()
        assert least <= together <= most + 0.1


def test_neighbourhoods_hold_what_is_alike() -> None:
    """Of two far clouds, no group of the one falls in with a pivot of the other."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(200, 8, generator=generator) * 0.1
    centres[:100, 0] += 1
    centres[100:, 0] -= 1
    found = neighbourhoods_of(torch.nn.functional.normalize(centres, dim=1), 10, generator, tile=33)
    assert (found[:100] < 100).all()
    assert (found[100:] >= 100).all()
    assert 10 <= len(found.unique()) <= 20


def test_modality_drop_out_never_leaves_a_listing_with_nothing() -> None:
    """Who has both loses at most one; who has one keeps it."""
    image = torch.tensor([True, True, False, False]).repeat(500)
    text = torch.tensor([True, False, True, False]).repeat(500)
    kept_image, kept_text = drop_modality(image, text, 0.3, torch.Generator().manual_seed(0))
    assert (kept_image <= image).all()
    assert (kept_text <= text).all()
    assert ((kept_image | kept_text) == (image | text)).all()
    shares = [kept_image[::4].float().mean().item(), kept_text[::4].float().mean().item()]
    assert shares == pytest.approx([0.7, 0.7], abs=0.08)
