"""Every metric, each with a sentence that says why one would look at it. No ids are ever labels.

Labels are bounded: `role` is embed or match, `stage` a step of a role, `reason` a label from the code.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram, Info
from stamina.instrumentation import RetryDetails, StructlogOnRetryHook, set_on_retry_hooks
from structlog.contextvars import get_contextvars

from consumer.contracts.events import Kind
from consumer.ports.clock import Clock
from consumer.ports.records import OutRecord
from model.decision.decision import Source

# Seconds. Half load is meant to have a median within 1 s and 99 % within 5 s: the buckets are close there. A
# backlog of ten minutes over took some listings over a minute (docs/load.md).
COMMIT_BUCKETS = (
    0.01,
    0.025,
    0.05,
    0.1,
    0.2,
    0.3,
    0.5,
    0.75,
    1,
    1.5,
    2,
    3,
    4,
    5,
    7.5,
    10,
    15,
    30,
    60,
    120,
    300,
)
STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZE_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
COSINE_BUCKETS = (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99, 1)
ROLE_STATES = ("starting", "restoring", "standby", "running", "stopping", "stopped")


class Metrics:
    """All metrics of one process, in one registry."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self.registry = registry
        self._clock = clock
        self._books(registry)
        self._pace(registry)
        self._trouble(registry)
        self._embed(registry)
        self._judging(registry)
        self._held(registry)
        self._room(registry)
        self._probes(registry)
        self._process(registry)

    def _books(self, registry: CollectorRegistry) -> None:
        self.records_in = Counter(
            "skutwin_records_in",
            "Records polled: whether anything arrives, and how much faster than it is passed on.",
            ["role", "topic"],
            registry=registry,
        )
        self.records_out = Counter(
            "skutwin_records_out",
            "Records committed by topic: what the role wrote, requests to try again among it.",
            ["role", "topic"],
            registry=registry,
        )
        self.events_out = Counter(
            "skutwin_events_out",
            "Match events committed: a jump of retractions means that listings or the model changed.",
            ["kind", "source"],
            registry=registry,
        )
        for kind, source in product(Kind, Source):
            self.events_out.labels(kind, source)  # from zero on: a rate needs a value before the first
        self.passed_on = Counter(
            "skutwin_passed_on",
            "Records that took effect: with superseded, stale, closing, deferred ones and dead letters they"
            " add up to the records in.",
            ["role"],
            registry=registry,
        )
        self.superseded = Counter(
            "skutwin_superseded",
            "Records overtaken by a later one of their listing in one batch: sellers that write in bursts.",
            ["role"],
            registry=registry,
        )

    def _pace(self, registry: CollectorRegistry) -> None:
        self.stage_seconds = Histogram(
            "skutwin_stage_seconds",
            "Time a batch spends in one stage: which one to make faster.",
            ["role", "stage"],
            buckets=STAGE_BUCKETS,
            registry=registry,
        )
        self.record_to_commit_seconds = Histogram(
            "skutwin_record_to_commit_seconds",
            "From a record's Kafka timestamp to the commit that accounts for it: the promise to users.",
            ["role"],
            buckets=COMMIT_BUCKETS,
            registry=registry,
        )
        self.odd_timestamps = Counter(
            "skutwin_odd_timestamps",
            "Records left out of the latency because the timestamp is backfilled, in the future or missing.",
            ["role", "why"],
            registry=registry,
        )
        self.batch_size = Histogram(
            "skutwin_batch_size",
            "Records in a batch: full ones mean load, single ones mean that the linger closes them.",
            ["role"],
            buckets=SIZE_BUCKETS,
            registry=registry,
        )
        self.queue_depth = Gauge(
            "skutwin_queue_depth",
            "Batches waiting before a stage: the first full queue stands before the bottleneck.",
            ["role", "stage"],
            registry=registry,
        )
        self.lag = Gauge(
            "skutwin_lag_records",
            "Records between the position and the end of a partition held: whether the role keeps up.",
            ["role", "topic", "partition"],
            registry=registry,
        )
        self.caught_up_to = Gauge(
            "skutwin_caught_up_to_timestamp_seconds",
            "All that arrived before this moment is committed: the time since is the age of the oldest record"
            " that waits, whether the loop turns or not.",
            ["role"],
            registry=registry,
        )

    def _trouble(self, registry: CollectorRegistry) -> None:
        self.dead_letters = Counter(
            "skutwin_dead_letters",
            "Records that can never be right: a rising reason names what a producer upstream broke.",
            ["role", "reason"],
            registry=registry,
        )
        for role in ("embed", "match"):
            self.dead_letters.labels(role, "kills_process")  # from zero on: the first one is an increase
        self.retries = Counter(
            "skutwin_retries",
            "Calls tried again because the world failed: which neighbour is ill, before it stops us.",
            ["target"],
            registry=registry,
        )
        self.transactions_aborted = Counter(
            "skutwin_transactions_aborted",
            "Batches thrown away and polled again: rebalances, time-outs or a broker in trouble.",
            ["role"],
            registry=registry,
        )
        self.breaker_share = Gauge(
            "skutwin_breaker_share",
            "Share of dead letters among the last records: past the limit the embedder stops.",
            registry=registry,
        )
        self.breaker_limit = Gauge(
            "skutwin_breaker_limit",
            "The share of dead letters at which the breaker opens (`breaker_share`); see the share itself.",
            registry=registry,
        )

    def _embed(self, registry: CollectorRegistry) -> None:
        self.encoder_batches = Counter(
            "skutwin_encoder_batches",
            "Calls of an encoder: with the items, how well its batches are filled.",
            ["modality"],
            registry=registry,
        )
        self.encoder_items = Counter(
            "skutwin_encoder_items",
            "Pictures and texts encoded: the cost that the cache did not save.",
            ["modality"],
            registry=registry,
        )
        self.encoder_seconds = Counter(
            "skutwin_encoder_seconds",
            "Time inside the encoders: with the items, the speed of this processor.",
            ["modality"],
            registry=registry,
        )
        self.cache_lookups = Counter(
            "skutwin_cache_lookups",
            "Look-ups of URLs, pictures and texts by outcome: a falling share of hits means that the cache is"
            " too small or that content really is new.",
            ["kind", "outcome"],
            registry=registry,
        )
        self.pictures = Counter(
            "skutwin_pictures",
            "What became of pictures: `later` rises in an outage of their server, `gone` with dead links.",
            ["result", "reason"],
            registry=registry,
        )
        self.deferred = Counter(
            "skutwin_deferred",
            "Retries read before their time and put back: how many listings wait for a picture server.",
            registry=registry,
        )
        self.incomplete = Counter(
            "skutwin_incomplete",
            "Listings passed on with pictures missing for now: each will be embedded again.",
            registry=registry,
        )

    def _judging(self, registry: CollectorRegistry) -> None:
        self.top_similarity = Histogram(
            "skutwin_top_similarity",
            "Cosine of each listing's nearest other listing: a shifted shape means new content or drift.",
            buckets=COSINE_BUCKETS,
            registry=registry,
        )
        self.candidates = Counter(
            "skutwin_candidates",
            "Pairs judged by where they came from (index, recent, gtin, pairs): what retrieval contributes.",
            ["source"],
            registry=registry,
        )
        self.k_cap_hits = Counter(
            "skutwin_k_cap_hits",
            "Listings whose neighbours above the floor, or whose GTIN's listings, did not fit under the cap:"
            " matches may be missed.",
            registry=registry,
        )
        self.stale_retries = Counter(
            "skutwin_stale_retries",
            "Retries overtaken by a newer record: normal while sellers edit, odd in numbers.",
            registry=registry,
        )
        self.closed_retries = Counter(
            "skutwin_closed_retries",
            "Nulls read under a retry's key: with the stale retries, how many were asked for in vain.",
            registry=registry,
        )
        self.stale_verdicts = Counter(
            "skutwin_stale_verdicts",
            "Verdicts on a listing that changed or went while the person looked: tasks that wait too long.",
            registry=registry,
        )
        self.review_tasks = Counter(
            "skutwin_review_tasks",
            "Pairs put before a person: more than people can judge means a band too wide, or drift.",
            registry=registry,
        )
        self.revisions_back = Counter(
            "skutwin_revisions_back",
            "Listings whose revision went back: a producer writes out of order or restored a backup.",
            ["role"],
            registry=registry,
        )

    def _held(self, registry: CollectorRegistry) -> None:
        self.rows_written = Counter(
            "skutwin_index_rows_written",
            "Rows and markers written to the index: its write load.",
            registry=registry,
        )
        self.rows_deleted = Counter(
            "skutwin_index_rows_deleted",
            "Superseded rows and expired markers removed: far fewer than written ones means growth.",
            registry=registry,
        )
        self.live_rows = Gauge(
            "skutwin_index_live_rows",
            "Listings in the index: at rest it equals the listings accepted and not deleted.",
            ["shard"],
            registry=registry,
        )
        self.pairs = Gauge(
            "skutwin_pairs",
            "Pairs held in memory by state: the memory that the matcher needs.",
            ["shard", "state"],
            registry=registry,
        )
        self.doubted_gtins = Counter(
            "skutwin_doubted_gtins",
            "GTINs that match pairs which the model does not believe: the log names them for the artifact's"
            " next list.",
            registry=registry,
        )
        self.partners_missing = Counter(
            "skutwin_partners_missing",
            "Partners of a pair with neither row nor marker: over zero, verify the index"
            " (`skutwin reindex`).",
            registry=registry,
        )
        self.shard_active = Gauge(
            "skutwin_shard_active",
            "Whether this process decides a shard: over all processes, each shard has exactly one.",
            ["shard"],
            registry=registry,
        )
        self.restore_seconds = Gauge(
            "skutwin_restore_seconds",
            "How long the last assignment took to restore the pair state: the gap at a takeover.",
            ["shard"],
            registry=registry,
        )

    def _room(self, registry: CollectorRegistry) -> None:
        self.rows_limit = Gauge(
            "skutwin_index_rows_limit",
            "Rows that a shard's index is planned for (`index_rows_limit`): against the live rows, how full.",
            ["shard"],
            registry=registry,
        )
        self.index_bytes = Gauge(
            "skutwin_index_bytes",
            "What Milvus Lite's folder takes on its disk; a Milvus server says this of itself.",
            ["shard"],
            registry=registry,
        )
        self.index_bytes_limit = Gauge(
            "skutwin_index_bytes_limit",
            "What that folder could take at most: its size and what is free on the disk under it.",
            ["shard"],
            registry=registry,
        )

    def _probes(self, registry: CollectorRegistry) -> None:
        self.recall_probes = Counter(
            "skutwin_recall_probes",
            "Searches that were repeated with far more effort: on how many the online recall rests.",
            registry=registry,
        )
        self.recall_expected = Counter(
            "skutwin_recall_probe_expected",
            "Neighbours that the thorough search of a probe found: the online recall's denominator.",
            registry=registry,
        )
        self.recall_found = Counter(
            "skutwin_recall_probe_found",
            "Those of them that the ordinary search had found as well: over the expected ones, the recall.",
            registry=registry,
        )

    def _process(self, registry: CollectorRegistry) -> None:
        self.build = Info(
            "skutwin_build",
            "Which release runs here, on which Python: whether a roll-out is through.",
            registry=registry,
        )
        self.artifact = Info(
            "skutwin_artifact",
            "Which artifact and embedding version decide here, and for which installation (topic prefix and"
            " cluster): all of one installation's processes must agree.",
            registry=registry,
        )
        self._role_state = Enum(
            "skutwin_role_state",
            "What a role is doing: two matchers of one shard must never both be running.",
            ["role"],
            states=list(ROLE_STATES),
            registry=registry,
        )

    def wrote(self, role: str, records: Sequence[OutRecord]) -> None:
        """Count records committed just now, by topic."""
        for topic, count in Counts(record.topic for record in records).items():
            self.records_out.labels(role, topic).inc(count)

    def role_state(self, role: str, state: str) -> None:
        """Say what a role is doing, one of `ROLE_STATES`."""
        self._role_state.labels(role).state(state)

    def artifact_is(self, version: str, embedding_version: str, installation: str) -> None:
        """Say which artifact is at work, and for whom."""
        self.artifact.info(
            {"version": version, "embedding_version": embedding_version, "installation": installation}
        )

    def watch_retries(self) -> None:
        """From now on count each retry of this process by the library whose error caused it, and log it."""
        set_on_retry_hooks([self._retried, StructlogOnRetryHook])

    def _retried(self, details: RetryDetails) -> None:
        self.retries.labels(type(details.caused_by).__module__.partition(".")[0]).inc()

    @contextmanager
    def stage(self, role: str, stage: str) -> Iterator[None]:
        """Time one stage of one batch, by the injected clock; a stage that raises is timed as well."""
        began = self._clock.steady_s()
        try:
            yield
        finally:
            took = max(0.0, self._clock.steady_s() - began)
            self.stage_seconds.labels(role, stage).observe(took, exemplar=_batch())

    def committed(self, role: str, timestamps_ms: list[int], *, backfilled_s: float = 3600.0) -> None:
        """Observe record-to-commit latencies of records committed just now.

        Timestamps that are missing (-1), lie in the future or are older than `backfilled_s` count apart.
        """
        now = self._clock.now_ms()
        exemplar = _batch()
        latency = self.record_to_commit_seconds.labels(role)
        for timestamp in timestamps_ms:
            seconds = (now - timestamp) / 1000
            if timestamp < 0:
                self.odd_timestamps.labels(role, "missing").inc()
            elif seconds < 0:
                self.odd_timestamps.labels(role, "future").inc()
            elif seconds > backfilled_s:
                self.odd_timestamps.labels(role, "backfilled").inc()
            else:
                latency.observe(seconds, exemplar=exemplar)


def _batch() -> dict[str, str] | None:
    """The exemplar of an observation: the batch whose log lines say more (see `batch_lines`)."""
    bound = get_contextvars()
    return {"batch": str(bound["batch"])} if "batch" in bound else None
