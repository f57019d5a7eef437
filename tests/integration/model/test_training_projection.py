"""The training of the layer: what it learns, that it repeats, and what stops it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.projection import Projection
from model.training.contrastive import TrainedProjection, TrainingError, fit
from model.training.inputs import TrainingInputs
from model.training.network import blocks_of
from model.training.recipe import Recipe
from model.training.start import new_network

SMALL = Recipe(dimension=16, epochs=30, batch=60, rate=1e-2)


def clouds(seed: int = 0, products: int = 40, each: int = 4) -> TrainingInputs:
    """Listings whose product shows in a few features and is drowned in the others."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(products), each)
    meaning = np.random.default_rng(100 + seed).normal(size=(products, 12))
    image = rng.normal(0, 3.0, (len(truth), 24))
    text = rng.normal(0, 3.0, (len(truth), 12))
    image[:, :6] = meaning[truth, :6] + rng.normal(0, 0.2, (len(truth), 6))
    text[:, :6] = meaning[truth, 6:] + rng.normal(0, 0.2, (len(truth), 6))
    image[:5], text[5:10] = np.nan, np.nan
    return TrainingInputs(
        image=image.astype(np.float32),
        text=text.astype(np.float32),
        numbers=np.tile(rng.normal(size=(1, 3)), (len(truth), 1)).astype(np.float32),
        products=truth.astype(np.int64),
        groups=(truth // 2).astype(np.int64),
        names=[f"listing-{row}" for row in range(len(truth))],
    )


def recall_at_1(vectors: np.ndarray, products: np.ndarray) -> float:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    return float((products[scores.argmax(axis=1)] == products).mean())


def trained(inputs: TrainingInputs, recipe: Recipe, **options: object) -> TrainedProjection:
    blocks = blocks_of(inputs, recipe, torch.device("cpu"))
    return fit(blocks, inputs, recipe, **{"seed": 1, **options})  # type: ignore[arg-type]  # mypy knows no spread of options


def vectors(inputs: TrainingInputs, layer: Projection) -> np.ndarray:
    parts = [
        np.nan_to_num(getattr(inputs, name) - getattr(layer, name).mean) @ getattr(layer, name).weight.T
        for name in ("image", "text", "numbers")
    ]
    total = layer.bias + sum(parts)
    return total / np.linalg.norm(total, axis=1, keepdims=True)


@pytest.mark.parametrize(
    "recipe",
    [SMALL, replace(SMALL, mined=4, mine_every=2), replace(SMALL, precision="bf16")],
    ids=["as it is", "with mined neighbours", "in bf16"],
)
def test_the_layer_learns_what_tells_products_apart(recipe: Recipe) -> None:
    """On products it never saw, twins are found that the raw features do not show."""
    layer = trained(clouds(0), recipe).projection
    unseen = clouds(1)
    raw = np.nan_to_num(np.concatenate([unseen.image, unseen.text], axis=1))
    before = recall_at_1(raw / np.linalg.norm(raw, axis=1, keepdims=True), unseen.products)
    after = recall_at_1(vectors(unseen, layer), unseen.products)
    assert before < 0.4
    assert after > 0.8


@pytest.mark.parametrize("recipe", [SMALL, replace(SMALL, mined=3, mine_every=1, layer="mlp")])
def test_the_same_seed_gives_the_same_layer(recipe: Recipe) -> None:
    """Bit for bit; another seed gives another."""
    short = replace(recipe, epochs=3)
    one, again, other = (trained(clouds(), short, seed=seed).network.parameters for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one[1], other[1])


def test_the_projection_is_the_trained_network_on_features_as_they_come() -> None:
    """Scaling went into the weights; what is missing adds nothing in either."""
    inputs = clouds()
    result = trained(inputs, replace(SMALL, epochs=2))
    with torch.no_grad():
        expected = result.network([block.rows for block in result.blocks]).numpy()
    assert vectors(inputs, result.projection) == pytest.approx(expected, abs=1e-5)


def test_the_epoch_that_validates_best_is_chosen() -> None:
    """Not the last one; its weights are given back, and the history tells all."""
    seen: list[bytes] = []
    scores = iter([0.1, 0.7, 0.3, 0.2])

    def validate(layer: Projection) -> float:
        seen.append(layer.to_bytes())
        return next(scores)

    told: list[int] = []
    result = trained(clouds(), replace(SMALL, epochs=4), validate=validate, advance=told.append)
    assert result.chosen == 1
    assert result.projection.to_bytes() == seen[1]
    assert [epoch.validation for epoch in result.history] == [0.1, 0.7, 0.3, 0.2]
    assert result.history[3].loss < result.history[0].loss
    assert told == [1, 1, 1, 1]


def test_a_loss_that_is_not_finite_stops_with_the_batchs_listings() -> None:
    """Epoch, batch and the first listings of it; nothing is given back."""
    inputs = clouds()
    blocks = blocks_of(inputs, SMALL, torch.device("cpu"))
    blocks[0].rows[17, 3] = torch.inf
    with pytest.raises(
        TrainingError, match=r"epoch 1, batch \d of 3: the loss is nan.*listing-\d+, listing-\d+"
    ):
        fit(blocks, inputs, SMALL, seed=0)


def test_too_few_products_with_twins_are_refused_with_how_many_are_needed() -> None:
    """Seven are not enough, eight are."""
    with pytest.raises(TrainingError, match=r"7 products have two listings.*at least 8"):
        trained(clouds(products=7), SMALL)
    trained(clouds(products=8), replace(SMALL, epochs=1))


def test_a_layer_with_hidden_units_is_for_measuring() -> None:
    """It has no form that an artifact holds, and says so."""
    result = trained(clouds(), replace(SMALL, epochs=1, layer="mlp"))
    with pytest.raises(ValueError, match="artifact is linear"):
        _ = result.projection


def test_the_principal_axes_are_the_features_own_similarity() -> None:
    """Before any step the layer's cosines are those of the scaled features, each kind with its say."""
    inputs = clouds()
    inputs = replace(inputs, numbers=np.full_like(inputs.numbers, np.nan), image_parts=(10, 8, 6))
    recipe = replace(SMALL, start="pca", texture_weight=1.5, palette_weight=2, text_weight=0.5, dimension=40)
    blocks = blocks_of(inputs, recipe, torch.device("cpu"))
    network = new_network(blocks, recipe, torch.Generator().manual_seed(0))
    with torch.no_grad():
        network.bias.zero_()
        found = network([block.rows for block in blocks]).numpy()
    kinds = [np.s_[:10], np.s_[10:18], np.s_[18:]]
    image = [blocks[0].rows.numpy()[:, kind] for kind in kinds]
    says = zip([*image, blocks[1].rows.numpy()], (1, 1.5, 2, 0.5), strict=True)
    whole = np.concatenate([rows * say / rows.shape[1] ** 0.5 for rows, say in says], axis=1)
    whole /= np.linalg.norm(whole, axis=1, keepdims=True)
    assert found @ found.T == pytest.approx(whole @ whole.T, abs=0.01)


def test_decay_pulls_back_to_the_principal_axes_and_otherwise_to_nothing() -> None:
    """With much of it the layer stays where it started, or dwindles."""
    inputs = clouds()
    for start, decay_matters in (("pca", 1.0), ("random", 0.0)):
        recipe = replace(SMALL, start=start, epochs=1, decay=100.0, rate=1e-2)
        blocks = blocks_of(inputs, recipe, torch.device("cpu"))
        begun = new_network(blocks, recipe, torch.Generator().manual_seed(1)).parts[0].weight
        ended = fit(blocks, inputs, recipe, seed=1).network.parts[0].weight
        share = (ended.norm() / begun.norm()).item()
        assert share == pytest.approx(decay_matters, abs=0.4)
