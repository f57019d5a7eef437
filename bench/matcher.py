"""How many listings a second one matcher decides, where the time goes, and what a pair costs in memory.

The role, the decider and the pair state are the real ones; log and index are in memory, so that what is
measured is the matcher and not Milvus. The limit named beside it is the part nobody can do without: exact
search by one matrix product, and the decider's work on the same pairs.

    python bench/matcher.py [--catalogue 5000] [--updates 1000]
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Iterator

import numpy as np
from prometheus_client import CollectorRegistry

from consumer.contracts.inner import InnerListing
from consumer.contracts.topics import TopicNames
from consumer.deaths import Company, DeathWatch
from consumer.index.memory import MemoryIndex, MemoryStore
from consumer.kafka.memory import MemoryBroker, MemoryDeathLedger, MemorySink, MemorySource, MemoryStateReader
from consumer.match.options import MatchOptions
from consumer.match.pair_state import PairState
from consumer.match.role import MatchPorts, MatchRole
from consumer.metrics import Metrics
from consumer.ops.health import Health
from consumer.ports.clock import SystemClock
from consumer.ports.index import IndexIdentity
from consumer.ports.records import OutRecord
from model.artifact import load_artifact
from model.embedded import EmbeddedListing, Embedding

TOPICS = TopicNames.of("", "bench")
DIMENSION = 192


def listings(count: int, seed: int) -> Iterator[EmbeddedListing]:
    """Listings in clusters of three, as near to one another as real twins are."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=DIMENSION)
    for number in range(count):
        if number % 3 == 0:
            centre = rng.normal(size=DIMENSION)
        vector = centre + 0.3 * rng.normal(size=DIMENSION)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        yield EmbeddedListing(
            listing_id=f"listing-{number:07}",
            seller_id=f"seller-{number % 17}",
            revision=1,
            title=f"linen shirt with pocket {number // 3} slim fit",
            brand=f"brand {number // 30}",
            category="shirts",
            colour=("red", "blue", "green")[number // 3 % 3],
            price=f"{10 + number % 50}.90",
            currency="EUR",
            embedding=Embedding(vector=vector, image=vector, text=vector, numbers=vector),
        )


def write(broker: MemoryBroker, rows: Iterator[EmbeddedListing], clock: SystemClock) -> None:
    """Put them into the inner log."""
    for row in rows:
        out = InnerListing(row.listing_id, row, clock.now_ms()).to_record(TOPICS.embedded, 0)
        broker.produce(out.topic, out.key, out.value, out.headers, partition=0)


def drain(role: MatchRole) -> int:
    """Turn until nothing is left; how many records were decided."""
    decided, idle = 0, 0
    while idle < 3:
        now = role.turn()
        decided += now
        idle = 0 if now else idle + 1
    return decided


def memory_of_pairs(broker: MemoryBroker) -> tuple[int, float]:
    """How many pairs, and bytes for each, of a pair state restored from the log."""
    records = [*broker.records(TOPICS.matches), *broker.records(TOPICS.reviews)]
    tracemalloc.start()
    state = PairState(0, matches=TOPICS.matches, reviews=TOPICS.reviews)
    for record in records:
        state.apply(record)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return len(state), size / max(1, len(state))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=int, default=5_000)
    parser.add_argument("--updates", type=int, default=1_000)
    args = parser.parse_args()
    clock, artifact, options = SystemClock(), load_artifact(), MatchOptions(settle_s=0.0)
    broker = MemoryBroker(clock)
    for topic in (TOPICS.embedded, TOPICS.matches, TOPICS.reviews, TOPICS.retry):
        broker.create_topic(topic)
    identity = IndexIdentity("bench", TOPICS.embedded, "bench", 0, "bench", DIMENSION)
    store, registry = MemoryStore(), CollectorRegistry()
    metrics = Metrics(registry, clock)
    role = MatchRole(
        ports=MatchPorts(
            source=MemorySource(broker, "bench"),
            follower=MemoryStateReader(broker, [TOPICS.matches, TOPICS.reviews]),
            sink=lambda shard: MemorySink(broker, f"bench-{shard}"),
            index=lambda _: MemoryIndex(identity, store=store, clock=clock),
            clock=clock,
            metrics=metrics,
            health=Health(clock, 1e9).component("match"),
            deaths=DeathWatch(MemoryDeathLedger(), Company(), "match", limit=3, reach=256),
            check_log=lambda: None,
        ),
        topics=TOPICS,
        shards=1,
        decider=artifact.decider,
        artifact_version=artifact.version,
        dimension=DIMENSION,
        dead_letter=lambda record, _: OutRecord(TOPICS.dlq, record.key, record.value),
        options=options,
    )
    role.start()
    rows = list(listings(args.catalogue + args.updates, 1))
    write(broker, iter(rows[: args.catalogue]), clock)
    drain(role)
    before = registry.get_sample_value("skutwin_stage_seconds_sum", {"role": "match", "stage": "plan"}) or 0.0
    write(broker, iter(rows[args.catalogue :]), clock)
    began = time.perf_counter()
    decided = drain(role)
    took = time.perf_counter() - began
    plan = registry.get_sample_value("skutwin_stage_seconds_sum", {"role": "match", "stage": "plan"}) or 0.0
    vectors = np.stack([row.embedding.vector for row in rows])
    began = time.perf_counter()
    scores = vectors[args.catalogue :] @ vectors.T
    near = np.argpartition(-scores, 20, axis=1)[:, :20]
    pairs = {
        tuple(sorted((args.catalogue + i, int(j))))
        for i, line in enumerate(near)
        for j in line
        if j != args.catalogue + i and scores[i, j] >= options.floor
    }
    artifact.decider.decide([(rows[a], rows[b]) for a, b in sorted(pairs)])
    limit = time.perf_counter() - began
    count, size = memory_of_pairs(broker)
    print(f"decided            {decided / took:8.0f} listings/s ({decided} in {took:.2f} s)")
    print(f"of it in the plan  {(plan - before) / took:8.0%}")
    print(f"limit              {args.updates / limit:8.0f} listings/s (exact search and decider alone)")
    print(f"ratio to the limit {limit / took:8.2f}")
    print(f"pair state         {size:8.0f} bytes a pair ({count} pairs)")


if __name__ == "__main__":
    main()
