"""One installation under load: broker, topics, market, pictures and processes; sampled as a whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import confluent_kafka
from confluent_kafka import Consumer, Producer

from bench.load.broker import kafka
from bench.load.market import Change, Market
from bench.load.processes import ABORTED, MISSED, REBALANCES, Skutwin, total
from bench.load.sample import Sample
from consumer.app import Names
from consumer.demo.picture_server import PictureServer
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import client_config
from consumer.kafka.topics import topic_specs
from consumer.settings import Settings
from model.artifact import load_artifact

_SETTLED = ("passed_on", "superseded", "stale_retries", "closed_retries")
_ASK_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the installation is made of.

    Attributes:
        bootstrap: a cluster that may be written to; None starts a broker from `kafka_libs`.
        milvus: a server; None for Milvus Lite in the matcher.
        artifact: its folder; None for the one that comes along.
        listings: how many the market has, about.
        encoder_threads: of each embedder; None for all cores.
    """

    bootstrap: str | None
    kafka_libs: Path
    milvus: str | None
    artifact: Path | None
    listings: int
    seed: int
    embedders: int
    partitions: int
    encoder_threads: int | None


@dataclass(slots=True)
class Installation:
    """Everything runs while the context is open.

    Attributes:
        offered: listings written so far.
        phase: what is written into every sample; `began` when its clock started.
    """

    world: World
    home: Path
    offered: int = 0
    phase: str = "start"
    began: float = field(default_factory=time.monotonic)
    market: Market = field(init=False)
    processes: list[Skutwin] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)
    _names: Names = field(init=False)
    _producer: Producer = field(init=False)
    _member: Consumer = field(init=False)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            world = self.world
            bootstrap = world.bootstrap or stack.enter_context(kafka(world.kafka_libs, self.home / "kafka"))
            pictures = stack.enter_context(PictureServer())
            self.market = Market(seed=world.seed, listings=world.listings, base_url=pictures.base_url)
            self.market.paint()
            pictures.pictures = self.market.picture
            given = self._settings(bootstrap, pictures.port)
            settings = Settings.model_validate(given)
            self._names = Names(settings, load_artifact(world.artifact))
            self._connect(bootstrap, settings)
            stack.callback(self._member.close)
            for number in range(world.embedders):
                self._start(stack, f"embed-{number + 1}", "embed", given)
            self._start(stack, "match-1", "match", given)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def ready(self) -> bool:
        """Whether every process plays its role."""
        return all(process.ready() for process in self.processes)

    def offer(self, changes: Sequence[Change]) -> None:
        """Write these to `listings`; from one thread at a time."""
        for change in changes:
            self._producer.produce(self._names.topics.listings, key=change.key, value=change.value)
            self._producer.poll(0)
            self.offered += 1

    def sample(self) -> Sample:
        """How things stand.

        Raises:
            RuntimeError: a process has ended.
        """
        offered = self.offered
        footprints = {process.name: process.look() for process in self.processes}
        readings = {process.name: process.metrics() for process in self.processes}
        everyone = [reading for each in readings.values() for reading in each]
        inner = total(everyone, "skutwin_records_out_total", topic=self._names.topics.embedded)
        settled = sum(total(everyone, f"skutwin_{name}_total", role="match") for name in _SETTLED[:2])
        settled += sum(total(everyone, f"skutwin_{name}_total") for name in _SETTLED[2:])
        bounds = [
            (float(each.labels["le"]), each.value)
            for each in everyone
            if each.name == "skutwin_record_to_commit_seconds_bucket" and each.labels["role"] == "match"
        ]
        told = [process.told for process in self.processes]
        return Sample(
            at_s=time.monotonic() - self.began,
            phase=self.phase,
            offered=offered,
            embed_lag=max(0, offered - self._committed()),
            match_lag=max(0, int(inner - settled)),
            rebalances=sum(each[name] for each in told for name in REBALANCES),
            missed_polls=sum(each[MISSED] for each in told),
            aborted=sum(each[ABORTED] for each in told),
            latency=dict(bounds),
            processes=footprints,
        )

    def _committed(self) -> int:
        """Records of `listings` that the embed group has committed, retried ones not among them."""
        topic = self._names.topics.listings
        where = [confluent_kafka.TopicPartition(topic, number) for number in range(self.world.partitions)]
        return sum(max(0, each.offset) for each in self._member.committed(where, timeout=_ASK_S))

    def _settings(self, bootstrap: str, pictures_port: int) -> dict[str, str]:
        world = self.world
        given = {
            "kafka_bootstrap": bootstrap,
            "topic_prefix": f"load-{time.time_ns():x}.",
            "milvus_uri": world.milvus or str(self.home / "index.db"),
            "cache_dir": str(self.home / "cache"),
            "picture_ports": str(pictures_port),
            "picture_private_networks": "127.0.0.0/8",  # the picture server is this very process
        }
        if world.artifact is not None:
            given["artifact"] = str(world.artifact.resolve())
        if world.encoder_threads is not None:
            given["encoder_threads"] = str(world.encoder_threads)
        return given

    def _connect(self, bootstrap: str, settings: Settings) -> None:
        client = {**client_config(bootstrap, {}, "load"), "log_level": 0}
        specs = topic_specs(
            self._names.topics, partitions=self.world.partitions, marker_ttl_s=settings.match_marker_ttl_s
        )
        ClusterAdmin(client).create_topics(specs)
        self._producer = Producer({**client, "acks": "all", "partitioner": "murmur2_random"})
        # Asks for offsets and never joins. Those inside an open transaction are not waited for.
        group = {"group.id": self._names.embed_group, "isolation.level": "read_uncommitted"}
        self._member = Consumer({**client, **group, "enable.auto.commit": False})

    def _start(self, stack: ExitStack, name: str, role: str, given: dict[str, str]) -> None:
        process = Skutwin(name, role, given, self.home)
        stack.callback(process.stop)
        self.processes.append(process)
