"""From encoded listings to an artifact: the layer, the decider, a report, and a reference for drift."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.artifact import Artifact, Encoders, Trained, TrainingSet, write_artifact
from model.artifact.commit import git_commit
from model.artifact.provenance import headline
from model.card import write_card
from model.decision.decider import Decider
from model.decision.fitting import fit_decider
from model.drift.making import make_reference
from model.drift.reference import DriftReference
from model.embedded import EmbeddedListing
from model.evaluation.metrics import average_precision
from model.evaluation.population import Population
from model.evaluation.report import to_json
from model.evaluation.search import offered
from model.evaluation.view import WAYS, View
from model.features.embed import embedded, vectors_of
from model.features.frozen import FrozenFeatures
from model.money import Rates
from model.projection import Projection
from model.trained_on import TrainedOn
from model.training.labelled_pairs import judged, labelled_pairs
from model.training.material import Material
from model.training.plan import Plan

_RESAMPLES = 200
_REPORT_NEIGHBOURS = 50
_DRIFT_LISTINGS = 20_000

Started = Callable[[str, int], Callable[[int], None]]
"""Begins a stage of a given length, and gives what to tell its progress to."""


@dataclass(frozen=True)
class Made:
    """What a training run makes.

    Attributes:
        projection: as it will be read back from the artifact.
        decider: fitted on listings that the projection was not trained on.
        epochs: loss and validation of each; none where nobody taught the layer.
        chosen: the epoch whose weights these are; None where it is as training begins it.
    """

    projection: Projection
    decider: Decider
    epochs: tuple[tuple[float, float | None], ...]
    chosen: int | None


def make(
    material: Material,
    plan: Plan,
    *,
    rates: Rates,
    device: str = "cpu",
    started: Started = lambda _stage, _length: lambda _done: None,
) -> Made:
    """Train the layer, then fit and calibrate the decider.

    Raises:
        TrainingError: too few twins, or features or a loss that are not finite.
        TooFewPairs: too few pairs to calibrate on; says how many more it takes.
    """
    from model.training.contrastive import check_finite  # noqa: PLC0415 (torch takes seconds to import)

    for part in material.seen:
        check_finite(part)
    projection, epochs, chosen = _layer(material, plan, device, started)
    advance = started("fit the decider", 1)
    pairs = labelled_pairs(material, projection, plan.neighbours)
    decider = fit_decider(
        pairs.pairs,
        pairs.labels,
        pairs.groups,
        rates=rates,
        precision_target=plan.precision_target,
        review_tasks_per_1000=plan.review_tasks,
        seed=plan.seed,
        calibration_weights=pairs.say,
        nameless_apart=not material.synthetic,
    )
    advance(1)
    return Made(projection, decider, epochs, chosen)


def _layer(
    material: Material, plan: Plan, device: str, started: Started
) -> tuple[Projection, tuple[tuple[float, float | None], ...], int | None]:
    """The layer, how its epochs went, and which was chosen."""
    from model.training.contrastive import train, untrained  # noqa: PLC0415 (torch takes seconds to import)

    if not material.taught:
        return untrained(material.fit, plan.recipe, seed=plan.seed).stored(), (), None
    advance = started("train the layer", plan.recipe.epochs)
    validate = None if material.validate is None else _validation(material.validate)
    trained = train(
        material.fit, plan.recipe, seed=plan.seed, device=device, validate=validate, advance=advance
    )
    history = tuple((epoch.loss, epoch.validation) for epoch in trained.history)
    return trained.projection.stored(), history, trained.chosen


def report_on(material: Material, made: Made, plan: Plan, started: Started) -> dict[str, Any] | None:
    """What `skutwin evaluate` would say of the test part; None without one."""
    if material.test is None:
        return None
    known = trained_on(material)
    looks = {"perturbed": material.test, "as_listed": material.test_as_listed}
    if material.test_as_listed is None:
        looks = {"as_listed": material.test}
    views = {
        name: View.of(
            Population.of(features, known),
            made.projection,
            made.decider,
            resamples=_RESAMPLES,
            seed=plan.seed,
            neighbours=_REPORT_NEIGHBOURS,
            advance=started(f"measure: {name.replace('_', ' ')}", WAYS),
        ).report()
        for name, features in looks.items()
        if features is not None
    }
    first = next(iter(views))
    no_more: dict[str, Any] = dict.fromkeys(("perturbed", "retrieval_recall"))
    no_more |= {"pair_sets": [], "mean_f1": []}
    report: dict[str, Any] = json.loads(to_json({"headline": first, **no_more, **views[first], **views}))
    return report


def train_artifact(
    out: Path,
    material: Material,
    plan: Plan,
    *,
    encoders: Encoders,
    rates: Rates,
    device: str = "cpu",
    started: Started = lambda _stage, _length: lambda _done: None,
) -> tuple[Artifact, dict[str, Any] | None]:
    """Make an artifact, measure it, and write the folder `out`.

    Args:
        out: a new folder, or an artifact's that is to be replaced.
        material: what it learns from.
        plan: how.
        encoders: that the material's features were made with.
        rates: by which prices are compared.
        device: torch's name of the one that the layer is trained on.
        started: told of each stage.

    Returns:
        The artifact, and the report on the test part, None without one.

    Raises:
        ArtifactError: `out` holds other files, or cannot be written.
        TrainingError: see `make`.
        TooFewPairs: see `make`.
        ValueError: a recipe whose layer the stream does not compute.
    """
    if not plan.recipe.served:
        raise ValueError("the stream computes a linear layer over mean-pooled pictures, and nothing else")
    made = make(material, plan, rates=rates, device=device, started=started)
    report = report_on(material, made, plan, started)
    sources = [
        TrainingSet.of(name, use, rows, synthetic=material.synthetic) for name, use, rows in material.sources
    ]
    card = write_card(
        encoders=encoders,
        dimension=made.projection.dimension,
        data=sources,
        decider=made.decider,
        report=report,
        measured_on=_measured_on(material),
    )
    artifact = write_artifact(
        out,
        encoders=encoders,
        projection=made.projection,
        rates=rates,
        decider=made.decider,
        drift_reference=drift_reference(material, made, plan, rates),
        trained_on=trained_on(material),
        card=card,
        trained=_trained(sources, plan, made, report),
        git_commit=git_commit(),
    )
    return artifact, report


def _trained(
    sources: Sequence[TrainingSet], plan: Plan, made: Made, report: dict[str, Any] | None
) -> Trained:
    recipe = {"plan": asdict(plan), "epochs": list(map(list, made.epochs)), "chosen_epoch": made.chosen}
    return Trained(data=tuple(sources), recipe=recipe, measured=headline(report or {}))


def trained_on(material: Material) -> TrainedOn:
    """Whom and what any part of the training saw."""
    return TrainedOn.of(
        [row for part in material.seen for row in part.rows],
        [own for part in material.seen for own in part.hashes],
    )


def drift_reference(material: Material, made: Made, plan: Plan, rates: Rates) -> DriftReference:
    """What the consumer compares its listings with: those that the decider was fitted on."""
    features = material.calibrate if material.calibrate is not None else material.fit
    features = features.take(np.arange(min(len(features), _DRIFT_LISTINGS)))
    return reference_of(
        embedded(features, made.projection), made.decider, rates=rates, neighbours=plan.neighbours
    )


def reference_of(
    listings: Sequence[EmbeddedListing], decider: Decider, *, rates: Rates, neighbours: int = 20
) -> DriftReference:
    """A reference of any listings: each is searched for exactly, and decided with its nearest.

    Args:
        listings: n of one artifact's, one at least, in the order that they came in.
        decider: the artifact's.
        rates: likewise.
        neighbours: how many nearest of each are decided.

    Raises:
        ValueError: no listings.
    """
    if not listings:
        raise ValueError("a reference of no listings says nothing")
    offers = offered(np.stack([row.embedding.vector for row in listings]), neighbours)
    nearest = np.full(len(listings), np.nan)
    for side in (0, 1):
        np.fmax.at(nearest, offers.places[:, side], offers.cosines)
    return make_reference(
        listings,
        nearest,
        offers.places,
        _probabilities(decider, listings, offers.places),
        match=decider.match.value,
        review=decider.review,
        rates=rates,
    )


def _probabilities(
    decider: Decider, listings: Sequence[EmbeddedListing], places: NDArray[np.int64]
) -> NDArray[np.float64]:
    decisions = decider.decide([(listings[a], listings[b]) for a, b in places.tolist()])
    return np.array([decision.probability for decision in decisions], np.float64)


def _validation(features: FrozenFeatures) -> Callable[[Projection], float]:
    """Area under precision-recall of the pairs that the fused vector offers."""
    sizes = np.unique(features.products[~features.ambiguous], return_counts=True)[1]
    total = int((sizes * (sizes - 1) // 2).sum())

    def score(projection: Projection) -> float:
        offers = offered(vectors_of(features, projection), _REPORT_NEIGHBOURS)
        places = judged(features, offers.places)
        kept = ~(features.ambiguous[offers.places[:, 0]] & features.ambiguous[offers.places[:, 1]])
        same = features.products[places[:, 0]] == features.products[places[:, 1]]
        return average_precision(offers.cosines[kept], same, max(total, int(same.sum())))

    return score


def _measured_on(material: Material) -> str:
    if material.synthetic:
        return "drawn listings of templates, brands and sellers that no training saw"
    return "products that were kept back, one side of each true pair as another seller would have written it"
