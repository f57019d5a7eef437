"""A small world for the embed role: broker, cache and pictures in memory, an embedder that counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from consumer.contracts.inner import InnerListing, InnerVerdict, read
from consumer.contracts.topics import TopicNames
from consumer.deadletters.breaker import Breaker
from consumer.deadletters.letter import make_dead_letter
from consumer.deaths import Company, DeathWatch
from consumer.embed.items import Bad
from consumer.embed.options import EmbedOptions
from consumer.embed.role import EmbedPorts, EmbedRole
from consumer.embed.stages import Stages
from consumer.kafka.memory import Hook, MemoryBroker, MemoryDeathLedger, MemorySink, MemorySource, Moment
from consumer.metrics import Metrics
from consumer.ops.health import Health
from consumer.pictures.gather import PictureGatherer
from consumer.pictures.memory import MemoryContentCache, MemoryPictureFetcher
from consumer.ports.records import OutRecord
from model.embedded import Embedding
from model.listing import Offer
from tests.fast.clocks import HandClock

TOPICS = TopicNames.of("", "v1")


class BadBytes(ValueError):
    """What the embedder raises of a picture that is none."""

    reason = "undecodable"


class CountingEmbedder:
    """Features are hashes of the content; counts what it encodes."""

    def __init__(self) -> None:
        self.pictures = 0
        self.texts = 0
        self.fails: Exception | None = None

    def preprocess(self, content: bytes) -> NDArray[np.uint8]:
        if content.startswith(b"broken"):
            raise BadBytes
        return np.frombuffer(hashlib.sha256(content).digest()[:12], np.uint8).reshape(2, 2, 3)

    def picture_key(self, sha256: str) -> str:
        return f"p:{sha256}"

    def text_of(self, listing: Offer) -> str | None:
        return listing.title

    def text_key(self, text: str) -> str:
        return f"t:{text}"

    def encode_pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        if self.fails is not None:
            raise self.fails
        self.pictures += len(pictures)
        return np.stack([picture.reshape(-1)[:4].astype(np.float32) for picture in pictures])

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += len(texts)
        digests = [hashlib.sha256(text.encode()).digest()[:4] for text in texts]
        return np.stack([np.frombuffer(digest, np.uint8).astype(np.float32) for digest in digests])

    def embed(
        self,
        listings: Sequence[Offer],
        pictures: Sequence[Sequence[NDArray[np.float32]]],
        texts: Sequence[NDArray[np.float32] | None],
    ) -> list[Embedding]:
        return [
            Embedding(
                vector=np.ones(4, np.float32),
                image=np.mean(list(seen), axis=0) if seen else None,
                text=text,
                numbers=np.zeros(4, np.float32),
            )
            for _, seen, text in zip(listings, pictures, texts, strict=True)
        ]

    def perceptual_hashes(self, pictures: Sequence[NDArray[np.float32]]) -> tuple[str, ...]:
        return tuple(picture.astype(np.uint8).tobytes().hex() * 2 for picture in pictures)


def no_fault(_: Moment) -> None:
    """Let everything pass."""


class World:
    """The input topics and what stands around one or more embed processes."""

    def __init__(self, *, shards: int = 1, partitions: int = 1, options: EmbedOptions | None = None) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker(self.clock)
        for topic in (TOPICS.listings, TOPICS.retry, TOPICS.verdicts):
            self.broker.create_topic(topic, partitions)
        self.broker.create_topic(TOPICS.embedded, shards)
        self.broker.create_topic(TOPICS.dlq)
        self.shards = shards
        self.cache = MemoryContentCache()
        self.fetcher = MemoryPictureFetcher()
        self.embedder = CountingEmbedder()
        self.breaker = Breaker(100, 0.9, 100)
        self.options = options or EmbedOptions(linger_s=0.0)
        self.ledger = MemoryDeathLedger()
        self.registry = CollectorRegistry()

    def process(self, name: str = "one", hook: Hook = no_fault) -> EmbedRole:
        """A process of the embed role that has joined the group."""
        self.registry = CollectorRegistry()
        metrics = Metrics(self.registry, self.clock)
        gatherer = PictureGatherer(
            cache=self.cache,
            fetcher=self.fetcher,
            clock=self.clock,
            url_ttl_s=self.options.url_ttl_s,
            preprocess=self.embedder.preprocess,
            feature_key=self.embedder.picture_key,
            bad_picture=BadBytes,
        )
        role = EmbedRole(
            ports=EmbedPorts(
                source=MemorySource(self.broker, "embed"),
                sink=MemorySink(self.broker, f"embed-{name}", hook),
                clock=self.clock,
                metrics=metrics,
                health=Health(self.clock, 30).component("embed"),
                deaths=DeathWatch(self.ledger, Company(), "embed", limit=2, reach=20),
            ),
            topics=TOPICS,
            shards=self.shards,
            stages=Stages(gatherer.gather, self.embedder, self.cache, metrics, self.clock),
            breaker=self.breaker,
            dead_letter=_dead_letter,
            options=self.options,
        )
        role.start()
        return role

    def listing(self, listing_id: str, *, key: str | None = None, **fields: object) -> int:
        """Write a listing to the input; returns its offset."""
        body = {"listing_id": listing_id, "seller_id": "s", "revision": 1, "title": "a shirt", **fields}
        return self.raw((key or listing_id).encode(), json.dumps(body).encode())

    def raw(self, key: bytes | None, value: bytes | None, topic: str = TOPICS.listings) -> int:
        return self.broker.produce(topic, key, value).offset

    def run(self, role: EmbedRole | None = None, turns: int = 4000) -> EmbedRole:
        """Turn until all that is there has been committed."""
        role = role or self.process()
        quiet = 0
        for _ in range(turns):
            committed = role.turn()
            quiet = quiet + 1 if role.idle and not committed else 0
            if quiet == 5:
                return role
        raise AssertionError("the role did not come to rest")

    def inner(self, shard: int = 0) -> list[InnerListing | InnerVerdict]:
        records = self.broker.records(TOPICS.embedded)
        return [read(record) for record in records if record.partition == shard]

    def listings(self) -> list[InnerListing]:
        return [item for item in self.inner() if isinstance(item, InnerListing)]

    def dead_letters(self) -> list[tuple[bytes | None, str]]:
        """Key and reason of each."""
        letters = self.broker.records(TOPICS.dlq)
        return [(letter.key, (letter.header("skutwin.reason") or b"").decode()) for letter in letters]

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


def _dead_letter(bad: Bad) -> OutRecord:
    return make_dead_letter(
        bad.record, bad.fault, topic=TOPICS.dlq, stage=bad.stage, version="0", max_bytes=1_000_000
    )
