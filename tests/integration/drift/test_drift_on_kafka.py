"""Drift on a real Kafka and Milvus Lite: a good stream is silent, a broken one is told of."""

from __future__ import annotations

import base64
import random
from collections import Counter
from datetime import datetime
from pathlib import Path

from consumer.contracts.drift import DriftEvent, DriftLevel, DriftState, is_scores
from consumer.drift.on_kafka import sample_on_kafka
from consumer.drift.rebase import rebased, write
from consumer.drift.reference import held_reference
from consumer.drift.sample import Sample
from consumer.kafka.config import client_config
from model.artifact import Artifact
from model.drift import DriftReference
from model.drift.making import make_reference
from model.embedded import EmbeddedListing
from tests.integration.stream.artifact import picture
from tests.integration.stream.conftest import Install, install, tiny_artifact
from tests.integration.stream.installation import Installation
from tests.integration.stream.process import SkutwinProcess
from tests.integration.stream.waiting import eventually

__all__ = ["install", "tiny_artifact"]

SELLERS, WORDS = 40, 200
NO_PICTURE = "data:image/png;base64,AAAA"


class Market:
    """Forty sellers, whose listings have titles, prices and pictures of their own."""

    def __init__(self, world: Installation) -> None:
        self._world, self._draw = world, random.Random(5)
        self._count = 0

    def publish(self, count: int, *, broken: bool = False) -> None:
        """New listings; broken ones have no picture that can be had, and prices in another currency."""
        for _ in range(count):
            self._count += 1
            price = self._draw.lognormvariate(3.5, 0.6)
            self._world.publish(
                f"listing {self._count}",
                " ".join(f"w{self._draw.randrange(WORDS)}" for _ in range(4)),
                seller_id=f"seller {self._draw.randrange(SELLERS)}",
                price=f"{price:.2f}",
                currency="SEK" if broken else "EUR",
                image_urls=[NO_PICTURE if broken else self._picture()],
            )
        self._world.flush()

    def _picture(self) -> str:
        colour = (self._draw.randrange(256), self._draw.randrange(256), self._draw.randrange(256))
        return f"data:image/png;base64,{base64.b64encode(picture(colour)).decode()}"


def _quick(listings: tuple[EmbeddedListing, ...], artifact: Artifact) -> DriftReference:
    """Thresholds of fewer draws than training takes, and no pairs: in a second or two."""
    return make_reference(
        listings, [0.5] * len(listings), [], [], match=0.9, review=0.3, rates=artifact.rates, windows=2_500
    )


def _sample(world: Installation, *, last: int, since: datetime | None = None) -> Sample:
    config = client_config(world.settings.kafka_bootstrap, {}, "tests")
    return sample_on_kafka(config, world.topics.embedded, lambda *_: lambda _: None, last=last, since=since)


def _rebased(world: Installation, folder: Path) -> Path:
    sample = _sample(world, last=500)
    assert len(sample.listings) == 500
    assert len(_sample(world, last=10_000, since=sample.ended).listings) == 1
    made = rebased(sample, world.artifact, held_reference(world.artifact, None), _quick)
    return write(made, folder)


def _alarms(world: Installation) -> list[DriftEvent]:
    values = [one.value for one in world.read(world.topics.drift) if not is_scores(one.key or b"")]
    events = [DriftEvent.from_bytes(value) for value in values if value is not None]
    return [event for event in events if event.level is DriftLevel.ALARM]


def _scored_since(world: Installation, process: SkutwinProcess) -> None:
    """Until a window has been closed over all that was decided so far."""
    world.wait_until_quiet()
    closed = process.metric("skutwin_drift_windows_total")
    world.publish("closes the window", f"w{closed}", seller_id="seller 0", price="30.00", currency="EUR")
    world.wait_until_quiet()
    eventually(lambda: process.metric("skutwin_drift_windows_total") > closed, "a window is closed")


def test_a_stream_that_breaks_is_told_of_and_a_good_one_is_not(install: Install, tmp_path: Path) -> None:
    """Against a reference of its own first listings; each alarm once, and the command shows it."""
    world = install(drift_window_s=1, batch_size=64, match_batch_size=128, match_k=5)
    market = Market(world)
    market.publish(510)
    first = world.start()
    first.wait_ready("decides shards [0]")
    _scored_since(world, first)
    assert first.term() == 0, first.tail()
    assert _alarms(world) == []

    reference = _rebased(world, tmp_path)
    second = world.start(drift_reference=str(reference))
    second.wait_ready("decides shards [0]")
    market.publish(300)
    _scored_since(world, second)
    assert second.metric("skutwin_drift_score", feature="no_picture") > 0
    assert _alarms(world) == []

    market.publish(300, broken=True)
    world.wait_until_quiet()
    wanted = {"no_picture", "lost_picture", "currency"}
    eventually(lambda: wanted <= {event.feature for event in _alarms(world)}, f"{wanted} raised")
    _scored_since(world, second)
    said = Counter((event.key(), event.state) for event in _alarms(world))
    assert {count for (_, state), count in said.items() if state is DriftState.RAISED} == {1}
    assert {event.reference for event in _alarms(world)} == {reference.stem.removeprefix("drift-reference-")}
    assert second.metric("skutwin_drift_raised", feature="currency") == 1
    assert second.term() == 0, second.tail()

    shown = world.start("drift", "status")
    assert shown.wait() == 1, shown.tail()
    assert "no_picture" in shown.tail()
