"""Metrics: their names, their labels, and what the two helpers measure."""

from __future__ import annotations

import pytest
import stamina
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from stamina.instrumentation import set_on_retry_hooks

from consumer.contracts.events import Kind
from consumer.logs import batch_lines
from consumer.metrics import Metrics
from model.decision.decision import Source
from tests.fast.clocks import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def metrics(clock: HandClock) -> Metrics:
    return Metrics(CollectorRegistry(), clock)


def _value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_two_processes_worth_of_metrics_live_side_by_side(clock: HandClock) -> None:
    """Nothing is registered globally, so a test or a second role can have its own."""
    first, second = Metrics(CollectorRegistry(), clock), Metrics(CollectorRegistry(), clock)
    first.deferred.inc()
    assert _value(first, "skutwin_deferred_total") == 1
    assert _value(second, "skutwin_deferred_total") == 0


def test_a_rate_sees_the_first_event_of_each_kind(metrics: Metrics) -> None:
    """Their counters are there at zero: one that begins at its first value has not risen for Prometheus."""
    for kind in Kind:
        for source in Source:
            assert _value(metrics, "skutwin_events_out_total", kind=kind, source=source) == 0


def test_every_metric_is_ours_has_a_help_that_explains_and_no_id_as_label(metrics: Metrics) -> None:
    """Names begin with skutwin, the help says why one would look, and labels stay bounded."""
    bounded = {
        *("role", "topic", "partition", "stage", "kind", "source", "reason", "why", "target", "modality"),
        *("outcome", "result", "shard", "state"),
    }
    families = list(metrics.registry.collect())
    assert len(families) > 30
    for family in families:
        assert family.name.startswith("skutwin_")
        assert len(family.documentation.split()) >= 7, family.name
    for held in vars(metrics).values():
        assert set(getattr(held, "_labelnames", ())) <= bounded


def test_a_stage_is_timed_by_the_injected_clock_even_when_it_raises(
    metrics: Metrics, clock: HandClock
) -> None:
    """A stage that fails after two seconds took two seconds."""

    def fails() -> None:
        with metrics.stage("embed", "fetch"):
            clock.advance(2)
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        fails()
    assert _value(metrics, "skutwin_stage_seconds_sum", role="embed", stage="fetch") == 2
    assert _value(metrics, "skutwin_stage_seconds_count", role="embed", stage="fetch") == 1


def test_latency_leaves_out_odd_timestamps_and_counts_them_apart(metrics: Metrics, clock: HandClock) -> None:
    """Backfilled, future and missing timestamps say nothing of how fast we are."""
    now = clock.now_ms()
    metrics.committed("match", [now - 500, now, now + 1, -1, now - 3_600_001])
    assert _value(metrics, "skutwin_record_to_commit_seconds_count", role="match") == 2
    assert _value(metrics, "skutwin_record_to_commit_seconds_sum", role="match") == 0.5
    for why in ("future", "missing", "backfilled"):
        assert _value(metrics, "skutwin_odd_timestamps_total", role="match", why=why) == 1


def test_a_slow_observation_names_its_batch(metrics: Metrics, clock: HandClock) -> None:
    """From a bucket's exemplar one gets to the batch, and by its id to the log lines."""
    with batch_lines("match", "0-17"), metrics.stage("match", "plan"):
        clock.advance(4)
        metrics.committed("match", [clock.now_ms() - 6000])
    with metrics.stage("match", "commit"):
        clock.advance(1)
    text = openmetrics.generate_latest(metrics.registry).decode()
    named = [line for line in text.splitlines() if '# {batch="0-17"}' in line]
    assert [line.split("{")[0] for line in named] == [
        "skutwin_stage_seconds_bucket",
        "skutwin_record_to_commit_seconds_bucket",
    ]
    assert 'le="5.0"' in named[0]
    assert 'le="7.5"' in named[1]


def test_latency_buckets_tell_the_promised_second_and_the_promised_five(
    metrics: Metrics, clock: HandClock
) -> None:
    """A record at 1.0 s and one at 5.0 s fall inside the buckets that end there."""
    metrics.committed("match", [clock.now_ms() - 1000, clock.now_ms() - 5000])
    name = "skutwin_record_to_commit_seconds_bucket"
    assert _value(metrics, name, role="match", le="0.75") == 0
    assert _value(metrics, name, role="match", le="1.0") == 1
    assert _value(metrics, name, role="match", le="5.0") == 2


def test_state_and_artifact_are_exposed(metrics: Metrics) -> None:
    """One state of a role is 1 and the others are 0; the artifact's versions are labels of an info."""
    metrics.role_state("match", "standby")
    metrics.role_state("match", "running")
    metrics.artifact_is("abc", "def", "eu.@cluster")
    text = generate_latest(metrics.registry).decode()
    assert 'skutwin_role_state{role="match",skutwin_role_state="running"} 1.0' in text
    assert 'skutwin_role_state{role="match",skutwin_role_state="standby"} 0.0' in text
    info = 'skutwin_artifact_info{embedding_version="def",installation="eu.@cluster",version="abc"} 1.0'
    assert info in text


def test_retries_are_counted_by_the_library_that_failed(metrics: Metrics) -> None:
    """Two attempts at what keeps failing are one retry, of what raised it."""

    @stamina.retry(on=ConnectionError)
    def fails() -> None:
        raise ConnectionError

    metrics.watch_retries()
    try:
        with stamina.set_testing(True, attempts=2), pytest.raises(ConnectionError):
            fails()
    finally:
        set_on_retry_hooks(None)
    assert _value(metrics, "skutwin_retries_total", target="builtins") == 1
