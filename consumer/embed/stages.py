"""Steps 3 and 4: pictures are fetched and decoded in one stage, encoded and projected in the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from consumer.embed.batch import Batch
from consumer.logs import batch_lines
from consumer.metrics import Metrics
from consumer.pictures.gather import Gathered
from consumer.ports.clock import Clock
from consumer.ports.pictures import ContentCache
from model.embedded import Embedding
from model.listing import Offer

_ROLE = "embed"
Features = NDArray[np.float32]
Gather = Callable[[Sequence[Sequence[str]]], Gathered]


class Embedder(Protocol):
    """The model's face, as far as this role needs it."""

    def text_of(self, listing: Offer) -> str | None:
        """What the text encoder reads of a listing."""

    def text_key(self, text: str) -> str:
        """The cache's key of a text's features."""

    def encode_pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> Features:
        """Raw features `float32[n, d]` of decoded pictures."""

    def encode_texts(self, texts: Sequence[str]) -> Features:
        """Raw features `float32[n, d]` of texts."""

    def embed(
        self,
        listings: Sequence[Offer],
        pictures: Sequence[Sequence[Features]],
        texts: Sequence[Features | None],
    ) -> list[Embedding]:
        """Embeddings from raw features."""

    def perceptual_hashes(self, pictures: Sequence[Features]) -> tuple[str, ...]:
        """Of one listing's pictures, from raw features; fewer than pictures where one has none."""


class Stages:
    """What happens to a batch between polling and commit."""

    def __init__(
        self, gather: Gather, embedder: Embedder, cache: ContentCache, metrics: Metrics, clock: Clock
    ) -> None:
        self._gather, self._embedder, self._cache = gather, embedder, cache
        self._metrics, self._clock = metrics, clock

    def fetch(self, batch: Batch) -> None:
        """Get the pictures that the cache does not have the features of, and decode them."""
        with batch_lines(_ROLE, str(batch.number)), self._metrics.stage(_ROLE, "fetch"):
            batch.gathered = self._gather([item.offer.image_urls for item in batch.to_embed])
        for outcome, count in batch.gathered.outcomes.items():
            result, _, reason = outcome.partition(":")
            self._metrics.pictures.labels(result, reason).inc(count)

    def encode(self, batch: Batch) -> None:
        """Encode what is new, mean-pool, project."""
        gathered = batch.gathered
        if gathered is None:
            raise ValueError("encode comes after fetch")
        with batch_lines(_ROLE, str(batch.number)), self._metrics.stage(_ROLE, "encode"):
            offers = [item.offer for item in batch.to_embed]
            pictures = self._picture_features(gathered)
            texts = self._text_features([self._embedder.text_of(offer) for offer in offers])
            batch.embeddings = self._embedder.embed(offers, pictures, texts)
            batch.perceptual_hashes = [self._embedder.perceptual_hashes(seen) for seen in pictures]

    def _picture_features(self, gathered: Gathered) -> list[list[Features]]:
        keys = list(gathered.to_encode)
        arrays = [gathered.to_encode[key] for key in keys]
        new = self._encoded("pictures", keys, arrays, self._embedder.encode_pictures)
        return gathered.features_by_listing(new)

    def _text_features(self, texts: Sequence[str | None]) -> list[Features | None]:
        by_key = {self._embedder.text_key(text): text for text in texts if text is not None}
        known = self._cache.features(list(by_key))
        missing = [key for key in by_key if key not in known]
        self._metrics.cache_lookups.labels("text", "hit").inc(len(known))
        self._metrics.cache_lookups.labels("text", "miss").inc(len(missing))
        new = self._encoded("text", missing, [by_key[key] for key in missing], self._embedder.encode_texts)
        features: Mapping[str, Features] = {**known, **new}
        return [None if text is None else features[self._embedder.text_key(text)] for text in texts]

    def _encoded(
        self,
        modality: str,
        keys: Sequence[str],
        inputs: Sequence[NDArray[np.uint8]] | Sequence[str],
        encode: Callable[..., Features],
    ) -> dict[str, Features]:
        """Features by key of inputs that no cache has; remembered for the next time."""
        if not keys:
            return {}
        began = self._clock.steady_s()
        features = dict(zip(keys, encode(inputs), strict=True))
        self._metrics.encoder_seconds.labels(modality).inc(max(0.0, self._clock.steady_s() - began))
        self._metrics.encoder_batches.labels(modality).inc()
        self._metrics.encoder_items.labels(modality).inc(len(keys))
        self._cache.remember_features(features)
        return features
