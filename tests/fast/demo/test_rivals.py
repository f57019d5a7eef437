"""The rivals over features of a test, whose figures can be worked out by counting."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

import numpy as np

from consumer.demo.baselines import f1
from consumer.demo.rivals import rivals
from consumer.demo.stream import DemoStream, make_stream
from consumer.pictures.memory import MemoryContentCache
from consumer.ports.pictures import KnownUrl
from model.embedder import Embedder
from model.encoders.palette import PALETTE
from model.encoders.perceptual_hash import HASH_BITS
from model.encoders.precision import Precision
from model.encoders.specs import PictureSpec, TextSpec
from model.money import Rates
from model.projection import NUMBERS, Linear, Projection

_TOLD = 64  # features that tell the product
_NOISE = 8  # and such as only tell the listing, much louder
_PICTURES = PictureSpec(
    source="package:a", revision="a" * 16, dimension=_TOLD, size=16, mean=(0, 0, 0), std=(1, 1, 1)
)
_TEXT = TextSpec(source="package:b", revision="b" * 16, dimension=_TOLD + _NOISE, max_tokens=16)


class _Unused:
    """An encoder that is asked for nothing but its name: the features are in the cache."""

    precision = Precision.FP32

    def __init__(self, spec: PictureSpec | TextSpec) -> None:
        self.spec = spec


def _embedder() -> Embedder:
    """Its layer loses all that pictures tell, and keeps of texts what tells the product."""

    def linear(weight: np.ndarray) -> Linear:
        return Linear(weight.astype(np.float32), np.zeros(weight.shape[1], np.float32))

    layer = Projection(
        image=linear(np.zeros((_TOLD, _TOLD + PALETTE))),
        text=linear(np.eye(_TOLD, _TOLD + _NOISE)),
        numbers=linear(np.zeros((_TOLD, NUMBERS))),
        bias=np.ones(_TOLD, np.float32),
    )
    towers = _Unused(_PICTURES), _Unused(_TEXT)
    return Embedder("v", layer, Rates.snapshot(), *towers)  # type: ignore[arg-type]  # towers by their names


def _direction(name: str, width: int) -> np.ndarray:
    return np.random.default_rng(list(name.encode())).normal(size=width).astype(np.float32)


def _cache(stream: DemoStream, embedder: Embedder, pictured: Collection[str]) -> MemoryContentCache:
    """The features of all texts, and of the pictures of some listings."""
    cache = MemoryContentCache()
    for listing_id, offer in stream.offers.items():
        told, noise = _direction(offer.product_id, _TOLD), 100 * _direction(listing_id, _NOISE)
        words = embedder.text_of(offer.listing)
        if words is not None:
            cache.remember_features({embedder.text_key(words): np.concatenate([told, noise])})
        if listing_id in pictured:
            url = offer.listing.image_urls[0]
            cache.remember_urls({url: KnownUrl(url, 0)})
            rest = np.zeros(PALETTE + HASH_BITS, np.float32)
            cache.remember_features({embedder.picture_key(url): np.concatenate([told, rest])})
    return cache


def _pairs(ids: Collection[str]) -> set[tuple[str, str]]:
    return set(combinations(sorted(ids), 2))


def test_one_modality_is_matched_by_the_better_of_encoder_and_layer() -> None:
    """Pictures by the encoder, since the layer loses them; texts by the layer, since noise drowns them."""
    stream, embedder = make_stream(seed=4, listings=60, base_url="http://pictures"), _embedder()
    with_picture = sorted(i for i, offer in stream.offers.items() if offer.listing.image_urls)
    pictured = with_picture[: len(with_picture) * 2 // 3]
    texted = [i for i, offer in stream.offers.items() if embedder.text_of(offer.listing) is not None]
    truth = stream.truth_pairs

    found = rivals(stream, _cache(stream, embedder, pictured), embedder)

    seen, read = len(truth & _pairs(pictured)), len(truth & _pairs(texted))
    assert found.image == f1(seen, seen, len(truth))
    assert found.text == f1(read, read, len(truth))
    assert 0 < found.image < found.text
    assert found.zero_shot < found.text


def test_without_any_picture_the_rest_still_competes() -> None:
    """A stream of texts alone gives pictures an F1 of 0."""
    stream, embedder = make_stream(seed=4, listings=60, base_url="http://pictures"), _embedder()
    found = rivals(stream, _cache(stream, embedder, ()), embedder)
    assert found.image == 0
    assert found.text > 0
