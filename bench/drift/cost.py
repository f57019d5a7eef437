"""What the monitor adds to a matcher's batch, in one run of the role on an index and a log in memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from prometheus_client import CollectorRegistry

from bench.drift.rows import World
from bench.matcher import DIMENSION, TOPICS, drain, write
from consumer.deaths import Company, DeathWatch
from consumer.index.memory import MemoryIndex, MemoryStore
from consumer.kafka.memory import MemoryBroker, MemoryDeathLedger, MemorySink, MemorySource, MemoryStateReader
from consumer.match.options import MatchOptions
from consumer.match.role import MatchPorts, MatchRole
from consumer.metrics import Metrics
from consumer.ops.health import Health
from consumer.ports.clock import SystemClock
from consumer.ports.drift import Judged, Unwatched
from consumer.ports.index import IndexIdentity
from consumer.ports.records import OutRecord
from model.artifact import load_artifact
from model.decision.decision import Outcome
from model.drift import DriftMonitor
from model.embedded import EmbeddedListing


@dataclass(frozen=True)
class Cost:
    """Seconds of the processor in one run.

    Attributes:
        listings: decided.
        whole_s: all that the role did, the monitor apart.
        fed_s: the monitor's part in batches.
        close_s: of one window's closing, the mean.
        state_bytes: of the monitor, its window full.
    """

    listings: int
    whole_s: float
    fed_s: float
    close_s: float
    state_bytes: int


class _Timed(Unwatched):
    """Feeds a monitor as the real watch does, and notes the time."""

    def __init__(self, monitor: DriftMonitor) -> None:
        self.monitor, self.took_s = monitor, 0.0

    def saw(
        self, listings: Sequence[EmbeddedListing], nearest: Sequence[float], judged: Sequence[Judged]
    ) -> None:
        """See `DriftWatch`."""
        began = time.process_time()
        self.monitor.rows(listings, np.array(nearest, np.float64))
        outcomes = [one.decision.outcome for one in judged]
        self.monitor.decisions(
            [one.seller for one in judged],
            np.array([one.decision.probability for one in judged], np.float64),
            matched=np.array([outcome is Outcome.MATCH for outcome in outcomes], bool),
            reviewed=np.array([outcome is Outcome.REVIEW for outcome in outcomes], bool),
        )
        self.took_s += time.process_time() - began


def cost(world: World, listings: int) -> Cost:
    """Decide drawn listings from an empty index on; the monitor is fed with every batch."""
    clock, artifact = SystemClock(), load_artifact()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    full = DriftMonitor(artifact.drift_reference, artifact.rates)
    full.rows(world.rows, world.nearest)
    full.close(0, 0)
    state = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    watch = _Timed(DriftMonitor(artifact.drift_reference, artifact.rates))
    broker = MemoryBroker(clock)
    for topic in (TOPICS.embedded, TOPICS.matches, TOPICS.reviews, TOPICS.retry):
        broker.create_topic(topic)
    identity, store = IndexIdentity("bench", TOPICS.embedded, "bench", 0, "bench", DIMENSION), MemoryStore()
    role = MatchRole(
        ports=MatchPorts(
            source=MemorySource(broker, "bench"),
            follower=MemoryStateReader(broker, [TOPICS.matches, TOPICS.reviews]),
            sink=lambda shard: MemorySink(broker, f"bench-{shard}"),
            index=lambda _: MemoryIndex(identity, store=store, clock=clock),
            clock=clock,
            metrics=Metrics(CollectorRegistry(), clock),
            health=Health(clock, 1e9).component("match"),
            deaths=DeathWatch(MemoryDeathLedger(), Company(), "match", limit=3, reach=256),
            check_log=lambda: None,
            drift=lambda _: watch,
        ),
        topics=TOPICS,
        shards=1,
        decider=artifact.decider,
        artifact_version=artifact.version,
        dimension=DIMENSION,
        dead_letter=lambda record, _: OutRecord(TOPICS.dlq, record.key, record.value),
        options=MatchOptions(settle_s=0.0),
    )
    role.start()
    write(broker, iter(world.rows[:listings]), clock)
    began = time.process_time()
    decided = drain(role)
    whole = time.process_time() - began
    began = time.process_time()
    for _ in range(20):
        watch.monitor.close(0, 0)
    return Cost(decided, whole - watch.took_s, watch.took_s, (time.process_time() - began) / 20, state)
