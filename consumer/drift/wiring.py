"""From settings and artifact to the drift watches of a process."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry

from consumer.drift.metrics import DriftMetrics
from consumer.drift.reference import held_reference
from consumer.drift.watch import ShardWatch
from consumer.ports.clock import Clock
from consumer.ports.drift import DriftWatch, Unwatched
from consumer.settings import Settings
from model.artifact import Artifact
from model.drift import DriftMonitor

log = structlog.get_logger(__name__)


def drift_watches(
    settings: Settings, artifact: Artifact, topic: str, clock: Clock, registry: CollectorRegistry
) -> Callable[[int], DriftWatch]:
    """What makes the watch of a shard; where `drift_window_s` is 0, one that watches nothing.

    Raises:
        Misconfigured: the rebased reference cannot be used.
    """
    if not settings.drift_window_s:
        return lambda _: Unwatched()
    held, metrics = held_reference(artifact, settings.drift_reference), DriftMetrics(registry)
    log.info("drift_reference", content=held.content_hash, rebased=held.rebased is not None)

    def watch(shard: int) -> DriftWatch:
        return ShardWatch(
            shard,
            topic=topic,
            monitor=lambda: DriftMonitor(held.reference, artifact.rates),
            artifact_version=artifact.version,
            reference=held.content_hash,
            window_s=settings.drift_window_s,
            clock=clock,
            metrics=metrics,
        )

    return watch
