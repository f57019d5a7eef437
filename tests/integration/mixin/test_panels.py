"""Every panel and rule, asked of a real Prometheus that scraped a consumer under the demo's stream."""

from __future__ import annotations

import json
import math
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from consumer.demo.picture_server import PictureServer
from consumer.demo.stream import StreamRecord, make_stream
from deploy.mixin.objectives import Objectives
from deploy.mixin.query import Line, Queries, asked_by, boards, filled
from deploy.mixin.recording import recorded
from model.drift import DriftReference
from model.drift.making import make_reference
from model.money import Rates
from tests.integration.mixin.prometheus import prometheus
from tests.integration.mixin.tools import promtool
from tests.integration.stream.artifact import write_tiny_artifact
from tests.integration.stream.installation import Installation
from tests.integration.stream.process import SkutwinProcess
from tests.integration.stream.waiting import eventually
from tests.tiny_artifact import tiny_rows

_SEEDS, _LISTINGS = (5, 6), 130  # two streams have sellers enough for the drift watch to judge
_CHUNKS = 12  # one after the other, so that counters rise between scrapes
_RATE_S = 40.0
BOARDS = boards()


@dataclass
class Watched:
    """A consumer that has worked, and the Prometheus that watched it."""

    world: Installation
    process: SkutwinProcess
    queries: Queries
    began: float

    def metrics(self) -> str:
        with urllib.request.urlopen(f"http://{self.process.address}/metrics", timeout=10) as answer:
            return str(answer.read().decode())


@pytest.fixture(scope="module")
def watched(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The demo's stream on a real Kafka and Milvus Lite, with encoders that cost nothing."""
    home, began = tmp_path_factory.mktemp("watched"), time.time()
    artifact = write_tiny_artifact(home / "tiny", drift_reference=_judging_reference()).folder
    with PictureServer() as pictures:
        streams = [make_stream(seed=seed, listings=_LISTINGS, base_url=pictures.base_url) for seed in _SEEDS]
        pictures.pictures = lambda path: next(filter(None, (each.picture(path) for each in streams)), None)
        world = Installation(
            kafka_bootstrap,
            str(home / "milvus.db"),
            home,
            artifact,
            picture_ports=str(pictures.port),
            picture_private_networks="127.0.0.0/8",
            picture_budget_s=8,  # the server draws them
            picture_request_timeout_s=8,
            drift_window_s=2,
            match_recall_probe_share=0.5,
            breaker_share=1.0,
        )
        try:
            world.create_topics()
            process = world.start()
            process.wait_ready("decides shards [0]")
            with prometheus(home, [process.address]) as queries:
                eventually(lambda: queries.instant("up == 1"), "Prometheus scraped it before it worked")
                _play(world, process, [record for each in streams for record in each.records])
                yield Watched(world, process, queries, began)
        finally:
            world.close()


def _judging_reference() -> DriftReference:
    """Of enough listings and sellers that a window of the stream can be judged against it."""
    rows = [
        row.model_copy(update={"seller_id": f"s{place % 40}"}) for place, row in enumerate(tiny_rows(600))
    ]
    return make_reference(
        rows,
        np.linspace(0.2, 0.9, len(rows)),
        np.stack([np.arange(len(rows) - 1), np.arange(1, len(rows))], axis=1),
        np.linspace(0.01, 0.99, len(rows) - 1),
        match=0.9,
        review=0.3,
        rates=Rates.snapshot(),
        windows=2_500,
    )


def _play(world: Installation, process: SkutwinProcess, records: list[StreamRecord]) -> None:
    for number in range(_CHUNKS):
        for record in records[number::_CHUNKS]:
            world.publish_bytes(record.key.decode(), record.value)
        world.flush()
        eventually(
            lambda: process.metric("skutwin_records_in_total", role="embed") >= world.published,
            "the chunk is read",
        )
    world.wait_until_quiet()


def _without_data(watched: Watched, expressions: Iterable[str]) -> list[str]:
    """Those that gave no number at any time, after some patience: a rule may want another scrape."""
    missing = list(expressions)

    def none_left() -> bool:
        end = time.time()
        missing[:] = [e for e in missing if not _finite(watched.queries.over(e, watched.began, end, 1))]
        return not missing

    with suppress(AssertionError):  # told below, each by its expression
        eventually(none_left, "data", deadline_s=15)
    return missing


def _finite(lines: list[Line]) -> bool:
    return any(math.isfinite(value) for line in lines for _, value in line.points)


@pytest.mark.parametrize("board", BOARDS)
def test_each_panel_of_a_dashboard_shows_data(watched: Watched, board: str) -> None:
    """Each expression, as Grafana would ask it, gives at least one number."""
    asked = [filled(each.expr, _RATE_S) for each in asked_by(board, BOARDS[board])]
    assert _without_data(watched, asked) == []


def test_each_recording_rule_records(watched: Watched) -> None:
    """Each has a series with a number."""
    records = [rule.record for group in recorded(Objectives()).values() for rule in group]
    assert _without_data(watched, records) == []


def test_every_rule_is_evaluated_without_an_error_and_no_alert_fires(watched: Watched) -> None:
    """A consumer that is well wakes nobody; each expression of an alert was run."""
    rules = eventually(
        lambda: (
            [] if any(r["health"] == "unknown" for r in watched.queries.rules()) else watched.queries.rules()
        ),
        "every rule was evaluated",
    )
    assert [rule for rule in rules if rule["health"] != "ok"] == []
    assert [rule["name"] for rule in rules if rule.get("state") == "firing"] == []


def test_a_slow_bucket_leads_to_its_batch(watched: Watched) -> None:
    """The exemplars of a histogram name batches, and the log has their lines."""
    expr = 'skutwin_record_to_commit_seconds_bucket{role="match"}'
    named = eventually(
        lambda: watched.queries.exemplars(expr, watched.began, time.time()), "exemplars were scraped"
    )
    lines = [
        json.loads(line) for line in Path(watched.process.log).read_text().splitlines() if line[:1] == "{"
    ]
    committed = {
        line["batch"] for line in lines if line["event"] == "batch_committed" and line["role"] == "match"
    }
    assert {labels["batch"] for labels in named} <= committed


def test_the_buckets_fit_what_is_measured(watched: Watched) -> None:
    """Next to nothing is beyond a histogram's last bound, and its values part over several buckets."""
    measured = list(text_string_to_metric_families(watched.metrics()))
    histograms = [each for each in measured if each.type == "histogram" and each.name != "skutwin_batch_size"]
    assert len(histograms) == 3  # how large batches get is a setting
    for family in histograms:
        counts: dict[float, float] = {}
        for sample in family.samples:
            if sample.name.endswith("_bucket"):
                bound = float(sample.labels["le"])
                counts[bound] = counts.get(bound, 0) + sample.value
        rising = [counts[bound] for bound in sorted(counts)]
        assert rising[-2] >= 0.99 * rising[-1], family.name
        assert len(set(rising)) >= 4, family.name


def test_the_metrics_follow_prometheus_conventions(watched: Watched) -> None:
    """Promtool has nothing to say of names, units and helps."""
    said = promtool("check", "metrics", given=watched.metrics())
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
