"""What an artifact learns from: parts that share nothing, copies where wanted, pairs as a catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from model.data.labelled import DataSet, LabelledListing, LabelledPair
from model.data.perturb import VERSION_MARK
from model.data.problems import DataError
from model.features.frozen import FrozenFeatures
from model.synthetic import catalogue
from model.training.material import Material, drawn_material, joined, real_material
from model.training.plan import Plan
from tests.fast.training.world import Encoding, features_of, offer, shop

PLAN = Plan(seed=3)


def names(rows: Iterable[LabelledListing]) -> list[str]:
    return [row.listing.listing_id for row in rows]


def copies(features: FrozenFeatures | None) -> list[LabelledListing]:
    assert features is not None
    return [row for row in features.rows if row.listing.listing_id.endswith(VERSION_MARK)]


def parts(material: Material) -> dict[str, FrozenFeatures]:
    named = {name: getattr(material, name) for name in ("fit", "validate", "calibrate", "test")}
    assert all(len(part) for part in named.values())
    return named


def real(*sets: DataSet, plan: Plan = PLAN) -> tuple[Material, Encoding]:
    encode = Encoding()
    return real_material(sets, plan, encode), encode


def catalogue_of(rows: Iterable[LabelledListing], name: str = "shop") -> DataSet:
    return DataSet(name=name, listings=tuple(rows))


def pair(a: LabelledListing, b: LabelledListing, *, same: bool) -> LabelledPair:
    return LabelledPair(a, b, same)


@pytest.mark.parametrize("seed", [3, 4])
def test_parts_share_no_product_no_group_and_no_picture(seed: int) -> None:
    """Copies included: what is measured on is nothing that was learnt from."""
    material, _ = real(catalogue_of(shop(60)), plan=Plan(seed=seed))
    for one, other in combinations(parts(material).values(), 2):
        for own in (
            lambda features: {row.product_id for row in features.rows},
            lambda features: {row.variant_group for row in features.rows},
            lambda features: {name for hashes in features.hashes for name in hashes},
        ):
            assert own(one)
            assert not own(one) & own(other)


def test_two_products_that_show_one_picture_fall_to_one_part() -> None:
    """Else the test would ask for what training has seen."""
    rows = shop(60)
    shared = [
        LabelledListing(row.listing, row.product_id, row.variant_group, row.store, rows[0].pictures)
        if place in {0, 40, 80}
        else row
        for place, row in enumerate(rows)
    ]
    material, _ = real(catalogue_of(shared))
    (picture,) = features_of(rows[:1]).hashes[0]
    holding = [name for name, part in parts(material).items() if any(picture in own for own in part.hashes)]
    assert len(holding) == 1


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_layer_learns_from_as_many_copies_as_the_plan_says(number: int) -> None:
    """Each listing as it is, and as so many other sellers would write it."""
    material, encode = real(catalogue_of(shop(60)), plan=Plan(seed=3, copies=number))
    own = [row for row in material.fit.rows if row not in copies(material.fit)]
    assert len(copies(material.fit)) == number * len(own)
    assert sum(stage.startswith("encode: copies") for stage in encode.asked) == number
    assert {row.product_id for row in copies(material.fit)} <= {row.product_id for row in own}


def test_where_it_is_measured_one_listing_of_each_product_stays_as_it_is() -> None:
    """The others are copies by their own sellers; the same listings are kept unchanged beside them."""
    material, _ = real(catalogue_of(shop(60, offers=3)))
    assert material.test is not None
    assert material.test_as_listed is not None
    assert not copies(material.test_as_listed)
    assert len(material.test) == len(material.test_as_listed)
    for part in (material.test, material.validate):
        assert part is not None
        untouched = [row.product_id for row in part.rows if row not in copies(part)]
        assert sorted(untouched) == sorted({row.product_id for row in part.rows})
    sellers = {row.listing.seller_id for row in material.test.rows}
    assert sellers <= {f"shop-seller-{number}" for number in range(3)}


@pytest.mark.parametrize(("share", "twins"), [(0.0, 0), (1.0, 1)])
def test_products_of_one_listing_get_a_twin_for_the_decider_where_the_plan_says(
    share: float, twins: int
) -> None:
    """By another seller; and nowhere else than in the part that the decider is fitted on."""
    material, _ = real(catalogue_of(shop(80)), plan=Plan(seed=3, single_copies=share))
    assert material.calibrate is not None
    assert material.test is not None
    for part, more in ((material.calibrate, twins), (material.test, 0)):
        single = {row.product_id for row in shop(80, offers=1) if int(row.product_id[6:]) % 4 == 3}
        held = [row for row in part.rows if row.product_id in single]
        assert len(held) == (1 + more) * len({row.product_id for row in held}) > 0


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shelves_are_called_by_brand_and_kind_alone_for_the_decider_only(share: float) -> None:
    """Copies too; what is trained on, chosen by or measured on keeps its titles, and pictures are kept."""
    rows = [
        replace(row, listing=row.listing.model_copy(update={"category": "Home/Lamps"})) for row in shop(60)
    ]
    material, _ = real(catalogue_of(rows), plan=Plan(seed=3, plain_titles=share))
    for name, part in parts(material).items():
        untouched = [row for row in part.rows if row not in copies(part)]
        wanted = name == "calibrate" and share > 0
        assert {row.listing.title == "Acme Lamps" for row in untouched} == {wanted}
        if wanted:
            assert all(row.pictures for row in part.rows)
            assert not any("warm" in (row.listing.title or "").lower() for row in copies(part))


def test_published_pairs_alone_teach_the_decider_and_no_layer() -> None:
    """The layer has the records once each to find its axes; it is not told who is whose twin."""
    a, b, c, d = (offer(9, number, store="pairs") for number in range(4))
    published = DataSet(
        name="benchmark",
        pairs=(pair(a, b, same=True), pair(b, c, same=True), pair(a, d, same=False)),
    )
    material, _ = real(published)
    assert not material.taught
    assert sorted(names(material.fit.rows)) == sorted(names([a, b, c, d]))
    assert (material.calibrate, material.validate, material.test) == (None, None, None)
    assert material.pair_features is not None
    assert names(material.pair_features.rows) == names([a, b, b, c, a, d])
    assert [(name, use, len(rows)) for name, use, rows in material.sources] == [("benchmark", "decider", 4)]


def test_beside_a_catalogue_published_pairs_are_nothing_to_the_layer() -> None:
    """It learns from the catalogue; the decider from both; each set's listings are told with their use."""
    a, b = (offer(9, number, store="pairs") for number in range(2))
    material, _ = real(catalogue_of(shop(60)), DataSet(name="benchmark", pairs=(pair(a, b, same=True),)))
    assert material.taught
    assert {"shop"} == {row.store for row in material.fit.rows}
    uses = {(name, use) for name, use, _ in material.sources}
    assert uses == {("shop", "layer"), ("shop", "decider"), ("benchmark", "decider")}
    seen = {name for _, use, rows in material.sources if use == "layer" for name in names(rows)}
    assert material.test_as_listed is not None
    assert not seen & set(names(material.test_as_listed.rows))


