"""The training run itself: the loss, its determinism, and a whole small artifact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from model.encoders.loading import default_specs, load_pictures, load_texts
from model.encoders.precision import Precision
from model.listing import Listing
from model.money import Rates
from model.training.contrastive import train_projection
from model.training.evaluation import retrieval
from model.training.features import CatalogueFeatures, embedded
from model.training.pipeline import Plan, train_artifact
from model.training.recipe import Recipe

SMALL = Recipe(dimension=16, epochs=30, batch=60, rate=1e-2)


def clouds(seed: int = 0, products: int = 40, each: int = 4) -> CatalogueFeatures:
    """Offers whose product shows in a few features and is drowned in the others."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(products), each)
    image = rng.normal(0, 3.0, (len(truth), 24))
    text = rng.normal(0, 3.0, (len(truth), 12))
    meaning = np.random.default_rng(99).normal(
        size=(10_000, 6)
    )  # the same features tell products apart for all seeds
    image[:, :6] = meaning[truth + 100 * seed] + rng.normal(0, 0.2, (len(truth), 6))
    text[:, :6] = meaning[truth + 5000 + 100 * seed] + rng.normal(0, 0.2, (len(truth), 6))
    image[:5], text[5:10] = np.nan, np.nan
    listings = tuple(
        Listing(listing_id=str(row), seller_id="s", revision=1, title="t") for row in range(len(truth))
    )
    return CatalogueFeatures(
        listings=listings,
        hashes=((),) * len(truth),
        plain=image.astype(np.float32),
        image=image.astype(np.float32),
        text=text.astype(np.float32),
        numbers=np.full((len(truth), 3), np.nan, np.float32) + rng.normal(size=(1, 3)).astype(np.float32),
        products=truth.astype(np.int64),
        groups=(truth // 2).astype(np.int64),
    )


def test_the_same_seed_gives_the_same_layer() -> None:
    """Bit for bit; another seed gives another."""
    short = replace(SMALL, epochs=2)
    one, again, other = (train_projection(clouds(), short, seed).to_bytes() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_the_layer_learns_what_tells_products_apart() -> None:
    """On offers it never saw, twins are found that the raw features do not show."""
    layer = train_projection(clouds(0), SMALL, seed=3)
    unseen = clouds(1)
    vectors = np.stack([row.embedding.vector for row in embedded(unseen, layer)])
    before, after = retrieval(unseen.zero_shot(), unseen.products), retrieval(vectors, unseen.products)
    assert before.recall_at_1 < 0.4
    assert after.recall_at_1 > 0.8


def test_a_small_run_writes_an_artifact_that_loads(tmp_path: Path) -> None:
    """From drawn garments through the real encoders to a folder with a card and figures."""
    picture_spec, text_spec = default_specs()
    towers = load_pictures(picture_spec, Precision.FP32), load_texts(text_spec, Precision.FP32)
    plan = Plan(
        products=12, calibration_products=30, test_products=10, recipe=replace(SMALL, dimension=24, epochs=3)
    )
    stages: dict[str, int] = {}

    def started(stage: str, length: int):  # noqa: ANN202 (a closure)
        stages[stage] = length

        def advance(done: int) -> None:
            stages[stage] -= done

        return advance

    artifact = train_artifact(tmp_path / "new", plan, *towers, rates=Rates.snapshot(), started=started)
    assert artifact.dimension == 24
    assert set(stages.values()) == {0}
    assert "nothing else" in artifact.card
    assert artifact.manifest.trained["offers"].keys() == {"train", "calibrate", "test"}
