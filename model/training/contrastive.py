"""Train the projection on frozen features with the supervised contrastive loss (arXiv 2403.11593)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch.nn.functional import normalize

from model.features.frozen import FrozenFeatures
from model.projection import Projection
from model.training.inputs import TrainingInputs, frozen_inputs, not_finite
from model.training.loss import adjacent_twins_loss
from model.training.network import Block, Network, blocks_of
from model.training.recipe import Recipe
from model.training.sampler import Batch, GroupSampler, neighbourhoods_of
from model.training.start import new_network

FEWEST_PRODUCTS = 8
"""With fewer products that have two listings there is nothing to learn a similarity from."""

_NAMED = 5  # listings of a batch that a message names
_TILE = 16_384  # rows embedded at a time when all are

Validate = Callable[[Projection], float]
Advance = Callable[[int], None]


class TrainingError(ValueError):
    """The data, or this recipe on it, trains nothing."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """How one pass went.

    Attributes:
        loss: the mean over its batches.
        validation: what `validate` said after it; None without one.
    """

    loss: float
    validation: float | None


@dataclass(frozen=True)
class TrainedProjection:
    """What training gives.

    Attributes:
        network: the weights of the chosen epoch, in the scale of `blocks`.
        blocks: what it was trained on.
        history: epoch by epoch.
        chosen: which epoch's weights these are, counted from 0: the best by validation, else the last.
    """

    network: Network
    blocks: tuple[Block, ...]
    history: tuple[Epoch, ...]
    chosen: int

    @cached_property
    def projection(self) -> Projection:
        """The layer as an artifact holds it.

        Raises:
            ValueError: it has hidden layers.
        """
        return self.network.projection(self.blocks)


def train(
    features: FrozenFeatures,
    recipe: Recipe,
    *,
    seed: int,
    device: str = "cpu",
    validate: Validate | None = None,
    advance: Advance = lambda _done: None,
) -> TrainedProjection:
    """The layer for these features; the same for the same arguments, machine and number of threads.

    Args:
        features: of the listings to learn from.
        recipe: how.
        seed: decides initial weights, batches and drop-outs.
        device: torch's name of it; all features must fit on it.
        validate: of each epoch's layer, the higher the better; its best epoch is chosen.
        advance: told after each epoch.

    Raises:
        TrainingError: too few products with two listings, or features or a loss that are not finite.
        ValueError: `validate` for a layer that is no `Projection`.
    """
    check_finite(features)
    inputs = frozen_inputs(features, recipe)
    blocks = blocks_of(inputs, recipe, torch.device(device))
    return fit(blocks, inputs, recipe, seed=seed, validate=validate, advance=advance)


def untrained(features: FrozenFeatures, recipe: Recipe, *, seed: int) -> Projection:
    """The layer as training begins it at the principal axes, whatever the recipe's start; needs no twins.

    Args:
        features: whose axes these are.
        recipe: of a linear layer.
        seed: of what no axis decides.

    Raises:
        ValueError: a recipe with hidden layers.
    """
    recipe = replace(recipe, start="pca")
    blocks = blocks_of(frozen_inputs(features, recipe), recipe, torch.device("cpu"))
    return new_network(blocks, recipe, torch.Generator().manual_seed(seed)).projection(blocks)


def check_finite(features: FrozenFeatures) -> None:
    """Refuse features that no encoder should give.

    Raises:
        TrainingError: names listings that have such.
    """
    if odd := not_finite(features):
        raise TrainingError(
            f"{len(odd)} of {len(features)} listings have features that are not finite: "
            f"{', '.join(odd[:_NAMED])}; look at their pictures and texts, or at the encoder's weights"
        )


def fit(
    blocks: Sequence[Block],
    truth: TrainingInputs,
    recipe: Recipe,
    *,
    seed: int,
    validate: Validate | None = None,
    advance: Advance = lambda _done: None,
) -> TrainedProjection:
    """The training itself, of features that are on their device already; see `train`.

    Args:
        blocks: image, text and numbers.
        truth: whose products, groups and names count here.
        recipe: how.
        seed: see `train`.
        validate: see `train`.
        advance: see `train`.

    Raises:
        TrainingError: see `train`.
    """
    device = blocks[0].rows.device
    sampler = _sampler(truth, recipe, device)
    generator = torch.Generator(device).manual_seed(seed)
    network = new_network(blocks, recipe, generator)
    optimiser = torch.optim.Adam(network.parameters, lr=recipe.rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs)
    history: list[Epoch] = []
    chosen, best = 0, -np.inf
    kept = [tensor.detach().clone() for tensor in network.parameters]
    neighbourhoods = None
    home = [tensor.detach().clone() if recipe.start == "pca" else 0.0 for tensor in network.parameters]
    step = _Step(network, blocks, recipe, optimiser, generator, home)
    for number in range(recipe.epochs):
        if recipe.mined and number and number % recipe.mine_every == 0:
            neighbourhoods = _mined(network, blocks, sampler, recipe, generator)
        batches = list(sampler.epoch(generator, neighbourhoods))
        with _tf32():
            losses = torch.stack([step(batch) for batch in batches])
        loss = _finite_mean(losses, number, batches, truth)
        schedule.step()
        score = None if validate is None else float(validate(network.projection(blocks)))
        history.append(Epoch(loss, score))
        if score is None or score > best:
            chosen, best = number, best if score is None else score
            kept = [tensor.detach().clone() for tensor in network.parameters]
        advance(1)
    with torch.no_grad():
        for tensor, value in zip(network.parameters, kept, strict=True):
            tensor.copy_(value)
    return TrainedProjection(network, tuple(blocks), tuple(history), chosen)


def _sampler(truth: TrainingInputs, recipe: Recipe, device: torch.device) -> GroupSampler:
    _, first, products, count = np.unique(
        truth.products, return_index=True, return_inverse=True, return_counts=True
    )
    with_twins = int((count > 1).sum())
    if with_twins < FEWEST_PRODUCTS:
        raise TrainingError(
            f"{with_twins} products have two listings or more, of {len(truth)} listings in all; "
            f"at least {FEWEST_PRODUCTS} are needed, and hundreds for a layer worth having"
        )
    groups = products  # a product by itself
    if recipe.variants_together:  # by the product's first listing, so that no product is torn apart
        groups = np.unique(truth.groups[first], return_inverse=True)[1][products]
    return GroupSampler(
        torch.from_numpy(products.astype(np.int64)).to(device),
        torch.from_numpy(groups.astype(np.int64)).to(device),
        recipe.batch,
    )


@dataclass(frozen=True)
class _Step:
    """One step down."""

    network: Network
    blocks: Sequence[Block]
    recipe: Recipe
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    home: Sequence[torch.Tensor | float]  # where decay pulls each parameter to

    def __call__(self, batch: Batch) -> torch.Tensor:
        """The batch's loss, still on the device, so that nothing waits for it."""
        rows = [self._with_gaps(block.rows[batch.rows]) for block in self.blocks]
        image, text = (block.present[batch.rows] for block in self.blocks[:2])
        kept = dict(enumerate(drop_modality(image, text, self.recipe.drop_modality, self.generator)))
        vectors = self.network(rows, kept)
        fast = vectors.device.type == "cuda"
        loss = adjacent_twins_loss(
            vectors, batch.lengths, self.recipe.temperature, tile=self.recipe.tile, fast=fast
        )
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self._decay()
        self.optimiser.step()
        return loss.detach()

    @torch.no_grad()
    def _decay(self) -> None:
        """AdamW's own pulls to 0 only."""
        share = self.optimiser.param_groups[0]["lr"] * self.recipe.decay
        for tensor, home in zip(self.network.parameters, self.home, strict=True):
            tensor.sub_(share * (tensor - home))

    def _with_gaps(self, rows: torch.Tensor) -> torch.Tensor:
        if not self.recipe.drop_feature:
            return rows
        kept = torch.empty_like(rows).bernoulli_(1 - self.recipe.drop_feature, generator=self.generator)
        return rows * kept


