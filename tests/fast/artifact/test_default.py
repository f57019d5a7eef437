"""The artifact that ships with skutwin: it loads whole, and decides what anybody would."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.artifact import Artifact, load_artifact
from model.decision.decision import Decision, Outcome
from model.embedded import EmbeddedListing, Embedding


@pytest.fixture(scope="module")
def default() -> Artifact:
    return load_artifact(None)


def _embedding(artifact: Artifact, look: int) -> Embedding:
    """Of whatever the encoders might say; equal numbers look and read alike."""
    rng = np.random.default_rng(look)
    layer = artifact.projection
    image, text = (
        part((part.mean + 0.1 * rng.normal(size=len(part.mean))).astype(np.float32))
        for part in (layer.image, layer.text)
    )
    return layer.fuse(image, text, layer.numbers(layer.numbers.mean))


def _listing(artifact: Artifact, seller: str, look: int, **fields: Any) -> EmbeddedListing:
    return EmbeddedListing(
        listing_id=f"listing of {seller}",
        seller_id=seller,
        revision=1,
        embedding=_embedding(artifact, look),
        **{"price": "24.90", "currency": "EUR"} | fields,
    )


def _decided(artifact: Artifact, ours: dict[str, Any], theirs: dict[str, Any]) -> Decision:
    pair = (_listing(artifact, "us", **ours), _listing(artifact, "them", **theirs))
    return artifact.decider.decide([pair])[0]


def test_it_loads_whole_and_says_that_it_learnt_from_drawn_goods_alone(default: Artifact) -> None:
    """Nothing real may ship with the repo."""
    assert default.projection.dimension == default.dimension
    assert default.config.trained is not None
    assert default.config.trained.data
    assert all(one.synthetic for one in default.config.trained.data)


def test_it_matches_an_obvious_pair(default: Artifact) -> None:
    """The same look, title, brand, colour and price at two sellers."""
    said = {"look": 1, "title": "Nordvik Harbour T-Shirt Navy", "brand": "Nordvik", "colour": "Navy"}
    decision = _decided(default, said, said)
    assert decision.outcome is Outcome.MATCH
    assert decision.probability > 0.9


def test_it_keeps_apart_what_has_nothing_in_common(default: Artifact) -> None:
    """Another look, title, brand, colour and price."""
    decision = _decided(
        default,
        {"look": 1, "title": "Nordvik Harbour T-Shirt Navy", "brand": "Nordvik", "colour": "Navy"},
        {"look": 2, "title": "Kessler Watch 40 mm", "brand": "Kessler", "colour": "Red", "price": "310.00"},
    )
    assert decision.outcome is Outcome.DIFFERENT
    assert decision.probability < 0.1


def test_it_does_not_match_another_colour_of_the_same_thing(default: Artifact) -> None:
    """A variant is another product."""
    decision = _decided(
        default,
        {"look": 1, "title": "Nordvik Harbour T-Shirt Navy", "brand": "Nordvik", "colour": "Navy"},
        {"look": 1, "title": "Nordvik Harbour T-Shirt Red", "brand": "Nordvik", "colour": "Red"},
    )
    assert decision.outcome is not Outcome.MATCH
