"""What the training listings looked like, and how later ones are held against it."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load, save

from model.drift_reference import DIRECTIONS, FEATURES, SCALARS, DriftReference, scalar_features
from model.embedded import EmbeddedListing, Pictures
from model.money import Rates
from tests.tiny_artifact import DIMENSION, tiny_reference, tiny_rows

RATES = Rates({"EUR": 1.0, "USD": 2.0})


def changed(row: EmbeddedListing, **fields: object) -> EmbeddedListing:
    return row.model_copy(update=fields)


def test_a_listings_features_are_what_it_shows_of_itself() -> None:
    """Its price in the reference currency, its counts, and a flag for each field that it lacks."""
    row = changed(
        tiny_rows()[1],
        price=Decimal("40.00"),
        currency="USD",
        title="Red linen shirt",
        brand=None,
        sizes=("S", "M"),
        pictures=Pictures(hashes=("0" * 16,)),
    )
    told = scalar_features(row, RATES)
    assert tuple(told) == SCALARS
    assert told["log_price"] == pytest.approx(math.log(20))
    assert (told["title_words"], told["sizes"], told["pictures"]) == (3.0, 2.0, 1.0)
    assert (told["no_brand"], told["no_title"], told["no_picture"], told["no_gtin"]) == (1.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(("price", "currency"), [(Decimal(0), "EUR"), (Decimal(1), "XTS"), (None, None)])
def test_a_price_that_says_nothing_is_missing(price: Decimal | None, currency: str | None) -> None:
    """One of nothing, of an unknown currency, or none."""
    told = scalar_features(changed(tiny_rows()[1], price=price, currency=currency), RATES)
    assert math.isnan(told["log_price"])


def test_a_reference_has_a_histogram_of_every_feature() -> None:
    """Of all its listings; of the pairs' probabilities, of all pairs."""
    reference = tiny_reference()
    assert reference.feature_names == FEATURES
    totals = {name: reference.histogram(name).total for name in FEATURES}
    assert totals.pop("pair_probability") == 50
    assert set(totals.values()) == {30}
    assert reference.histogram("log_price").missing == 8
    assert reference.histogram("no_brand").counts.tolist() == [0, 15, 15, 0]


def test_directions_are_the_widest_of_the_vectors() -> None:
    """Orthonormal, by falling spread, and one sign of each is chosen."""
    reference = tiny_reference()
    vectors = np.stack([row.embedding.vector for row in tiny_rows()])
    np.testing.assert_allclose(reference.directions @ reference.directions.T, np.eye(DIRECTIONS), atol=1e-5)
    spreads = np.var((vectors - reference.mean) @ reference.directions.T, axis=0)
    assert (np.diff(spreads) <= 1e-7).all()
    assert spreads[0] == pytest.approx(np.linalg.eigvalsh(np.cov(vectors.T, bias=True))[-1], rel=1e-4)
    flipped = DriftReference.of(tiny_rows()[::-1], np.zeros(30), [], rates=RATES)
    np.testing.assert_allclose(flipped.directions, reference.directions, atol=1e-4)


def test_vectors_that_span_less_leave_directions_empty() -> None:
    """Rows of zeros, along which nothing can drift but by leaving the span."""
    reference = DriftReference.of(tiny_rows(2), [0.1, math.nan], [], rates=RATES)
    assert np.abs(reference.directions[0]).max() > 0
    assert not reference.directions[1:].any()
    assert reference.histogram("nearest_similarity").missing == 1
    assert reference.histogram("pair_probability").total == 0


def test_later_vectors_are_measured_as_the_reference_was() -> None:
    """The same vectors give the reference's own counts."""
    reference = tiny_reference()
    measured = reference.vector_features(np.stack([row.embedding.vector for row in tiny_rows()]))
    for name, values in measured.items():
        again = reference.histogram(name).count(values)
        np.testing.assert_array_equal(again.counts, reference.histogram(name).counts)


def test_a_reference_survives_its_file() -> None:
    """Number by number, and byte by byte when written again."""
    data = tiny_reference().to_bytes()
    read = DriftReference.from_bytes(data, DIMENSION)
    assert read.to_bytes() == data
    assert read.listings == 30
    np.testing.assert_array_equal(read.mean, tiny_reference().mean)


def test_no_listings_make_no_reference() -> None:
    """Nor do similarities of other listings."""
    with pytest.raises(ValueError, match="0 listings"):
        DriftReference.of([], [], [], rates=RATES)
    with pytest.raises(ValueError, match="2 listings"):
        DriftReference.of(tiny_rows(2), [0.5], [], rates=RATES)


Tensors = dict[str, NDArray[np.generic]]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.pop("sizes.edges"), r"missing: \['sizes.edges'\]"),
        (lambda t: t.update(more=np.zeros(1)), "not wanted: .'more'"),
        (lambda t: t.update(mean=t["mean"][:-1]), "mean is of shape"),
        (lambda t: t.update(mean=t["mean"].astype(np.float64)), "mean is float64"),
        (lambda t: t.update(directions=t["directions"] * np.float32("nan")), "directions holds a number"),
        (lambda t: t.update({"sizes.counts": t["sizes.counts"] * -1}), "sizes: a histogram counts"),
        (lambda t: t.update({"sizes.counts": t["sizes.counts"] * 2}), "sizes counts 60 of 30"),
        (lambda t: t.update({"sizes.edges": t["sizes.edges"][::-1].copy()}), "sizes: .* ascend"),
        (
            lambda t: t.update({"sizes.edges": np.arange(1e3), "sizes.counts": np.ones(1001, np.int64)}),
            "over 64",
        ),
        (lambda t: t.update(listings=np.zeros(1, np.int64)), "of 0 listings"),
    ],
    ids=["missing", "more", "shape", "type", "nan", "negative", "total", "order", "bins", "nobody"],
)
def test_a_file_that_is_no_reference_is_refused(change: Callable[[Tensors], object], complaint: str) -> None:
    """Each with what is wrong in it."""
    tensors = load(tiny_reference().to_bytes())
    change(tensors)
    with pytest.raises(ValueError, match=complaint):
        DriftReference.from_bytes(save(tensors), DIMENSION)
