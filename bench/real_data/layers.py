"""Layers of other shapes over the same features: what each is worth, by the cosine of its vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.real_data.finding import Finding, Table, points, share
from bench.real_data.lab import NEIGHBOURS, Lab, say, there
from model.data.perturb import VERSION_MARK
from model.evaluation.ablations import Scoring, Way
from model.evaluation.figures import Measured, difference, ranking
from model.evaluation.population import Population, Scope
from model.evaluation.search import Offered, offered, ranked_neighbours, unit_rows
from model.features import FrozenFeatures
from model.projection import MODALITIES
from model.training.inputs import frozen_inputs
from model.training.material import joined
from model.training.recipe import Recipe

if TYPE_CHECKING:
    from model.training.contrastive import TrainedProjection

_RANKS = 3

Float32 = NDArray[np.float32]


def layer(lab: Lab) -> Finding:
    """A linear layer against one with a hidden layer to each modality."""
    own = lab.plan.recipe
    recipes = {"linear": own, "mlp": replace(own, layer="mlp")}
    measured = _measured(lab, recipes)
    return _found(
        measured,
        "linear",
        "AUCPR of the fused vectors' cosine. A hidden layer sits inside its modality: parts still add up.",
    )


def modalities(lab: Lab) -> Finding:
    """Layers that were never shown some modality."""
    own = lab.plan.recipe
    recipes = {
        "image, text, numbers": own,
        "without numbers": replace(own, numbers=False),
        "without the colour palette": replace(own, palette=False),
        "image alone": replace(own, text=False, numbers=False),
        "text alone": replace(own, image=False, numbers=False),
    }
    return _found(
        _measured(lab, recipes),
        "image, text, numbers",
        "AUCPR of the vectors' cosine, each layer trained anew.",
    )


def kept_from_the_layer(lab: Lab) -> FrozenFeatures:
    """The listings that no layer was trained on or chosen by, perturbed; no copies of single listings."""
    both = joined([there(lab.material.calibrate), there(lab.material.test)])
    alone = [row.listing.seller_id.endswith(VERSION_MARK) for row in both.rows]
    return both.take(np.flatnonzero(~np.array(alone)))


def parts_of(trained: TrainedProjection, features: FrozenFeatures, recipe: Recipe) -> list[Float32]:
    """What image, text and numbers add to each listing's vector: float32[n, d] each; 0 where missing."""
    import torch  # noqa: PLC0415 (it takes seconds to import)

    sure = replace(features, rows=tuple(replace(row, ambiguous=False) for row in features.rows))
    inputs = frozen_inputs(sure, recipe)  # which leaves out listings that are ambiguous, so none is
    found = []
    with torch.no_grad():
        for name, block, part in zip(MODALITIES, trained.blocks, trained.network.parts, strict=True):
            raw: Float32 = getattr(inputs, name)
            rows = np.nan_to_num((raw - block.mean) / block.std).astype(np.float32)
            found.append(part(torch.from_numpy(rows).to(block.rows.dtype)).numpy())
    return found


def fused(trained: TrainedProjection, parts: list[Float32]) -> Float32:
    """float32[n, d] of unit length."""
    total = trained.network.bias.detach().cpu().numpy()
    for part in parts:
        total = total + part
    return unit_rows(total)


def scored(lab: Lab, population: Population, offers: Offered) -> Measured:
    """Offered pairs, ranked by their cosines."""
    kept = population.judged(offers.places)
    judged = Offered(offers.places[kept], offers.cosines[kept])
    best = ranked_neighbours(judged, judged.cosines, len(population), _RANKS)
    scoring = Scoring(Way.FUSED, judged, judged.cosines, best)
    return Measured(scoring, population, Scope.ALL, lab.draws(population))


def compared(
    measured: Mapping[str, Measured], first: str, caption: str
) -> tuple[Table, dict[str, dict[str, Any]]]:
    """Each one's area, and its difference from the first's under the same draws."""
    rows, figures = [], {}
    for name, one in measured.items():
        own = ranking(one)
        found = difference(one, measured[first], 0.0)
        figures[name] = {**vars(own), "difference": found.difference, "interval": found.interval}
        rows.append(
            (
                name,
                share(own.aucpr, own.aucpr_interval),
                "" if name == first else points(found.difference or 0.0, found.interval),
                share(own.r_at_1),
                share(own.offered),
            )
        )
    count = int(measured[first].true.sum())
    table = Table(
        ("", "AUCPR", f"points over {first}", "R@1", "true pairs offered"),
        tuple(rows),
        f"{caption} {count} true pairs of products that the layer did not see, perturbed.",
    )
    return table, figures


def _measured(lab: Lab, recipes: Mapping[str, Recipe]) -> dict[str, Measured]:
    features = kept_from_the_layer(lab)
    population = Population.of(features, None)
    found = {}
    for name, recipe in recipes.items():
        trained = lab.layer(recipe)
        say(f"measuring: {name}")
        vectors = fused(trained, parts_of(trained, features, recipe))
        found[name] = scored(lab, population, offered(vectors, NEIGHBOURS))
    return found


def _found(measured: dict[str, Measured], first: str, caption: str) -> Finding:
    table, figures = compared(measured, first, caption)
    return Finding((table,), figures)
