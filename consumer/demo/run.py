"""`skutwin demo`: the real consumer on an embedded broker, Milvus Lite and a picture server; offline."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from confluent_kafka import Producer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from consumer.app import App, Names, signals
from consumer.contracts.events import Kind
from consumer.demo.figures import Figures, Meter, agreement, examples, percentile
from consumer.demo.outputs import Outputs
from consumer.demo.picture_server import PictureServer
from consumer.demo.report import show
from consumer.demo.rivals import rivals
from consumer.demo.running import Running
from consumer.demo.stream import StreamRecord, make_stream
from consumer.kafka.config import client_config
from consumer.kafka.mock import mock_cluster
from consumer.kafka.state_reader import KafkaStateReader
from consumer.pictures.cache import SqliteContentCache
from consumer.ports.clock import SystemClock
from consumer.settings import Settings
from model.artifact import load_artifact

_BACKLOG = 0.8  # share of the stream that is there at the start: throughput; the rest comes live: latency
_HALF_LOAD = 0.5
_SWEEP_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What may be chosen.

    Attributes:
        listings: about how many records.
        seed: decides the stream.
        json_out: where to write the figures.
        serve: keep metrics and pictures up afterwards, until Ctrl-C.
        artifact: its folder; None for the embedded default.
    """

    listings: int = 2000
    seed: int = 1
    json_out: Path | None = None
    serve: bool = False
    artifact: Path | None = None


def run_demo(options: DemoOptions, console: Console | None = None) -> Figures:
    """Stream, match, measure, show.

    Raises:
        SkutwinError: a part did not start, or the consumer stopped.
        Stopped: Ctrl-C.
    """
    console = console or Console()
    with ExitStack() as stack:
        demo = _Demo(options, console, stack)
        app = App(demo.settings)
        stack.enter_context(signals(app))
        running = stack.enter_context(Running(app))
        figures = demo.play(app, running)
        if options.json_out is not None:
            options.json_out.write_text(json.dumps(figures.to_json(), indent=2, sort_keys=True) + "\n")
        if options.serve:
            console.print(f"metrics at {app.ops_url}/metrics, pictures at {demo.pictures.base_url}")
            console.print("Ctrl-C ends it")
            running.join()
    return figures


