"""The whole of it: draw three catalogues, train on the first, decide on the second, measure on the third."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from model.artifact import Artifact, Encoders, Trained, TrainingSet, write_artifact
from model.artifact.commit import git_commit
from model.card import write_card
from model.data.labelled import LabelledListing
from model.decision.decider import Decider
from model.decision.fitting import fit_decider
from model.drift_reference import DriftReference
from model.embedded import EmbeddedListing
from model.money import Rates
from model.projection import Projection
from model.synthetic.catalogue import make_catalogue
from model.trained_on import TrainedOn
from model.training.evaluation import decided, nearest_pairs, retrieval, rounded
from model.training.features import CatalogueFeatures, catalogue_features, embedded
from model.training.recipe import Recipe

if TYPE_CHECKING:
    from model.encoders.towers import PictureTower, TextTower

_NEIGHBOURS = 20

Started = Callable[[str, int], Callable[[int], None]]
"""Begins a stage of a given length, and gives what to tell its progress to."""


@dataclass(frozen=True)
class Plan:
    """What to train on.

    Attributes:
        products: in the catalogue that the layer learns from.
        calibration_products: in the catalogue that the decider is fitted and calibrated on: other products,
            other sellers.
        test_products: in the catalogue that is only measured on: other garment templates, brands and titles,
            too.
        seed: of everything.
        precision_target: wanted precision of matches. `fit_decider` takes 98 % by itself; for the drawn
            catalogue, where nobody is harmed, 97 % finds a tenth more of the true pairs.
        recipe: of the layer.
    """

    products: int = 4000
    calibration_products: int = 1800
    test_products: int = 1000
    seed: int = 7
    precision_target: float = 0.97
    recipe: Recipe = field(default_factory=Recipe)


def train_artifact(
    out: Path,
    plan: Plan,
    pictures: PictureTower,
    texts: TextTower,
    *,
    rates: Rates,
    started: Started = lambda _stage, _length: lambda _done: None,
) -> Artifact:
    """Train and write the folder `out`.

    Args:
        out: a new folder, or an artifact's that is to be replaced.
        plan: what on.
        pictures: the frozen vision tower.
        texts: the frozen text tower.
        rates: by which prices are compared.
        started: told of each stage.

    Raises:
        ArtifactError: `out` holds other files.
    """
    from model.training.contrastive import train_projection  # noqa: PLC0415 (torch takes seconds to import)

    sets = _features(plan, pictures, texts, rates, started)
    training, calibration, test = sets["train"], sets["calibrate"], sets["test"]
    advance = started("train the layer", plan.recipe.epochs)
    projection = train_projection(training, plan.recipe, plan.seed, advance).stored()
    decider = _decider(calibration, projection, plan, rates)

    advance = started("measure", 2)
    listings = embedded(test, projection)
    zero_shot = retrieval(test.zero_shot(), test.products)
    advance(1)
    trained = retrieval(np.stack([listing.embedding.vector for listing in listings]), test.products)
    outcome = decided(listings, test.products, decider, _NEIGHBOURS)
    advance(1)
    shown = embedded(training, projection)
    offered = nearest_pairs(np.stack([listing.embedding.vector for listing in shown]), _NEIGHBOURS)
    nearest, probabilities = _seen(shown, offered, decider)
    specs = Encoders(pictures=pictures.spec, text=texts.spec)
    data = tuple(_counted(name, sets[name]) for name in ("train", "calibrate"))
    figures: dict[str, JsonValue] = {
        "zero_shot": dict(rounded(zero_shot)),
        "trained": dict(rounded(trained)),
        "decided": dict(rounded(outcome)),
    }
    return write_artifact(
        out,
        encoders=specs,
        projection=projection,
        rates=rates,
        decider=decider,
        drift_reference=DriftReference.of(shown, nearest, probabilities, rates=rates),
        trained_on=TrainedOn.of(
            [row for part in (training, calibration) for row in _rows(part)],
            [hashes for part in (training, calibration) for hashes in part.hashes],
        ),
        card=write_card(
            encoders=specs, dimension=projection.dimension, data=data, decider=decider, report=None
        ),
        trained=Trained(data=data, recipe={"plan": asdict(plan)}, measured=figures),
        git_commit=git_commit(),
    )


def _seen(
    listings: list[EmbeddedListing], offered: NDArray[np.int64], decider: Decider
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """float64[n], each listing's nearest cosine, and float64[m], the probability of each offered pair."""
    nearest = np.full(len(listings), np.nan)
    probabilities = np.empty(len(offered))
    decisions = decider.decide([(listings[a], listings[b]) for a, b in offered])
    for place, ((a, b), decision) in enumerate(zip(offered, decisions, strict=True)):
        cosine = decision.similarity.fused
        nearest[a], nearest[b] = np.fmax(nearest[a], cosine), np.fmax(nearest[b], cosine)
        probabilities[place] = decision.probability
    return nearest, probabilities


