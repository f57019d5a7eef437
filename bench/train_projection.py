"""How long the projection's training takes, against what the chip could do and against common PyTorch.

    python bench/train_projection.py --size paper --device cuda   # 1.6 million listings, 50 epochs
    python bench/train_projection.py --size paper --roofline-only # the arithmetic alone
    python bench/train_projection.py --size small           # beside pytorch-metric-learning

Roofline of the paper's size, n = 1.6 million listings of F = 1,664 + 384 + 3 inputs in bf16 (6.6 GB, on the
device once), d = 192, B = 16,384, 50 epochs, on an H100 SXM (989 TFLOP/s bf16, 494 TF32, 3.35 TB/s):

- the layer, forward and weights' gradient: 4 n F d x 50 = 0.13 PFLOP, 0.13 s;
- the loss, three products of tile x B: 6 n B d x 50 = 1.5 PFLOP, a third of it TF32, 2.0 s;
- the features, gathered, thinned and read twice: 9 passes of n F x 2 bytes x 50 = 3.0 TB, 0.9 s;
- the similarities, n B x 50 = 1.3e12: written in float32, read, written in bf16, read three times (their sum,
  two products): 16 bytes each, 21 TB, 6.3 s; less where a tile stays in cache.

Memory: the features, and 6 bytes x tile x B of similarities: 0.2 GB at 2,048 rows. Whole they were 1.6 GB;
common PyTorch keeps several such matrices in float32; each listing's features cross from the host each step.

The figures for the GPU are arithmetic: this has been run on a CPU only.
"""

from __future__ import annotations

import argparse
import importlib
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn.functional import normalize

from model.training.contrastive import fit
from model.training.inputs import TrainingInputs
from model.training.loss import supervised_contrastive_loss
from model.training.network import Block
from model.training.recipe import Recipe

WIDTHS = (1664, 384, 3)
TWINS = 4  # listings of a product
CHUNK = 65_536  # rows drawn at a time
NOISE = 5.0  # beside a product's own features: such that not every twin is found
JUDGED = 4096  # listings that loss and recall are measured on, the same for both


@dataclass(frozen=True)
class Size:
    """How much is trained on."""

    listings: int
    batch: int
    epochs: int


SIZES = {
    "paper": Size(1_600_000, 16_384, 50),
    "small": Size(20_000, 1_024, 3),
    "tiny": Size(2_000, 256, 2),
}


@dataclass(frozen=True)
class Chip:
    """A device's dense rates.

    Attributes:
        bf16: FLOP/s.
        tf32: FLOP/s of what is left in float32.
        memory: bytes/s.
    """

    bf16: float
    tf32: float
    memory: float


CHIPS = {  # the makers' data sheets
    "h100": Chip(989e12, 494e12, 3.35e12),
    "h200": Chip(989e12, 494e12, 4.8e12),
    "a100": Chip(312e12, 156e12, 2.0e12),
}


def roofline(size: Size, dimension: int, chip: Chip) -> dict[str, float]:
    """Seconds at the chip's rates, if compute and memory never wait for one another's work to begin."""
    seen, features = size.listings * size.epochs, sum(WIDTHS)
    similarities = seen * size.batch
    return {
        "the layer's products": 4 * seen * features * dimension / chip.bf16,
        "the loss's products": similarities * dimension * (2 / chip.tf32 + 4 / chip.bf16),
        "the features' bytes": 9 * seen * features * 2 / chip.memory,
        "the similarities' bytes": 16 * similarities / chip.memory,
    }


def say_roofline(size: Size, chips: dict[str, Chip], measured: float | None) -> None:
    for name, chip in chips.items():
        parts = roofline(size, 192, chip)
        flops = parts["the layer's products"] + parts["the loss's products"]
        moved = parts["the features' bytes"] + parts["the similarities' bytes"]
        least = max(flops, moved)
        print(f"roofline on {name}: " + ", ".join(f"{part} {spent:.2f} s" for part, spent in parts.items()))
        print(f"  at least {least:.1f} s overlapped, {flops + moved:.1f} s one after the other")
        if measured is not None:
            print(f"  measured {measured:.1f} s: {least / measured:.0%} of the overlapped bound")


