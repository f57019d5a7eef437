"""What a layer is worth by itself, whether or not the stream computes its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.data.problems import DataError
from model.evaluation.ablations import Way, by_cosine
from model.evaluation.bootstrap import Draws
from model.evaluation.figures import Measured, Ranking, ranking
from model.evaluation.population import Population, Scope
from model.features.embed import zero_shot
from model.features.frozen import FrozenFeatures, unit_rows
from model.projection import MODALITIES
from model.training.inputs import frozen_inputs
from model.training.material import Material
from model.training.pipeline import trained_on
from model.training.plan import Plan
from model.training.recipe import Recipe

if TYPE_CHECKING:
    from model.training.contrastive import TrainedProjection

_RESAMPLES = 200

Float32 = NDArray[np.float32]
Started = Callable[[str, int], Callable[[int], None]]


def measure_layer(
    material: Material,
    plan: Plan,
    *,
    device: str = "cpu",
    started: Started = lambda _stage, _length: lambda _done: None,
) -> dict[str, Ranking]:
    """Train a layer of any kind, and rank the test part's pairs by the cosine of its vectors.

    All kinds stop after the same number of epochs, so that they can be compared: none is chosen by the
    validation part.

    Args:
        material: what it learns from, and is measured on.
        plan: whose recipe need not be one that the stream computes.
        device: torch's name of the one that the layer is trained on.
        started: told of each stage.

    Returns:
        `zero_shot`, the encoders' features side by side, and `fused`, the layer's vectors.

    Raises:
        DataError: nothing was kept back to measure on.
        TrainingError: see `model.training.contrastive.train`.
    """
    from model.training.contrastive import train  # noqa: PLC0415 (torch takes seconds to import)

    population = None if material.test is None else Population.of(material.test, trained_on(material))
    if population is None or not len(population.true_pairs):
        raise DataError(
            "no two listings of a product were kept back to measure on: give more, or a --holdout"
        )
    advance = started("train the layer", plan.recipe.epochs)
    trained = train(material.fit, plan.recipe, seed=plan.seed, device=device, advance=advance)
    advance = started("measure", 2)
    draws = Draws.of(population.product_count, _RESAMPLES, plan.seed)
    found = {}
    for way, vectors in (
        (Way.ZERO_SHOT, zero_shot(population.features)),
        (Way.FUSED, layer_vectors(trained, population.features, plan.recipe)),
    ):
        scoring = by_cosine(way, population, vectors)
        found[str(way)] = ranking(Measured(scoring, population, Scope.ALL, draws))
        advance(1)
    return found


def layer_vectors(trained: TrainedProjection, features: FrozenFeatures, recipe: Recipe) -> Float32:
    """float32[n, d] of unit length: what a layer of any kind makes of listings.

    Args:
        trained: the layer.
        features: of n listings.
        recipe: that it was trained by: says how pictures are pooled, and what is left out.
    """
    import torch  # noqa: PLC0415 (it takes seconds to import)

    sure = replace(features, rows=tuple(replace(row, ambiguous=False) for row in features.rows))
    inputs = frozen_inputs(sure, recipe)  # it leaves out listings that are ambiguous, so none is here
    total = trained.network.bias.detach().cpu().numpy()
    with torch.no_grad():
        for name, block, part in zip(MODALITIES, trained.blocks, trained.network.parts, strict=True):
            scaled = np.nan_to_num((getattr(inputs, name) - block.mean) / block.std).astype(np.float32)
            rows = torch.from_numpy(scaled).to(block.rows.device, block.rows.dtype)
            total = total + part(rows).cpu().numpy()
    return unit_rows(total)
