"""The drift watch's metrics. Features are few and come from the code; a seller is never a label."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge


class DriftMetrics:
    """Those of one process, in its registry; the shards that are not decided here show nothing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ["shard", "feature"]
        self._score = Gauge(
            "skutwin_drift_score",
            "How many times farther a feature lies from the reference than chance takes it: about 1 at rest.",
            labels,
            registry=registry,
        )
        self._threshold = Gauge(
            "skutwin_drift_threshold",
            "Over which score a feature is an alarm: how near each one is.",
            labels,
            registry=registry,
        )
        self._raised = Gauge(
            "skutwin_drift_raised",
            "Alarms of a feature that stand now, one a seller at most: what to look at first.",
            labels,
            registry=registry,
        )
        self._alarms = Counter(
            "skutwin_drift_alarms",
            "Alarms raised: how often a feature drifts; the topic and the log name the seller.",
            labels,
            registry=registry,
        )
        self._listings = Gauge(
            "skutwin_drift_window_listings",
            "Listings in the sliding window: on how many the scores rest.",
            ["shard"],
            registry=registry,
        )
        self._closed = Counter(
            "skutwin_drift_windows",
            "Windows closed: standing still while listings arrive, nothing is watched.",
            ["shard"],
            registry=registry,
        )
        self._shown: dict[int, set[str]] = {}
        self._standing: dict[int, set[str]] = {}

    def measured(self, shard: int, listings: int, scores: Mapping[str, tuple[float, float]]) -> None:
        """A window was closed: scores and thresholds by feature; one that has none now is shown no longer."""
        self._closed.labels(str(shard)).inc()
        self._listings.labels(str(shard)).set(listings)
        for feature in self._shown.get(shard, set()) - scores.keys():
            self._drop(shard, feature)
        for feature, (score, threshold) in scores.items():
            self._score.labels(str(shard), feature).set(score)
            self._threshold.labels(str(shard), feature).set(threshold)
            self._alarms.labels(str(shard), feature)  # from zero on: the first alarm is an increase
        self._shown[shard] = set(scores)

    def raised(self, shard: int, feature: str) -> None:
        """An alarm was said."""
        self._alarms.labels(str(shard), feature).inc()

    def stand(self, shard: int, raised: Mapping[str, int]) -> None:
        """How many alarms stand, by feature; of all features that ever had one."""
        for feature in self._standing.get(shard, set()) - raised.keys():
            self._raised.remove(str(shard), feature)
        self._standing[shard] = set(raised)
        for feature, count in raised.items():
            self._raised.labels(str(shard), feature).set(count)

    def ended(self, shard: int) -> None:
        """The shard is decided elsewhere: its gauges go, so that they show nothing old."""
        for feature in self._shown.pop(shard, set()):
            self._drop(shard, feature)
        for feature in self._standing.pop(shard, set()):
            self._raised.remove(str(shard), feature)
        self._listings.remove(str(shard))

    def _drop(self, shard: int, feature: str) -> None:
        self._score.remove(str(shard), feature)
        self._threshold.remove(str(shard), feature)
