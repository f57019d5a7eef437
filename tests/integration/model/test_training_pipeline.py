"""From encoded listings to an artifact: made, measured, repeated, and refused where that makes no sense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.artifact import Artifact, Encoders, load_artifact
from model.data.labelled import DataSet, LabelledPair
from model.data.problems import DataError
from model.decision.decision import Outcome
from model.decision.thresholds import TooFewPairs
from model.encoders.specs import PictureSpec, TextSpec
from model.features.embed import embedded, vectors_of
from model.features.frozen import FrozenFeatures
from model.money import Rates
from model.training.contrastive import TrainingError, train
from model.training.material import Material, real_material
from model.training.measuring import layer_vectors, measure_layer
from model.training.pipeline import make, train_artifact
from model.training.plan import Plan
from model.training.recipe import Recipe
from tests.fast.training.world import WIDTH, features_of, offer, shop

RATES = Rates.snapshot()
RECIPE = Recipe(dimension=8, epochs=6, batch=64, rate=1e-2)
PLAN = Plan(seed=3, precision_target=0.7, recipe=RECIPE)
ENCODERS = Encoders(
    pictures=PictureSpec(
        source="package:drawn", revision="0" * 16, dimension=WIDTH, size=16, mean=(0, 0, 0), std=(1, 1, 1)
    ),
    text=TextSpec(source="package:written", revision="0" * 16, dimension=WIDTH, max_tokens=16),
)


@pytest.fixture(scope="module")
def material() -> Material:
    return of_shop(120)


def of_shop(products: int, plan: Plan = PLAN) -> Material:
    catalogue = DataSet(name="shop", listings=tuple(shop(products, offers=3)))
    return real_material([catalogue], plan, lambda _, rows: features_of(rows))


def trained(material: Material, out: Path, plan: Plan = PLAN) -> tuple[Artifact, dict[str, Any] | None]:
    return train_artifact(out, material, plan, encoders=ENCODERS, rates=RATES)


def spoilt(features: FrozenFeatures, row: int) -> FrozenFeatures:
    pictures = features.pictures.copy()
    pictures[features.starts[row], 3] = np.nan
    return replace(features, pictures=pictures)


def test_an_artifact_is_made_loads_decides_and_is_measured(material: Material, tmp_path: Path) -> None:
    """What was kept back is decided mostly right; the report stands in card and config."""
    made, report = trained(material, tmp_path / "a")
    again = load_artifact(tmp_path / "a")
    assert again.version == made.version
    assert report is not None
    assert report["headline"] == "perturbed"
    for view in (report, report["as_listed"], report["known_sellers"]):
        assert 0.5 < view["fused_decider"]["aucpr"] <= 1
    assert again.config.trained is not None
    kept: Any = again.config.trained.measured
    assert kept["fused_decider"]["aucpr"] == pytest.approx(report["fused_decider"]["aucpr"], abs=1e-4)

    assert material.test_as_listed is not None
    rows = embedded(material.test_as_listed, again.projection)
    products = material.test_as_listed.products
    twins = [(a, b) for a in range(20) for b in range(a) if products[a] == products[b]]
    strangers = [(a, a + 30) for a in range(20) if products[a] != products[a + 30]]
    found = [
        [
            each.outcome is Outcome.MATCH
            for each in again.decider.decide([(rows[a], rows[b]) for a, b in places])
        ]
        for places in (twins, strangers)
    ]
    assert np.mean(found[0]) > 0.8
    assert np.mean(found[1]) < 0.2


def test_the_artifact_knows_whom_and_what_training_saw(material: Material, tmp_path: Path) -> None:
    """And nothing of what was kept back, so that an evaluation can tell them apart."""
    artifact, _ = trained(material, tmp_path / "a")
    assert material.test_as_listed is not None
    for part in material.seen:
        assert all(artifact.trained_on.knows_product(row.store, row.product_id) for row in part.rows)
    kept_back = material.test_as_listed.rows
    assert not any(artifact.trained_on.knows_product(row.store, row.product_id) for row in kept_back)


def test_the_same_seed_gives_the_same_version(tmp_path: Path) -> None:
    """Dealt, perturbed, trained, fitted and measured anew; another seed gives another."""
    plans = [replace(PLAN, recipe=replace(RECIPE, epochs=2), seed=seed) for seed in (3, 3, 4)]
    versions = [
        trained(of_shop(100, plan), tmp_path / str(number), plan)[0].version
        for number, plan in enumerate(plans)
    ]
    assert versions[0] == versions[1] != versions[2]


@pytest.mark.parametrize("part", ["fit", "validate", "calibrate"])
def test_features_that_are_not_finite_stop_with_the_listings_names(part: str, material: Material) -> None:
    """They would go on as missing ones, and nobody would know."""
    features: FrozenFeatures = getattr(material, part)
    wrong = replace(material, **{part: spoilt(features, 2)})
    with pytest.raises(TrainingError, match=r"1 of \d+ listings have features that are not finite") as told:
        make(wrong, PLAN, rates=RATES)
    assert f"shop:{features.rows[2].listing.listing_id}" in str(told.value)


def test_missing_features_are_no_fault(material: Material) -> None:
    """A listing without pictures, one without text, one without a price."""
    rows = list(material.fit.rows)
    rows[0] = replace(rows[0], pictures=())
    bare = {"title": None, "brand": None, "price": None, "currency": None}
    rows[1] = replace(rows[1], listing=rows[1].listing.model_copy(update=bare))
    fit = features_of(rows)
    assert np.isnan(fit.text[1]).all()
    assert len(make(replace(material, fit=fit), PLAN, rates=RATES).epochs) == RECIPE.epochs


def test_too_few_pairs_to_calibrate_on_say_how_many_more_it_takes(material: Material) -> None:
    """Of which kind, and what else would do."""
    with pytest.raises(TooFewPairs, match=r"1000 matching pairs.*\d+ more.*or a lower target"):
        make(material, replace(PLAN, precision_target=0.999), rates=RATES)


def test_too_few_twins_say_how_many_there_are() -> None:
    """Seven products cannot teach what makes two listings alike."""
    few = of_shop(12, replace(PLAN, copies=0))
    with pytest.raises(TrainingError, match=r"\d products have two listings or more.*at least 8"):
        make(few, PLAN, rates=RATES)


def test_published_pairs_alone_make_an_artifact_without_a_report(tmp_path: Path) -> None:
    """Nothing can be kept back of them; the decider learns what was published, the layer stays as begun."""
    rows = {(product, number): offer(product, number) for product in range(60) for number in range(2)}
    pairs = [LabelledPair(rows[product, 0], rows[product, 1], same=True) for product in range(60)]
    pairs += [
        LabelledPair(rows[product, 0], rows[product - 1, 1], same=False) for product in range(60) if product
    ]
    published = DataSet(name="benchmark", pairs=tuple(pairs))
    material = real_material([published], PLAN, lambda _, rows: features_of(rows))
    artifact, report = trained(material, tmp_path / "a")
    assert report is None
    assert artifact.config.trained is not None
    recipe: Any = artifact.config.trained.recipe
    assert (recipe["epochs"], recipe["chosen_epoch"]) == ([], None)
    rows_of_pairs = embedded(features_of([rows[5, 0], rows[5, 1], rows[40, 1]]), artifact.projection)
    same, other = artifact.decider.decide([(rows_of_pairs[0], one) for one in rows_of_pairs[1:]])
    assert same.probability > 0.5 > other.probability


@pytest.mark.parametrize("recipe", [replace(RECIPE, layer="mlp"), replace(RECIPE, pooling="max")])
def test_a_layer_that_the_stream_does_not_compute_is_measured_and_not_written(
    recipe: Recipe, material: Material, tmp_path: Path
) -> None:
    """The figures are those of its vectors, beside no layer at all."""
    plan = replace(PLAN, recipe=recipe)
    with pytest.raises(ValueError, match="the stream computes a linear layer over mean-pooled pictures"):
        trained(material, tmp_path / "a", plan)
    assert not (tmp_path / "a").exists()
    found = measure_layer(material, plan)
    assert list(found) == ["zero_shot", "fused"]
    for one in found.values():
        assert one.aucpr is not None
        assert one.aucpr > 0.3
        assert one.n_true_pairs > 0


def test_a_measured_layers_vectors_are_the_streams(material: Material) -> None:
    """For the one kind that the stream computes."""
    result = train(material.fit, RECIPE, seed=3)
    assert material.test is not None
    expected = vectors_of(material.test, result.projection)
    assert layer_vectors(result, material.test, RECIPE) == pytest.approx(expected, abs=1e-5)


def test_with_nothing_kept_back_there_is_nothing_to_measure(material: Material) -> None:
    """The message says what to give."""
    with pytest.raises(DataError, match="no two listings of a product were kept back"):
        measure_layer(replace(material, test=None), PLAN)