class _Demo:
    """The world around one consumer: a folder, a broker, a picture server, a stream."""

    def __init__(self, options: DemoOptions, console: Console, stack: ExitStack) -> None:
        self._console = console
        self._began = time.monotonic()
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skutwin-demo-")))
        self.pictures = stack.enter_context(PictureServer())
        self._stream = make_stream(
            seed=options.seed, listings=options.listings, base_url=self.pictures.base_url
        )
        self.pictures.pictures = self._stream.picture
        settings = Settings(
            artifact=options.artifact,
            milvus_uri=str(self.folder / "index.db"),
            cache_dir=self.folder / "cache",
            ops_port=0,
            match_settle_s=5.0,
            match_sweep_interval_s=_SWEEP_S,
            retry_first_delay_s=2.0,
            breaker_share=1.0,  # the stream is broken on purpose here and there
            picture_budget_s=10.0,  # the pictures are drawn by this very machine
            picture_request_timeout_s=8.0,
            picture_ports=(self.pictures.port,),
            picture_private_networks=("127.0.0.0/8",),  # the picture server is this very process
        )
        topics = Names(settings, load_artifact(options.artifact)).topics
        names = (topics.listings, topics.embedded, topics.retry, topics.matches)
        bootstrap = stack.enter_context(
            mock_cluster(
                dict.fromkeys((*names, topics.reviews, topics.verdicts, topics.dlq, topics.drift), 1)
            )
        )
        self.settings = settings.model_copy(update={"kafka_bootstrap": bootstrap})
        self._topics = topics
        self._client = client_config(bootstrap, {}, "skutwin-demo")
        self._producer = Producer({**self._client, "log_level": 0})

    def play(self, app: App, running: Running) -> Figures:
        """The whole stream, and its figures."""
        with self._console.status("loading the encoders, and finding their fastest precision"):
            running.wait(lambda: app.health.ready().ok and app.embedder is not None)
        meter = Meter(app.registry, self._topics)
        records = self._stream.records
        cut = int(len(records) * _BACKLOG)
        watch = _Watch(self._console, meter, len(records))
        with watch:
            began = time.monotonic()
            self._publish(records[:cut])
            running.wait(lambda: watch.look() and meter.at_rest(cut))
            throughput = cut / (time.monotonic() - began)
            before = meter.latencies()
            offered = throughput * _HALF_LOAD
            live = threading.Thread(target=self._publish, args=(records[cut:], offered), name="live")
            live.start()
            running.wait(lambda: watch.look() and not live.is_alive() and meter.at_rest(len(records)))
            rested = time.monotonic()
            running.wait(lambda: time.monotonic() - rested > 2 * _SWEEP_S)  # the rows are counted anew
        median, tail = (percentile(before, meter.latencies(), share) for share in (0.5, 0.99))
        with self._console.status("reading the outputs, and what simpler matchers would have said"):
            return self._figures(app, meter, (throughput, offered, median, tail))

    def _publish(self, records: Sequence[StreamRecord], rate: float = 0.0) -> None:
        """Write records to `listings`: at once, or so many a second."""
        began = time.monotonic()
        for number, record in enumerate(records):
            if rate:
                time.sleep(max(0.0, began + number / rate - time.monotonic()))
            self._producer.produce(self._topics.listings, key=record.key, value=record.value)
            self._producer.poll(0)
        self._producer.flush()

    def _figures(self, app: App, meter: Meter, speed: tuple[float, float, float, float]) -> Figures:
        stream = self._stream
        outputs = Outputs.read(partial(KafkaStateReader, self._client), self._topics, SystemClock())
        if app.embedder is None:
            raise RuntimeError("the embed role has loaded its encoders, so this cannot be")
        cache = SqliteContentCache(self.settings.cache_dir / "content.sqlite3", self.settings.cache_max_bytes)
        others = rivals(stream, cache, app.embedder)
        cache.close()
        precision, recall, score = agreement(outputs.matched, stream.truth_pairs)
        embed, match = meter.embed(), meter.match()
        kinds = [str(event.kind) for event in outputs.events]
        live_rows = meter.live_rows()
        throughput, offered, median, tail = speed
        figures = Figures(
            listings=len(stream.records),
            live_rows=live_rows,
            live_expected=len(stream.live),
            f1=score,
            precision=precision,
            recall=recall,
            pairs_true=len(stream.truth_pairs),
            pairs_matched=len(outputs.matched),
            in_review=outputs.in_review,
            baseline_title_f1=others.title,
            baseline_zero_shot_f1=others.zero_shot,
            baseline_image_f1=others.image,
            baseline_text_f1=others.text,
            unaccounted=abs(embed.unaccounted) + abs(match.unaccounted) + abs(live_rows - len(stream.live)),
            embed=embed,
            match=match,
            dead_letters=dict(outputs.dead_letters),
            events={kind: kinds.count(kind) for kind in Kind},
            retracted=kinds.count(Kind.RETRACTED),
            drifted=meter.drifted(),
            throughput_per_s=throughput,
            offered_per_s=offered,
            latency_p50_s=median,
            latency_p99_s=tail,
            artifact_version=app.artifact.version,
            embedding_version=app.artifact.embedding_version,
            precision_of_encoders=dict(app.embedder.precision),
            seconds=time.monotonic() - self._began,
        )
        show(self._console, figures, examples(list(outputs.last.values()), stream.truth_pairs))
        return figures


class _Watch:
    """Live progress; on no terminal nothing is drawn."""

    def __init__(self, console: Console, meter: Meter, records: int) -> None:
        self._meter = meter
        self._progress = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
        )
        self._embedded = self._progress.add_task("embedded", total=records, note="")
        self._matched = self._progress.add_task("matched", total=records, note="")

    def look(self) -> bool:
        """Show where the consumer is; always true."""
        embed, match = self._meter.embed(), self._meter.match()
        settled = match.came + embed.dead + embed.superseded
        self._progress.update(self._embedded, completed=embed.came, note=f"{embed.dead} dead letters")
        self._progress.update(self._matched, completed=settled, note=f"{self._meter.events()} events")
        return True

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self.look()
        self._progress.stop()
