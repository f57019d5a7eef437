"""What a demonstration measured, and where each figure comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from prometheus_client import CollectorRegistry

from consumer.contracts.events import Kind, MatchEvent
from consumer.contracts.pairs import Pair
from consumer.contracts.topics import TopicNames
from consumer.demo.baselines import f1


@dataclass(frozen=True, slots=True)
class Accounts:
    """One role's books: `came` must equal the sum of the rest.

    Attributes:
        came: records read.
        passed_on: that took effect.
        superseded: overtaken by a later one of their listing in the same batch.
        stale: retries that came too late; closed: their keys' nulls.
        dead: dead letters.
        deferred: retries read before their time and put back.
    """

    came: int
    passed_on: int
    superseded: int
    stale: int = 0
    closed: int = 0
    dead: int = 0
    deferred: int = 0

    @property
    def unaccounted(self) -> int:
        """How many records nobody can tell the fate of."""
        went = (self.passed_on, self.superseded, self.stale, self.closed, self.dead, self.deferred)
        return self.came - sum(went)


@dataclass(frozen=True, slots=True)
class Figures:
    """The demonstration's result; `--json` writes these keys."""

    listings: int
    live_rows: int
    live_expected: int
    f1: float
    precision: float
    recall: float
    pairs_true: int
    pairs_matched: int
    in_review: int
    baseline_title_f1: float
    baseline_zero_shot_f1: float
    baseline_image_f1: float
    baseline_text_f1: float
    unaccounted: int
    embed: Accounts
    match: Accounts
    dead_letters: dict[str, int]
    events: dict[str, int]
    retracted: int
    drifted: tuple[str, ...]
    throughput_per_s: float
    offered_per_s: float
    latency_p50_s: float
    latency_p99_s: float
    artifact_version: str
    embedding_version: str
    precision_of_encoders: dict[str, str]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain data, numbers rounded for people."""
        return {
            key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(self).items()
        }


class Meter:
    """Reads the consumer's own metrics."""

    def __init__(self, registry: CollectorRegistry, topics: TopicNames) -> None:
        self._registry, self._topics = registry, topics

    def embed(self) -> Accounts:
        """The embed role's books."""
        topics = (self._topics.listings, self._topics.retry, self._topics.verdicts)
        return Accounts(
            came=sum(self._get("skutwin_records_in_total", role="embed", topic=topic) for topic in topics),
            passed_on=self._get("skutwin_passed_on_total", role="embed"),
            superseded=self._get("skutwin_superseded_total", role="embed"),
            dead=self._sum("skutwin_dead_letters_total"),
            deferred=self._get("skutwin_deferred_total"),
        )

    def match(self) -> Accounts:
        """The match role's books."""
        return Accounts(
            came=self._get("skutwin_records_in_total", role="match", topic=self._topics.embedded),
            passed_on=self._get("skutwin_passed_on_total", role="match"),
            superseded=self._get("skutwin_superseded_total", role="match"),
            stale=self._get("skutwin_stale_retries_total"),
            closed=self._get("skutwin_closed_retries_total"),
        )

    def events(self) -> int:
        """Match events said so far."""
        return self._sum("skutwin_events_out_total")

    def drifted(self) -> tuple[str, ...]:
        """Features that the drift watch raised an alarm of."""
        return tuple(
            sorted(
                sample.labels["feature"]
                for metric in self._registry.collect()
                for sample in metric.samples
                if sample.name == "skutwin_drift_alarms_total" and sample.value
            )
        )

    def at_rest(self, published: int) -> bool:
        """Whether all that was published, and all that followed from it, has been dealt with."""
        embed, topics = self.embed(), self._topics
        retries_in = self._get("skutwin_records_in_total", role="embed", topic=topics.retry) - embed.deferred
        retries_out = self._get("skutwin_records_out_total", role="match", topic=topics.retry)
        inner = sum(
            self._get("skutwin_records_out_total", role=role, topic=topics.embedded)
            for role in ("embed", "match")
        )
        listings = self._get("skutwin_records_in_total", role="embed", topic=topics.listings)
        return listings == published and retries_in == retries_out and self.match().came == inner

    def live_rows(self) -> int:
        """Live listings in the index, as the last sweep counted them; -1 before the first."""
        value = self._registry.get_sample_value("skutwin_index_live_rows", {"shard": "0"})
        return -1 if value is None else int(value)

    def latencies(self) -> dict[float, float]:
        """The match role's record-to-commit histogram: how many up to each bound, in seconds."""
        return {
            float(sample.labels["le"]): sample.value
            for metric in self._registry.collect()
            for sample in metric.samples
            if sample.name == "skutwin_record_to_commit_seconds_bucket" and sample.labels["role"] == "match"
        }

    def _get(self, name: str, **labels: str) -> int:
        return int(self._registry.get_sample_value(name, labels) or 0)

    def _sum(self, name: str) -> int:
        return int(
            sum(s.value for metric in self._registry.collect() for s in metric.samples if s.name == name)
        )


def percentile(before: Mapping[float, float], after: Mapping[float, float], share: float) -> float:
    """A percentile of what a histogram took in between two readings, interpolated inside its bucket.

    Args:
        before: cumulative counts by upper bound, seconds; empty for none.
        after: the same, later.
        share: in (0, 1), such as 0.99.

    Returns:
        Seconds; NaN when nothing came in between.
    """
    bounds = sorted(after)
    counts = [after[bound] - before.get(bound, 0.0) for bound in bounds]
    if not counts or counts[-1] <= 0:
        return float("nan")
    wanted = share * counts[-1]
    below, lower = 0.0, 0.0
    for bound, count in zip(bounds, counts, strict=True):
        if count >= wanted:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (wanted - below) / max(count - below, 1e-9)
        below, lower = count, bound
    return lower


def agreement(matched: frozenset[Pair], truth: frozenset[tuple[str, str]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the pairs matched in the end."""
    right = len({(pair.a, pair.b) for pair in matched} & truth)
    precision = right / len(matched) if matched else 0.0
    return precision, right / len(truth) if truth else 0.0, f1(right, len(matched), len(truth))


def examples(
    events: Sequence[MatchEvent], truth: frozenset[tuple[str, str]], wanted: int = 3
) -> list[MatchEvent]:
    """Matches worth a look: right ones whose titles have the least in common, each of other sellers."""
    right = [e for e in events if e.kind is Kind.MATCHED and (e.a.listing_id, e.b.listing_id) in truth]
    shown: list[MatchEvent] = []
    seen: Counter[str] = Counter()
    for event in sorted(right, key=_common_words):
        sellers = {event.a.seller_id, event.b.seller_id}
        if len(shown) < wanted and event.a.title and event.b.title and not any(seen[s] for s in sellers):
            shown.append(event)
            seen.update(sellers)
    return shown


def _common_words(event: MatchEvent) -> tuple[float, str]:
    a, b = (set((side.title or "").casefold().split()) for side in (event.a, event.b))
    return len(a & b) / max(1, len(a | b)), event.pair_id
