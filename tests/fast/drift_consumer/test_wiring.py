"""From settings to watches: switched off, with the artifact's reference, with a rebased one."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from consumer.contracts.drift import DriftScores, is_scores
from consumer.drift import rebase
from consumer.drift.metrics import DriftMetrics
from consumer.drift.reference import held_reference
from consumer.drift.sample import Sample
from consumer.drift.watch import ShardWatch
from consumer.drift.wiring import drift_watches
from consumer.errors import Misconfigured
from consumer.ports.drift import Unwatched
from consumer.settings import Settings
from model.artifact import Artifact
from model.drift import DriftMonitor
from model.drift.making import make_reference
from model.money import Rates
from tests.fast.clocks import HandClock
from tests.fast.drift_consumer.drawn import drawn_rows, measured_quickly
from tests.fast.match.world import TOPICS, World, embedded
from tests.tiny_artifact import write_tiny_artifact


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return write_tiny_artifact(tmp_path_factory.mktemp("wiring") / "tiny")


def _said(artifact: Artifact, settings: Settings) -> DriftScores:
    """What a watch says of a minute in which ten listings came."""
    clock = HandClock()
    watch = drift_watches(settings, artifact, "drift", clock, CollectorRegistry())(0)
    watch.begin()
    watch.saw(drawn_rows(10), [0.5] * 10, [])
    clock.advance(settings.drift_window_s)
    (record,) = watch.due()
    return DriftScores.from_bytes(record.value or b"")


def test_a_watch_holds_the_stream_against_the_artifacts_reference(artifact: Artifact) -> None:
    """Its events name the artifact and its reference."""
    said = _said(artifact, Settings())
    assert said.window.listings == 10
    assert (said.artifact_version, said.reference) == (
        artifact.version,
        held_reference(artifact, None).content_hash,
    )


def test_a_rebased_reference_outweighs_it(artifact: Artifact, tmp_path: Path) -> None:
    """Events name the file's content then."""
    sample = Sample(tuple(drawn_rows(500)), tuple(range(500)))
    made = rebase.rebased(sample, artifact, held_reference(artifact, None), measured_quickly)
    path = rebase.write(made, tmp_path)
    assert _said(artifact, Settings(drift_reference=path)).reference == made.content_hash


def test_a_window_of_no_length_watches_nothing(artifact: Artifact) -> None:
    """Not even the file of the reference is read."""
    settings = Settings(drift_window_s=0, drift_reference=Path("nowhere"))
    watches = drift_watches(settings, artifact, "drift", HandClock(), CollectorRegistry())
    assert isinstance(watches(0), Unwatched)


def test_a_reference_that_cannot_be_used_stops_the_start(artifact: Artifact) -> None:
    """It is not silently replaced by the artifact's."""
    with pytest.raises(Misconfigured, match="nowhere cannot be read"):
        drift_watches(
            Settings(drift_reference=Path("nowhere")), artifact, "drift", HandClock(), CollectorRegistry()
        )


def test_the_models_monitor_takes_what_the_match_role_shows() -> None:
    """Listings and decisions of real batches, deletions among them; a window counts the listings."""
    world = World()
    colours = ("red", "blue", "green", "grey")
    rows = [embedded(f"r{n}", colours[n % 4], seller_id=f"s{n % 3}") for n in range(8)]
    reference = make_reference(
        rows, [0.5] * 8, [(0, 4)], [0.9], match=0.9, review=0.3, rates=Rates.snapshot()
    )
    world.drift = lambda shard: ShardWatch(
        shard,
        topic=TOPICS.drift,
        monitor=lambda: DriftMonitor(reference, Rates.snapshot()),
        artifact_version="a1",
        reference="0" * 12,
        window_s=60,
        clock=world.clock,
        metrics=DriftMetrics(CollectorRegistry()),
    )
    role = world.run()
    for number in range(20):
        world.put(embedded(f"l{number}", colours[number % 4], price="10", currency="EUR"))
    world.delete("l3")
    world.run(role)
    world.clock.advance(60)
    role.turn()
    (record,) = world.broker.records(TOPICS.drift)
    assert is_scores(record.key or b"")
    assert 18 <= DriftScores.from_bytes(record.value or b"").window.listings <= 20