def drop_modality(
    image: torch.Tensor, text: torch.Tensor, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Which of pictures and text each listing keeps; never neither, if it had one.

    Args:
        image: bool[n], who has pictures; `text` likewise.
        text: bool[n].
        share: how often who has both loses the one, and how often the other.
        generator: on their device.
    """
    chance = torch.rand(image.shape, generator=generator, device=image.device)
    alone = ~(image & text)
    return image & (alone | (chance >= share)), text & (alone | (chance < 1 - share))


@contextmanager
def _tf32() -> Iterator[None]:
    """Float32 products of a GPU in TF32, within a thousandth; a CPU does not know it."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = True
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


@torch.no_grad()
def _mined(
    network: Network,
    blocks: Sequence[Block],
    sampler: GroupSampler,
    recipe: Recipe,
    generator: torch.Generator,
) -> torch.Tensor:
    """int64[groups]: groups of one number are confused by the layer as it is."""
    count = len(sampler.groups)
    vectors = torch.cat(
        [network([block.rows[start : start + _TILE] for block in blocks]) for start in range(0, count, _TILE)]
    )
    order = torch.argsort(sampler.groups, stable=True)
    sizes = torch.bincount(sampler.groups)
    centres = normalize(
        torch.segment_reduce(vectors[order], "sum", lengths=sizes, axis=0, unsafe=True), dim=1
    )
    return neighbourhoods_of(centres, recipe.mined, generator)


def _finite_mean(losses: torch.Tensor, epoch: int, batches: Sequence[Batch], truth: TrainingInputs) -> float:
    """The epoch's mean loss: the one time an epoch that the device is waited for."""
    bad = torch.nonzero(~torch.isfinite(losses)).flatten().tolist()
    if bad:
        rows: Iterator[int] = iter(batches[bad[0]].rows[:_NAMED].tolist())
        names = ", ".join(truth.name(row) for row in rows)
        raise TrainingError(
            f"epoch {epoch + 1}, batch {bad[0] + 1} of {len(batches)}: the loss is {losses[bad[0]].item()}; "
            f"the batch begins with the listings {names}; look for features that are not finite there, or "
            "lower the rate"
        )
    return float(losses.mean().item())