def _rows(features: CatalogueFeatures) -> list[LabelledListing]:
    return [
        LabelledListing(listing, str(product), str(group), "synthetic")
        for listing, product, group in zip(features.listings, features.products, features.groups, strict=True)
    ]


def _counted(name: str, features: CatalogueFeatures) -> TrainingSet:
    return TrainingSet(
        name="synthetic",
        use={"train": "layer", "calibrate": "decider"}[name],
        synthetic=True,
        listings=len(features),
        products=len(np.unique(features.products)),
        sellers=len({listing.seller_id for listing in features.listings}),
        pictures=sum(map(len, features.hashes)),
    )


def cli_train(
    out: Path, *, products: int | None = None, seed: int = 7, threads: int | None = None
) -> Artifact:
    """Train the default artifact's kind on a synthetic catalogue, with a progress bar and a table at the end.

    Args:
        out: a new folder, or an artifact's that is to be replaced.
        products: in the training catalogue; the other two catalogues shrink with it. None: as many as the
            embedded default was trained on.
        seed: of everything.
        threads: for tensor operations; None leaves torch's choice.

    Raises:
        ArtifactError: `out` holds other files.
        EncoderError: the packaged encoders are not installed.
    """
    import torch  # noqa: PLC0415 (takes seconds, and a command line is built without it)

    from model.encoders.loading import default_specs, load_pictures, load_texts  # noqa: PLC0415 (as above)

    if threads is not None:
        torch.set_num_threads(threads)
    console = Console(stderr=True)
    with console.status("loading the encoders"):
        picture_spec, text_spec = default_specs()
        pictures, texts = load_pictures(picture_spec), load_texts(text_spec)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:

        def started(stage: str, length: int) -> Callable[[int], None]:
            task = bar.add_task(stage, total=length)
            return lambda done: bar.advance(task, done)

        artifact = train_artifact(
            out, _sized(products, seed), pictures, texts, rates=Rates.snapshot(), started=started
        )
    console.print(_table(artifact))
    return artifact


def _sized(products: int | None, seed: int) -> Plan:
    whole = Plan(seed=seed)
    if products is None:
        return whole
    share = products / whole.products
    return Plan(
        products=products,
        calibration_products=max(
            60, min(whole.calibration_products, round(whole.calibration_products * share))
        ),
        test_products=max(60, min(whole.test_products, round(whole.test_products * share))),
        seed=seed,
    )


def _features(
    plan: Plan, pictures: PictureTower, texts: TextTower, rates: Rates, started: Started
) -> dict[str, CatalogueFeatures]:
    catalogues = {
        "train": make_catalogue(seed=plan.seed, products=plan.products, split="train"),
        "calibrate": make_catalogue(seed=plan.seed + 1, products=plan.calibration_products, split="train"),
        "test": make_catalogue(seed=plan.seed + 2, products=plan.test_products, split="demo"),
    }
    return {
        name: catalogue_features(
            catalogue, pictures, texts, rates, started(f"draw and encode: {name}", len(catalogue.offers))
        )
        for name, catalogue in catalogues.items()
    }


def _decider(features: CatalogueFeatures, layer: Projection, plan: Plan, rates: Rates) -> Decider:
    """Fitted on the pairs that retrieval offers among these offers, in the proportions in which it does."""
    listings = embedded(features, layer)
    offered = nearest_pairs(np.stack([listing.embedding.vector for listing in listings]), _NEIGHBOURS)
    first, second = offered[:, 0], offered[:, 1]
    return fit_decider(
        [(listings[a], listings[b]) for a, b in offered],
        features.products[first] == features.products[second],
        np.minimum(features.groups[first], features.groups[second]),
        rates=rates,
        precision_target=plan.precision_target,
        seed=plan.seed,
    )


def _table(artifact: Artifact) -> Table:
    table = Table("figure", "value", title=f"artifact {artifact.version} in {artifact.folder}")
    for kind, figures in artifact.config.trained.measured.items():
        if isinstance(figures, dict):
            for name, value in figures.items():
                table.add_row(f"{kind}: {name}", str(value))
    return table
