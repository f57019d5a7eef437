"""Frozen features become what the layer takes: pooled, switched on and off, centred and scaled."""

from __future__ import annotations

import numpy as np
import pytest

from model.data.labelled import LabelledListing
from model.encoders.palette import PALETTE
from model.encoders.perceptual_hash import HASH_BITS
from model.features.frozen import FrozenFeatures
from model.listing import Listing
from model.training.inputs import frozen_inputs, scaled
from model.training.recipe import Recipe

ENCODER = 5


def frozen(counts: tuple[int, ...], ambiguous: tuple[int, ...] = ()) -> FrozenFeatures:
    """Two listings to a product; `counts` pictures to each listing."""
    rng = np.random.default_rng(0)
    rows = tuple(
        LabelledListing(
            listing=Listing(listing_id=f"l{row}", seller_id="s", revision=1, title="t"),
            product_id=str(row // 2),
            variant_group=str(row // 4),
            store="shop",
            ambiguous=row in ambiguous,
        )
        for row in range(len(counts))
    )
    return FrozenFeatures(
        rows=rows,
        hashes=((),) * len(counts),
        pictures=rng.random((sum(counts), ENCODER + PALETTE + HASH_BITS), dtype=np.float32),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        text=rng.random((len(counts), 4), dtype=np.float32),
        numbers=np.full((len(counts), 3), np.nan, np.float32),
    )


def test_pictures_are_pooled_as_the_stream_pools_them() -> None:
    """Their mean; who has no picture has NaN."""
    features = frozen((2, 0, 1))
    image = frozen_inputs(features, Recipe()).image
    assert np.array_equal(image, features.image, equal_nan=True)
    assert np.isnan(image).all(axis=1).tolist() == [False, True, False]


def test_the_largest_of_each_feature_can_be_taken_instead_of_the_mean() -> None:
    """Picture by picture as the stream would see it alone, then the maximum."""
    features = frozen((3, 0, 1))
    image = frozen_inputs(features, Recipe(pooling="max")).image
    single = frozen((1, 1, 1, 1))
    alone = FrozenFeatures(
        single.rows, single.hashes, features.pictures, single.starts, single.text, single.numbers
    ).image
    assert np.array_equal(image[0], alone[:3].max(axis=0))
    assert np.isnan(image[1]).all()
    assert np.array_equal(image[2], alone[3])


@pytest.mark.parametrize("off", ["image", "text", "numbers"])
def test_a_modality_that_is_off_is_missing_everywhere(off: str) -> None:
    """The others stay as they are."""
    features = frozen((1, 1))
    whole, without = frozen_inputs(features, Recipe()), frozen_inputs(features, Recipe(**{off: False}))
    assert np.isnan(getattr(without, off)).all()
    for name in {"image", "text", "numbers"} - {off}:
        assert np.array_equal(getattr(whole, name), getattr(without, name), equal_nan=True)


def test_the_palette_can_be_left_out_without_a_change_of_width() -> None:
    """So that its projection still takes what the stream gives."""
    image = frozen_inputs(frozen((1, 1)), Recipe(palette=False)).image
    assert image.shape[1] == ENCODER + PALETTE
    assert np.isnan(image[:, ENCODER:]).all()
    assert not np.isnan(image[:, :ENCODER]).any()


def test_a_listing_of_unsure_identity_trains_only_beside_its_twin() -> None:
    """Without one it might be pushed away from what it is."""
    inputs = frozen_inputs(frozen((1, 1, 1), ambiguous=(0, 2)), Recipe())
    assert inputs.names == ["shop:l0", "shop:l1"]
    assert inputs.products.tolist() == [0, 0]


def test_scaled_features_have_mean_0_and_variance_1_and_gaps_count_as_the_mean() -> None:
    """Over those rows that have them."""
    raw = np.random.default_rng(1).normal(5, 3, (50, 3)).astype(np.float32)
    raw[:10, 1] = np.nan
    found = scaled(raw)
    assert found.rows[:, [0, 2]].mean(axis=0) == pytest.approx([0, 0], abs=1e-5)
    assert found.rows[:, [0, 2]].std(axis=0) == pytest.approx([1, 1], abs=1e-5)
    assert found.rows[10:, 1].mean() == pytest.approx(0, abs=1e-5)
    assert found.rows[10:, 1].std() == pytest.approx(1, abs=1e-5)
    assert (found.rows[:10, 1] == 0).all()


@pytest.mark.parametrize("value", [np.nan, 7.0], ids=["nobody has", "never varies"])
def test_a_feature_that_teaches_nothing_weighs_nothing(value: float) -> None:
    """Its scale is infinite: divided by it, any weight is 0."""
    found = scaled(np.full((4, 2), value, np.float32))
    assert np.isinf(found.std).all()
    assert (found.rows == 0).all()
