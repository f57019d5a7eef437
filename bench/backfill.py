"""How much faster `skutwin backfill` takes a catalogue in than the stream does, in one run.

    python -m bench.backfill [--listings 3000] [--rounds 2]     embeddings cached: ratio to `skutwin run`
    python -m bench.backfill --encode 1200                      nothing cached: ratio to the encoders alone

The same drawn catalogue goes through both, each into topics and a Milvus Lite file of its own, on one broker,
with the embedded default artifact and default settings. What is timed is the work: from the first commit of
the embed group to the last of the match group, without the start of processes and the loading of encoders.
In the cached mode the encoders' answers lie in the cache before: texts are encoded for it, pictures are mixed
from some that are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.load.broker import kafka
from consumer.app import App
from consumer.backfill.ends import after_last_records
from consumer.errors import BrokerFault
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.source import KafkaSource
from consumer.kafka.topics import topic_specs
from consumer.pictures.cache import SqliteContentCache
from consumer.ports.pictures import KnownUrl
from consumer.ports.records import TopicPartition
from consumer.replay.publisher import KafkaPublisher
from consumer.settings import Settings
from model.artifact import load_artifact
from model.embedder import Embedder
from model.encoders.picture_features import HASH_BITS, PALETTE
from model.synthetic.catalogue import SyntheticOffer, make_catalogue

ROOT = Path(__file__).parents[1]
BASES = 40  # pictures that are really drawn and encoded for the cached mode
LOOK_S = 0.25
AT_ONCE = 128  # as a backfill's batches
DEADLINE_S = 1_500.0
OFFERS_A_PRODUCT = 2.0
Features = NDArray[np.float32]


@dataclass(frozen=True)
class Timed:
    """One run.

    Attributes:
        embed: listings a second from the first commit of the embed group to its last.
        whole: the same up to the last commit of the match group.
        command_s: of the whole process, its start included.
        cpu_ms: processor time of the process for each listing, over the same time as `whole`.
    """

    embed: float
    whole: float
    command_s: float
    cpu_ms: float


def main() -> None:
    options = _options()
    with ExitStack() as open_until_end:
        home = Path(open_until_end.enter_context(tempfile.TemporaryDirectory()))
        bootstrap = options.bootstrap or open_until_end.enter_context(
            kafka(options.kafka_libs, home / "kafka")
        )
        bench = Bench(home, bootstrap, options)
        bench.encoded() if options.encode else bench.cached()


class Bench:
    """One broker and cache, many installations."""

    def __init__(self, home: Path, bootstrap: str, options: argparse.Namespace) -> None:
        self._home, self._bootstrap, self._options = home, bootstrap, options
        self._runs = 0

    def cached(self) -> None:
        """Both ways with the encoders' answers known."""
        offers = drawn(self._options.listings, self._options.seed)
        settings = self._settings()
        embedder = load_artifact(None).embedder(self._options.threads)
        fill_cache(offers, embedder, settings.cache_dir / "content.sqlite3")
        del embedder
        file = write(offers, self._home / "catalogue.jsonl")
        print(f"{len(offers)} listings, {sum(len(o.shots) for o in offers)} pictures, all cached", flush=True)
        ratios = []
        for _ in range(self._options.rounds):
            stream = told("stream", self._stream(offers))
            bulk = told("backfill", self._bulk(file, len(offers)))
            ratios.append(bulk.whole / stream.whole)
            print(f"processor time: {stream.cpu_ms / bulk.cpu_ms:.2f} times less")
            print(f"ratio: {ratios[-1]:.2f}", flush=True)
        print(f"median ratio of {len(ratios)}: {statistics.median(ratios):.2f}")

    def encoded(self) -> None:
        """The backfill with nothing known, against the encoder with nothing else to do."""
        offers = drawn(self._options.encode, self._options.seed)
        pictures = self._home / "pictures"
        pictures.mkdir()
        contents = [offer.render(0) for offer in offers]
        for number, content in enumerate(contents):
            (pictures / f"{number}.jpg").write_bytes(content)
        file = write(offers, self._home / "catalogue.jsonl", one_picture=True)
        alone = [encoders_alone(offers, contents, self._options.threads)]
        bulk = self._bulk(file, len(offers), "--images", str(pictures), picture_file_root=str(pictures))
        alone.append(encoders_alone(offers, contents, self._options.threads))
        for when, each in zip(("before", "after"), alone, strict=True):
            print(
                f"encoders alone, {when}: {each.rate:.1f} listings/s; {each.cpu_ms:.1f} ms of processor each"
            )
        print(f"backfill: embedding {bulk.embed:.1f} listings/s, with matching {bulk.whole:.1f};", end=" ")
        print(f"{bulk.cpu_ms:.1f} ms of processor each")
        rate, cpu_ms = (statistics.mean(each) for each in zip(*alone, strict=True))
        print(
            f"ratio to the encoders: {bulk.embed / rate:.2f}, with matching {bulk.whole / rate:.2f};", end=" "
        )
        print(f"by processor time {cpu_ms / bulk.cpu_ms:.2f}")

    def _stream(self, offers: list[SyntheticOffer]) -> Timed:
        with self._installation() as app:
            publisher = KafkaPublisher(app.client, app.names.topics.listings)
            for offer in offers:
                publisher.send(offer.listing.listing_id.encode(), _line(offer).encode())
            publisher.flush()
            with self._process(app.settings, "run") as process:
                return watched(app, len(offers), process)

    def _bulk(self, file: Path, count: int, *more: str, **settings: str) -> Timed:
        with (
            self._installation(**settings) as app,
            self._process(app.settings, "backfill", str(file), *more) as process,
        ):
            timed = watched(app, count, process)
            process.wait(60)
            return timed

    def _settings(self, **more: str) -> Settings:
        self._runs += 1
        return Settings(
            kafka_bootstrap=self._bootstrap,
            topic_prefix=f"b{os.getpid()}-{self._runs}.",
            milvus_uri=str(self._home / f"{self._runs}.db"),
            cache_dir=self._home / "cache",
            encoder_threads=self._options.threads,
            ops_port=0,
            log_level="warning",
            log_format="json",
            **more,
        )

    @contextmanager
    def _installation(self, **more: str) -> Iterator[App]:
        settings = self._settings(**more)
        admin = ClusterAdmin({"bootstrap.servers": self._bootstrap})
        names = load_artifact(None).embedding_version
        from consumer.contracts.topics import TopicNames  # noqa: PLC0415

        admin.create_topics(topic_specs(TopicNames.of(settings.topic_prefix, names), partitions=4))
        yield App(settings, "embed")

    @contextmanager
    def _process(self, settings: Settings, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        fields = settings.model_dump(mode="json", exclude_defaults=True, exclude={"kafka", "instance"})
        ours = {f"SKUTWIN_{name.upper()}": str(value) for name, value in fields.items() if value is not None}
        around = {name: value for name, value in os.environ.items() if not name.startswith("SKUTWIN_")}
        log = self._home / f"{settings.topic_prefix}{command[0]}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "consumer.cli.main", *command],
                cwd=ROOT,
                env={**around, **ours},
                stdout=out,
                stderr=out,
            )
        try:
            yield process
        except BaseException:
            print(log.read_text()[-3000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def told(name: str, run: Timed) -> Timed:
    """Print it at once: the next may take minutes."""
    print(f"{name}: {run.whole:.0f} listings/s, embedding {run.embed:.0f}", end="; ")
    print(f"{run.cpu_ms:.1f} ms of processor a listing; {run.command_s:.0f} s with its start", flush=True)
    return run


def watched(app: App, count: int, process: subprocess.Popen[bytes]) -> Timed:
    """Look at what both groups have committed until all is decided."""
    began = time.monotonic()
    first: tuple[float, int, float] | None = None
    embedded_s = used_s = 0.0
    target: dict[TopicPartition, int] = {}
    topics, names = app.names.topics, app.names
    listings = [TopicPartition(topics.listings, number) for number in range(4)]
    inner = [TopicPartition(topics.embedded, 0)]
    with (
        closing(KafkaSource(app.client, names.embed_group)) as embed,
        closing(KafkaSource(app.client, names.match_group)) as match,
    ):
        while True:
            now = time.monotonic()
            used_s = cpu_s(process.pid) if process.poll() is None else used_s
            try:
                done = sum(offset or 0 for offset in embed.committed(listings).values())
                decided = match.committed(inner)[inner[0]] or 0
            except BrokerFault:  # a broker that has just begun may not know its groups yet: look again
                done = decided = 0
            if first is None and done:
                first = (now, done, used_s)
            if not embedded_s and first and done >= count:
                published = sum(after_last_records(app.client, topics.listings).values())
                embedded_s = now if done >= published >= count else 0.0
                target = after_last_records(app.client, topics.embedded) if embedded_s else {}
            if embedded_s and first and decided >= target[inner[0]]:
                left = count - first[1] if first[1] < count else count
                spent = [max(until - first[0], 1e-9) for until in (embedded_s, now)]
                cpu_ms = 1000 * (used_s - first[2]) / left
                return Timed(left / spent[0], left / spent[1], now - began, cpu_ms)
            if process.poll() not in {None, 0} or now - began > DEADLINE_S:
                raise RuntimeError(f"ended with {process.poll()} after {now - began:.0f} s, {done} embedded")
            time.sleep(LOOK_S)


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used, all of its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drawn(count: int, seed: int) -> list[SyntheticOffer]:
    """So many offers of some products, each with a picture."""
    offers = make_catalogue(seed=seed, products=round(1.5 * count / OFFERS_A_PRODUCT)).offers
    return [offer for offer in offers if offer.shots][:count]


def write(offers: list[SyntheticOffer], path: Path, *, one_picture: bool = False) -> Path:
    """A line a listing; pictures by URL, or one by the name of its file."""
    lines = (_line(offer, f"{number}.jpg" if one_picture else None) for number, offer in enumerate(offers))
    path.write_text("\n".join(lines) + "\n")
    return path


def fill_cache(offers: list[SyntheticOffer], embedder: Embedder, path: Path) -> None:
    """What the encoders would say, in the cache; pictures of one product look alike."""
    step = max(1, len(offers) // BASES)
    bases = embedder.encode_pictures(
        [embedder.preprocess(offer.render(0)) for offer in offers[::step][:BASES]]
    )
    texts = sorted({text for offer in offers if (text := embedder.text_of(offer.listing)) is not None})
    with closing(SqliteContentCache(path, 2**31)) as cache:
        for start in range(0, len(texts), 256):
            part = texts[start : start + 256]
            features = embedder.encode_texts(part)
            cache.remember_features({embedder.text_key(t): f for t, f in zip(part, features, strict=True)})
        now_ms = int(time.time() * 1000)
        for offer in offers:
            known, pictures = {}, {}
            for place, url in enumerate(offer.listing.image_urls):
                sha256 = hashlib.sha256(url.encode()).hexdigest()
                known[url] = KnownUrl(sha256, now_ms)
                pictures[embedder.picture_key(sha256)] = _mixed(bases, offer.product_id, f"{url}{place}")
            cache.remember_urls(known)
            cache.remember_features(pictures)


class Alone(NamedTuple):
    """Both encoders on decoded pictures and texts, with nothing beside.

    Attributes:
        rate: listings a second.
        cpu_ms: processor time for each listing.
    """

    rate: float
    cpu_ms: float


def encoders_alone(offers: list[SyntheticOffer], contents: list[bytes], threads: int | None) -> Alone:
    """Encode a picture and the text of each of a third of the listings."""
    embedder = load_artifact(None).embedder(threads)
    count = max(64, len(contents) // 3)
    pixels = [embedder.preprocess(content) for content in contents[:count]]
    texts = [text for offer in offers[:count] if (text := embedder.text_of(offer.listing)) is not None]
    embedder.encode_pictures(pixels[:32])
    embedder.encode_texts(texts[:32])
    began, used = time.monotonic(), time.process_time()
    for start in range(0, len(pixels), AT_ONCE):
        embedder.encode_pictures(pixels[start : start + AT_ONCE])
        embedder.encode_texts(texts[start : start + AT_ONCE])
    took, used = time.monotonic() - began, time.process_time() - used
    return Alone(len(pixels) / took, 1000 * used / len(pixels))


def _mixed(bases: Features, product: str, picture: str) -> Features:
    rng, own = (
        random.Random(product),
        np.random.default_rng(int(hashlib.sha256(picture.encode()).hexdigest()[:8], 16)),
    )
    one, other = rng.sample(range(len(bases)), 2)
    share = rng.random()
    mixed = share * bases[one] + (1 - share) * bases[other]
    seen = PALETTE + HASH_BITS
    mixed[:-seen] *= own.normal(1, 0.05, mixed.size - seen)
    mixed[-HASH_BITS:] = np.random.default_rng(rng.randrange(2**31)).integers(0, 2, HASH_BITS)
    return mixed.astype(np.float32)


def _line(offer: SyntheticOffer, picture: str | None = None) -> str:
    listing = offer.listing.model_dump(mode="json", exclude_none=True)
    return json.dumps(listing if picture is None else {**listing, "image_urls": [picture]})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--listings", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--encode", type=int, default=0, metavar="LISTINGS")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--threads", type=int, help="of the encoder")
    parser.add_argument("--bootstrap", help="a cluster that may be written to; else a broker is started")
    parser.add_argument("--kafka-libs", type=Path, default=ROOT / ".cache" / "kafka-4.1.1" / "libs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
