"""Frozen features as vectors: what the stream would have made of the same listings."""

from __future__ import annotations

import numpy as np
import pytest

from model.embedded import EmbeddedListing
from model.embedder import numbers_of, unit_mean
from model.encoders.palette import PALETTE
from model.encoders.picture_features import image_inputs, mean_palette, perceptual_hashes, plain_image
from model.features.embed import embedded, vectors_of, zero_shot
from model.features.encode import frozen_features
from model.features.frozen import FrozenFeatures
from model.money import Rates
from model.projection import NUMBERS, Linear, Projection
from tests.fast.features.encoders import TEXT_WIDTH, TEXTURE, WIDTH, FakeEncoders, file, labelled

RATES = Rates.snapshot()
DIMENSION = 8


def features() -> FrozenFeatures:
    rows = [
        labelled(1, file("1"), file("2")),
        labelled(2, title="Trousers", perceptual_hashes=(1, 2**64 - 1)),
        labelled(3, file("3"), title=None),
        labelled(4, file("4"), title="Hat"),
    ]
    return frozen_features(rows, FakeEncoders(), RATES).features


def projection() -> Projection:
    rng = np.random.default_rng(1)

    def linear(width: int) -> Linear:
        return Linear(
            rng.normal(size=(DIMENSION, width)).astype(np.float32), rng.normal(size=width).astype(np.float32)
        )

    bias = rng.normal(size=DIMENSION).astype(np.float32)
    return Projection(linear(WIDTH + TEXTURE + PALETTE), linear(TEXT_WIDTH), linear(NUMBERS), bias)


def by_hand(frozen: FrozenFeatures, layer: Projection, place: int) -> EmbeddedListing:
    """As the stream does it, one listing at a time."""
    own = list(frozen.pictures[frozen.starts[place] : frozen.starts[place + 1]])
    text = frozen.text[place]
    embedding = layer.fuse(
        layer.image(image_inputs(own, TEXTURE)) if own else None,
        None if np.isnan(text[0]) else layer.text(unit_mean([text])),
        layer.numbers(numbers_of(frozen.rows[place].listing, RATES)),
        mean_palette(own) if own else None,
    )
    fields = frozen.rows[place].listing.model_dump(exclude={"description"})
    pictures = {"hashes": frozen.hashes[place], "perceptual_hashes": perceptual_hashes(own)}
    return EmbeddedListing(**fields, embedding=embedding, pictures=pictures)


@pytest.mark.parametrize("place", [0, 2, 3])
def test_a_listing_is_embedded_as_the_stream_would(place: int) -> None:
    """All parts, the palette and the hashes, whichever modality is missing."""
    frozen, layer = features(), projection()
    given, wanted = embedded(frozen, layer)[place], by_hand(frozen, layer, place)
    assert given.model_dump(exclude={"embedding"}) == wanted.model_dump(exclude={"embedding"})
    for name in ("vector", "image", "text", "numbers", "palette"):
        part, right = getattr(given.embedding, name), getattr(wanted.embedding, name)
        assert (part is None) == (right is None)
        if part is not None:
            np.testing.assert_allclose(part, right, atol=2e-6)


def test_given_hashes_stand_for_pictures_that_are_not_there() -> None:
    """A data set that names hashes alone; without pictures there is no image part and no palette."""
    listing = embedded(features(), projection())[1]
    assert listing.pictures.perceptual_hashes == ("0000000000000001", "f" * 16)
    assert listing.embedding.image is None
    assert listing.embedding.palette is None


def test_vectors_alone_are_those_of_the_listings() -> None:
    """And of unit length."""
    frozen, layer = features(), projection()
    vectors = vectors_of(frozen, layer)
    np.testing.assert_array_equal(vectors, [one.embedding.vector for one in embedded(frozen, layer)])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_parts_that_cancel_out_are_an_error() -> None:
    """As in the stream: there is no direction."""
    layer = projection()
    nothing = Projection(
        *(Linear(0 * part.weight, part.mean) for part in (layer.image, layer.text, layer.numbers)),
        0 * layer.bias,
    )
    with pytest.raises(ValueError, match="cancel out"):
        vectors_of(features(), nothing)


def test_the_untrained_vector_holds_both_modalities_alike() -> None:
    """Plain image and text side by side, at unit length; what is missing is nothing."""
    frozen = features()
    joined = zero_shot(frozen)
    plain = plain_image(list(frozen.pictures[:2]), TEXTURE)
    np.testing.assert_allclose(joined[0, :WIDTH], plain / np.linalg.norm(plain) / np.sqrt(2), rtol=1e-5)
    np.testing.assert_allclose(joined[0, WIDTH:], frozen.text[0] / np.sqrt(2), rtol=1e-5)
    assert not joined[1, :WIDTH].any()
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1, rtol=1e-6)


def test_a_choice_of_listings_keeps_its_own_pictures() -> None:
    """Taken in another order, each listing's inputs go with it."""
    frozen = features()
    order = np.array([3, 1, 0])
    taken = frozen.take(order)
    np.testing.assert_array_equal(taken.image, frozen.image[order])
    np.testing.assert_array_equal(taken.palette, frozen.palette[order])
    assert taken.perceptual_hashes == tuple(frozen.perceptual_hashes[place] for place in order)