def test_too_little_to_deal_says_how_much_there_is() -> None:
    """One listing cannot be both learnt from and decided on; nothing at all neither."""
    with pytest.raises(DataError, match="1 listings are too few"):
        real(catalogue_of(shop(1, offers=1)))
    with pytest.raises(DataError, match="0 listings are too few"):
        real(DataSet(name="empty"))


@pytest.mark.thorough
def test_the_same_seed_deals_and_perturbs_alike() -> None:
    """Another deals anew."""

    def dealt(seed: int) -> Any:
        material, _ = real(catalogue_of(shop(60)), plan=Plan(seed=seed))
        return {name: [row.listing for row in part.rows] for name, part in parts(material).items()}

    assert dealt(3) == dealt(3)
    assert dealt(3) != dealt(4)


@pytest.fixture(scope="module")
def drawn() -> Material:
    """Sixty products each for validation and test, somewhat more for the rest."""

    def unseen(_: str, rows: Iterable[LabelledListing]) -> FrozenFeatures:
        plain = [
            LabelledListing(row.listing, row.product_id, row.variant_group, row.store) for row in rows
        ]  # drawing their pictures would take seconds
        return features_of(plain)

    return drawn_material(5, 120, unseen)


def test_the_drawn_test_shares_no_brand_seller_or_product_with_what_is_learnt_from(drawn: Material) -> None:
    """What is measured there is no memory."""
    assert drawn.synthetic
    assert drawn.test is not None

    def known(features: FrozenFeatures) -> list[set[object]]:
        return [
            {row.listing.brand for row in features.rows if row.listing.brand},
            {(row.store, row.listing.seller_id) for row in features.rows},
            {row.listing.seller_id for row in features.rows},
            {row.product_id for row in features.rows},
        ]

    for part in drawn.seen:
        for learnt, measured in zip(known(part), known(drawn.test), strict=True):
            assert learnt
            assert not learnt & measured


@pytest.mark.thorough
def test_the_drawn_parts_are_catalogues_of_their_own(
    drawn: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test's alone is drawn from the templates of the demonstration; no two share seed or store."""
    asked = []
    draw = catalogue.make_catalogue

    def recorded(*, seed: int, products: int, split: Any) -> Any:
        asked.append((seed, products, split))
        return draw(seed=seed, products=10, split=split)

    monkeypatch.setattr(catalogue, "make_catalogue", recorded)
    drawn_material(5, 400, lambda _, rows: features_of(rows[:1]))
    assert sorted(asked) == [(5, 400, "train"), (6, 180, "train"), (7, 100, "demo"), (8, 60, "train")]
    stores = [{row.store for row in part.rows} for part in parts(drawn).values()]
    assert len(set.union(*stores)) == len(stores) == 4


def test_joined_parts_keep_each_listings_pictures() -> None:
    """Whatever stands before them."""
    rows = shop(6)
    bare = shop(3, store="bare", pictures=False)
    whole = joined([features_of(rows[:4]), features_of(bare), features_of(rows[4:])])
    expected = features_of([*rows[:4], *bare, *rows[4:]])
    assert whole.rows == expected.rows
    assert whole.hashes == expected.hashes
    assert np.array_equal(whole.pictures, expected.pictures)
    assert np.array_equal(whole.starts, expected.starts)
    assert np.array_equal(whole.image, expected.image, equal_nan=True)