def drawn(size: Size, device: torch.device) -> tuple[tuple[Block, ...], TrainingInputs]:
    """Synthetic embeddings on the device: a product's own features among noise."""
    generator = torch.Generator(device).manual_seed(0)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    products = np.arange(size.listings) // TWINS
    blocks = []
    for width in WIDTHS:
        rows = torch.empty(size.listings, width, dtype=dtype, device=device)
        basis = torch.randn(32, width, generator=generator, device=device) / 32**0.5
        for start in range(0, size.listings, CHUNK):
            part = rows[start : start + CHUNK]
            inner = torch.randn(-(-len(part) // TWINS), 32, generator=generator, device=device) @ basis
            noise = torch.randn(part.shape, generator=generator, device=device)
            part.copy_(inner.repeat_interleave(TWINS, 0)[: len(part)] + NOISE * noise)
        present = torch.ones(size.listings, dtype=torch.bool, device=device)
        flat = np.zeros(width, np.float32)
        blocks.append(Block(rows, present, flat, flat + 1))
    empty = np.zeros((0, 0), np.float32)
    return tuple(blocks), TrainingInputs(empty, empty, empty, products, products // 3)


def ours(blocks: tuple[Block, ...], truth: TrainingInputs, recipe: Recipe) -> tuple[float, torch.Tensor]:
    """Seconds, and the vectors of the first listings."""
    device = blocks[0].rows.device
    if device.type == "cuda":
        torch.cuda.synchronize()
    before = time.perf_counter()
    result = fit(
        blocks, truth, recipe, seed=1
    )  # each epoch's loss is read on the host, so nothing is pending
    spent = time.perf_counter() - before
    with torch.no_grad():
        vectors = result.network([block.rows[:CHUNK] for block in blocks])
    return spent, vectors


def common(blocks: tuple[Block, ...], truth: TrainingInputs, recipe: Recipe) -> tuple[float, torch.Tensor]:
    """The same by pytorch-metric-learning, its sampler and a DataLoader, as its examples have it."""
    losses = importlib.import_module("pytorch_metric_learning.losses")
    samplers = importlib.import_module("pytorch_metric_learning.samplers")
    torch.manual_seed(1)
    features = torch.cat([block.rows for block in blocks], dim=1)
    labels = torch.from_numpy(truth.products)
    layer = torch.nn.Linear(features.shape[1], recipe.dimension)
    criterion = losses.SupConLoss(temperature=recipe.temperature)
    sampler = samplers.MPerClassSampler(
        labels, m=TWINS, batch_size=recipe.batch, length_before_new_iter=len(labels)
    )
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(features, labels), batch_size=recipe.batch, sampler=sampler
    )
    optimiser = torch.optim.AdamW(layer.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs)
    before = time.perf_counter()
    for _ in range(recipe.epochs):
        for rows, products in loader:
            optimiser.zero_grad()
            loss = criterion(normalize(layer(rows), dim=1), products)
            loss.backward()
            optimiser.step()
        schedule.step()
    spent = time.perf_counter() - before
    with torch.no_grad():
        vectors = normalize(layer(features[:CHUNK]), dim=1)
    return spent, vectors


def judged(vectors: torch.Tensor, truth: TrainingInputs) -> str:
    """Loss and nearest neighbours of the first listings."""
    products = torch.from_numpy(truth.products[: len(vectors)]).to(vectors.device)
    loss = supervised_contrastive_loss(vectors[:JUDGED], products[:JUDGED], 0.1).item()
    similar = vectors[:JUDGED] @ vectors.T
    similar.diagonal().fill_(-torch.inf)
    right = (products[similar.argmax(1)] == products[:JUDGED]).float().mean().item()
    return f"loss {loss:.3f}, R@1 {right:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--chip", choices=CHIPS, help="whose roofline; all by default")
    parser.add_argument("--roofline-only", action="store_true")
    parser.add_argument("--alone", action="store_true", help="without pytorch-metric-learning beside it")
    parser.add_argument("--threads", type=int, default=None)
    wanted = parser.parse_args()
    size = SIZES[wanted.size]
    chips = {wanted.chip: CHIPS[wanted.chip]} if wanted.chip else CHIPS
    if wanted.roofline_only:
        say_roofline(size, chips, None)
        return
    if wanted.threads:
        torch.set_num_threads(wanted.threads)
    device = torch.device(wanted.device)
    # One and the same task for both: no drop-out, groups of one product, the same rate.
    recipe = Recipe(
        epochs=size.epochs, batch=size.batch, rate=2e-3, drop_modality=0, drop_feature=0, temperature=0.1
    )
    blocks, truth = drawn(size, device)
    ours(blocks, truth, replace(recipe, epochs=1))  # warm: kernels chosen, memory reserved
    spent, vectors = ours(blocks, truth, recipe)
    rate = size.listings * size.epochs / spent
    print(
        f"{size.listings} listings, {size.epochs} epochs, batch {size.batch}, {device}, "
        f"{torch.get_num_threads()} threads"
    )
    print(f"skutwin: {spent:.1f} s, {rate:,.0f} listings/s, {judged(vectors, truth)}")
    if device.type == "cuda":
        print(f"  memory at its highest: {torch.cuda.max_memory_allocated() / 1e9:.1f} GB")
        say_roofline(size, chips, spent)
    elif not wanted.alone:
        common(blocks, truth, replace(recipe, epochs=1))
        other, vectors = common(blocks, truth, recipe)
        print(
            f"pytorch-metric-learning: {other:.1f} s, {judged(vectors, truth)}; "
            f"{other / spent:.1f} times as long"
        )


if __name__ == "__main__":
    main()
