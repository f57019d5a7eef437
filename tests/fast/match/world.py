"""A small world for the match role: broker and index in memory, a decider that compares colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from prometheus_client import CollectorRegistry

from consumer.contracts.events import Kind, MatchEvent
from consumer.contracts.inner import InnerListing, InnerVoid
from consumer.contracts.pairs import Pair
from consumer.contracts.topics import TopicNames
from consumer.deadletters.letter import make_dead_letter
from consumer.deaths import Company, DeathWatch
from consumer.errors import RecordFault, SkutwinError
from consumer.index.memory import MemoryIndex, MemoryStore
from consumer.kafka.memory import (
    Hook,
    MemoryBroker,
    MemoryDeathLedger,
    MemorySink,
    MemorySource,
    MemoryStateReader,
    Moment,
)
from consumer.match.options import MatchOptions
from consumer.match.role import MatchPorts, MatchRole
from consumer.metrics import Metrics
from consumer.ops.health import Health
from consumer.ports.drift import DriftWatch, Unwatched
from consumer.ports.index import IndexIdentity
from consumer.ports.records import OutRecord, Record
from model.decision.decision import Decision, Outcome, Similarity, Source
from model.embedded import EmbeddedListing, Embedding, Pictures
from tests.fast.clocks import HandClock

DIMENSION = 4
TOPICS = TopicNames.of("", "v1")
GROUP = "match"


def embedded(listing_id: str, content: str, *, revision: int = 1, **fields: object) -> EmbeddedListing:
    """A listing that is the same product as any other of equal `content` (its colour)."""
    angle = {"red": 0.0, "blue": 0.3, "green": 0.6, "grey": 0.9}[content]
    vector = np.array([np.cos(angle), np.sin(angle), 0, 0], dtype=np.float32)
    return EmbeddedListing.model_validate(
        {
            "listing_id": listing_id,
            "seller_id": f"seller of {listing_id}",
            "revision": revision,
            "title": f"{content} shirt",
            "colour": content,
            "embedding": Embedding(vector=vector, numbers=vector),
            **fields,
        }
    )


def pending(attempt: int = 0) -> Pictures:
    return Pictures(pending=1, attempt=attempt)


@dataclass
class ColourDecider:
    """Equal colours match; `review` colours are doubtful against all others."""

    review: frozenset[str] = frozenset()
    asked: list[tuple[str, str]] = field(default_factory=list)
    doubts_gtins: bool = False

    def decide(self, pairs: Sequence[tuple[EmbeddedListing, EmbeddedListing]]) -> list[Decision]:
        self.asked += [(a.listing_id, b.listing_id) for a, b in pairs]
        return [self._one(a, b) for a, b in pairs]

    def _one(self, a: EmbeddedListing, b: EmbeddedListing) -> Decision:
        source = Source.MODEL
        if a.gtin and b.gtin:
            source, outcome = Source.GTIN, Outcome.MATCH if a.gtin == b.gtin else Outcome.DIFFERENT
        elif a.colour == b.colour:
            outcome = Outcome.MATCH
        else:
            doubtful = {a.colour, b.colour} & self.review
            outcome = Outcome.REVIEW if doubtful else Outcome.DIFFERENT
        cosine = float(a.embedding.vector @ b.embedding.vector)
        probability = {Outcome.MATCH: 0.99, Outcome.REVIEW: 0.6, Outcome.DIFFERENT: 0.01}[outcome]
        if self.doubts_gtins and source is Source.GTIN:
            probability = 0.01
        return Decision(probability, outcome, source, Similarity(cosine, None, None), (("bias", 0.0),))


def no_fault(_: Moment) -> None:
    """Let everything pass."""


class World:
    """One shard's topics and index; processes come and go."""

    def __init__(self, *, visible_after_s: float = 0.0, options: MatchOptions | None = None) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker(self.clock)
        for topic in (
            TOPICS.embedded,
            TOPICS.matches,
            TOPICS.reviews,
            TOPICS.retry,
            TOPICS.dlq,
            TOPICS.drift,
        ):
            self.broker.create_topic(topic)
        self.store = MemoryStore()
        self.ledger = MemoryDeathLedger()
        self.deaths_limit = 2
        self.visible_after_s = visible_after_s
        self.options = options or MatchOptions(batch_size=8, settle_s=30, floor=-1, sweep_interval_s=60)
        self.decider = ColourDecider()
        self.artifact_version = "a1"
        self.registry = CollectorRegistry()
        self.drift: Callable[[int], DriftWatch] = lambda _: Unwatched()
        self.log_fault: SkutwinError | None = None

    def index(self, _: int = 0) -> MemoryIndex:
        identity = IndexIdentity("in-memory", TOPICS.embedded, "topic", 0, "v1", DIMENSION)
        return MemoryIndex(
            identity,
            store=self.store,
            visible_after_s=self.visible_after_s,
            clock=self.clock,
        )

    def process(self, hook: Hook = no_fault) -> MatchRole:
        """A process of the match role that has joined the group."""
        self.registry = CollectorRegistry()
        ports = MatchPorts(
            source=MemorySource(self.broker, GROUP),
            follower=MemoryStateReader(self.broker, [TOPICS.matches, TOPICS.reviews, TOPICS.drift]),
            sink=lambda shard: MemorySink(self.broker, f"match-{shard}", hook),
            index=self.index,
            clock=self.clock,
            metrics=Metrics(self.registry, self.clock),
            health=Health(self.clock, 30).component("match"),
            deaths=DeathWatch(self.ledger, Company(), "match", limit=self.deaths_limit, reach=8),
            check_log=self.check_log,
            drift=self.drift,
        )
        role = MatchRole(
            ports=ports,
            topics=TOPICS,
            shards=1,
            decider=self.decider,
            artifact_version=self.artifact_version,
            dimension=DIMENSION,
            dead_letter=_dead_letter,
            options=self.options,
        )
        role.start()
        return role

    def check_log(self) -> None:
        """Tests set what the broker would say of the inner log."""
        if self.log_fault is not None:
            raise self.log_fault

    def put(self, listing: EmbeddedListing, *, as_of: int | None = None) -> int:
        """Write a listing (or, with `as_of`, a retry of it) to the inner log; returns its offset."""
        return self._write(InnerListing(listing.listing_id, listing, self.clock.now_ms(), as_of))

    def delete(self, listing_id: str) -> int:
        return self._write(InnerListing(listing_id, None, self.clock.now_ms()))

    def void(self, listing_id: str, offset: int) -> int:
        """Write the note that the record at that offset is void."""
        return self._write(InnerVoid(listing_id, offset))

    def _write(self, inner: InnerListing | InnerVoid) -> int:
        out = inner.to_record(TOPICS.embedded, 0)
        return self.broker.produce(out.topic, out.key, out.value, out.headers, partition=0).offset

    def run(self, role: MatchRole | None = None, turns: int = 30) -> MatchRole:
        """Turn until there is nothing left to decide."""
        role = role or self.process()
        idle = 0
        for _ in range(turns):
            idle = 0 if role.turn() else idle + 1
            if idle == 4:
                break
        return role

    def events(self) -> list[MatchEvent]:
        values = [record.value for record in self.broker.records(TOPICS.matches)]
        return [MatchEvent.from_bytes(value) for value in values if value is not None]

    def last(self) -> dict[Pair, MatchEvent]:
        return {event.pair: event for event in self.events()}

    def matched(self) -> set[tuple[str, str]]:
        return {(pair.a, pair.b) for pair, event in self.last().items() if event.kind is Kind.MATCHED}

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


def _dead_letter(record: Record, fault: RecordFault) -> OutRecord:
    return make_dead_letter(record, fault, topic=TOPICS.dlq, stage="match", version="0", max_bytes=1_000_000)
