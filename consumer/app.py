"""The process: settings to adapters to roles, each role in a thread of its own, and how it ends."""

from __future__ import annotations

import gc
import os
import platform
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal, Protocol

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector

from consumer.contracts.topics import TopicNames
from consumer.deadletters.breaker import Breaker
from consumer.deadletters.letter import make_dead_letter
from consumer.deaths import Company, DeathWatch
from consumer.drift.wiring import drift_watches
from consumer.embed.items import Bad
from consumer.embed.options import EmbedOptions
from consumer.embed.role import EmbedPorts, EmbedRole
from consumer.embed.stages import Stages
from consumer.errors import Misconfigured
from consumer.index.identity import mismatch
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import MAX_MESSAGE_BYTES, client_config
from consumer.kafka.ledger import KafkaDeathLedger
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.kafka.state_reader import KafkaStateReader
from consumer.kafka.topics import topic_specs
from consumer.match.options import MatchOptions, SameSeller
from consumer.match.role import MatchPorts, MatchRole
from consumer.metrics import Metrics
from consumer.ops.health import Health
from consumer.ops.server import OpsServer
from consumer.pictures.addresses import AddressPolicy
from consumer.pictures.cache import SqliteContentCache
from consumer.pictures.fetcher import HttpPictureFetcher
from consumer.pictures.gather import PictureGatherer
from consumer.pictures.limits import PictureLimits
from consumer.pictures.policy import WebUrlPolicy
from consumer.ports.clock import SystemClock
from consumer.ports.index import IndexIdentity
from consumer.ports.records import OutRecord
from consumer.settings import Settings
from model.artifact import Artifact, load_artifact
from model.embedder import BadPicture, Embedder

if TYPE_CHECKING:
    from consumer.index.milvus import MilvusIndex

RoleName = Literal["embed", "match", "both"]
_VERSION = version("skutwin")
_OBJECTS_UNTIL_COLLECTION = 100_000  # some 20 MB, should all of them be garbage
LITE_ROWS = 300_000  # a search of Milvus Lite walks all rows: beyond it takes seconds
log = structlog.get_logger(__name__)


class Role(Protocol):
    """What the process needs of a role."""

    def start(self) -> None:
        """Join."""

    def turn(self) -> int:
        """One round of the loop."""

    def close(self) -> None:
        """Leave."""


class Names:
    """What depends on the installation and the embedding version: vectors of two versions never meet."""

    def __init__(self, settings: Settings, artifact: Artifact) -> None:
        tail = artifact.embedding_version
        self.topics = TopicNames.of(settings.topic_prefix, tail)
        self.embed_group = f"{settings.topic_prefix}skutwin-embed-{tail}"
        self.match_group = f"{settings.topic_prefix}skutwin-match-{tail}"
        self.embed_id = f"{self.embed_group}-{settings.instance}"
        self._writer = f"{settings.topic_prefix}skutwin-match"

    def match_id(self, shard: int) -> str:
        """The transactional id of a shard: whoever opens it is the shard's one writer.

        Without the embedding version: `matches` is the same topic under each, and so is its writer.
        """
        return f"{self._writer}-{shard}"


class App:
    """One process of skutwin.

    Attributes:
        registry: the metrics of this process, as `/metrics` shows them.
        client: librdkafka's settings for this cluster.
        embedder: once the embed role has loaded it.
        ops_url: where they and the health checks are served, while `run` runs.
    """

    def __init__(self, settings: Settings, role: RoleName = "both") -> None:
        """Load the artifact and check the cluster; nothing joins a group yet.

        Raises:
            Misconfigured: a topic is missing or wrong, the artifact does not fit; says how to mend it.
            BrokerFault: Kafka does not answer.
            IndexFault: Milvus does not answer.
        """
        self.settings, self.role = settings, role
        self.artifact = load_artifact(settings.artifact)
        self.names = Names(settings, self.artifact)
        self.clock = SystemClock()
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry, self.clock)
        self.metrics.watch_retries()
        self.metrics.build.info({"version": _VERSION, "python": platform.python_version()})
        ProcessCollector(registry=self.registry)  # memory, processor time, open files, and since when it runs
        self.health = Health(self.clock, settings.ops_stall_s)
        self.client = client_config(
            settings.kafka_bootstrap, settings.kafka_security, f"skutwin-{settings.instance}"
        )
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self.embedder: Embedder | None = None
        self.ops_url = ""
        self._resources = ExitStack()
        self._company = Company()
        self._identity = self._checked_cluster()
        self.metrics.artifact_is(
            self.artifact.version,
            self.artifact.embedding_version,
            f"{settings.topic_prefix}@{self._identity.cluster_id}",
        )

    def run(self, on_ready: Callable[[App], None] | None = None) -> None:
        """Play the roles until `stop` or a failure; returns once everything has left in order.

        Args:
            on_ready: called once the roles' threads run.

        Raises:
            SkutwinError: what made a role stop.
        """
        with self._resources:
            roles = self._roles()
            server = OpsServer(self.health, self.registry, self.settings.ops_host, self.settings.ops_port)
            self._resources.enter_context(server)
            self.ops_url = server.url
            threads = [
                threading.Thread(target=self._play, args=(name, role), name=name)
                for name, role in roles.items()
            ]
            log.info(
                "started",
                role=self.role,
                artifact=self.artifact.version,
                embedding=self.artifact.embedding_version,
                ops=server.url,
            )
            with rarely_collecting():
                for thread in threads:
                    thread.start()
                if on_ready is not None:
                    on_ready(self)
                for thread in threads:
                    thread.join()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Finish the batch, commit, leave; callable from a signal handler."""
        self._stop.set()

    def _play(self, name: str, role: Role) -> None:
        try:
            role.start()
            while not self._stop.is_set():
                role.turn()
        except BaseException as err:  # noqa: BLE001 (raised again by run, in the main thread)
            self._fail(name, err)
        finally:
            try:
                role.close()
            except BaseException as err:  # noqa: BLE001 (as above)
                self._fail(name, err)

    def _fail(self, name: str, err: BaseException) -> None:
        """The first failure is told; it stops the other roles as well."""
        log.error("role_stopped", role=name, why=str(err), kind=type(err).__name__)
        self._failure = self._failure or err
        self._stop.set()

    def _checked_cluster(self) -> IndexIdentity:
        self._admin = admin = ClusterAdmin(self.client)
        specs = topic_specs(
            self.names.topics, shards=self.settings.shards, marker_ttl_s=self.settings.match_marker_ttl_s
        )
        findings = admin.check_topics(specs)
        if findings:
            listed = "\n".join(f"  - {finding}" for finding in findings)
            raise Misconfigured(f"{len(findings)} topics are not as they must be:\n{listed}")
        cluster_id, topic_id = admin.identity(self.names.topics.embedded)
        return IndexIdentity(
            cluster_id=cluster_id,
            topic=self.names.topics.embedded,
            topic_id=topic_id,
            shard=0,
            embedding_version=self.artifact.embedding_version,
            dimension=self.artifact.dimension,
        )

    def _roles(self) -> dict[str, Role]:
        roles: dict[str, Role] = {}
        if self.role in {"match", "both"}:
            with closing(self.index(0)) as probed:
                probed.open()  # a wrong address is told in seconds, before a group is joined
            roles["match"] = self._match_role()
        if self.role in {"embed", "both"}:
            roles["embed"] = self._embed_role()
        return roles

    def identity(self, shard: int) -> IndexIdentity:
        """What the index of a shard is for."""
        return replace(self._identity, shard=shard)

    def _check_log(self) -> None:
        """The topic of that name may have been deleted and made anew since this process began."""
        began = self._identity
        cluster_id, topic_id = self._admin.identity(began.topic)
        now = replace(began, cluster_id=cluster_id, topic_id=topic_id)
        if fault := mismatch(f"the index of {began.topic}", now, began):
            raise fault

    def index(self, shard: int) -> MilvusIndex:
        """The index of a shard, not open yet."""
        from consumer.index.milvus import MilvusIndex  # noqa: PLC0415 (slow to import; embed has no index)

        settings = self.settings
        token = settings.milvus_token
        return MilvusIndex(
            settings.milvus_uri,
            self.identity(shard),
            token=token.get_secret_value() if token is not None else None,
            budget_s=settings.world_retry_budget_s,
        )

    def _match_role(self) -> MatchRole:
        settings, topics = self.settings, self.names.topics
        ports = MatchPorts(
            source=KafkaSource(self.client, self.names.match_group),
            follower=KafkaStateReader(self.client, [topics.matches, topics.reviews, topics.drift]),
            sink=lambda shard: KafkaSink(
                self.client, self.names.match_id(shard), commit_budget_s=settings.commit_budget_s
            ),
            index=self.index,
            clock=self.clock,
            metrics=self.metrics,
            health=self.health.component("match"),
            deaths=self._deaths("match", self.names.match_group, settings.match_batch_size),
            check_log=self._check_log,
            drift=drift_watches(settings, self.artifact, topics.drift, self.clock, self.registry),
        )
        return MatchRole(
            ports=ports,
            topics=topics,
            shards=settings.shards,
            decider=self.artifact.decider,
            artifact_version=self.artifact.version,
            dimension=self.artifact.dimension,
            dead_letter=lambda record, fault: dead_letter(topics.dlq, Bad(record, fault, "match")),
            options=match_options(settings),
        )

    def _embed_role(self) -> EmbedRole:
        settings, topics = self.settings, self.names.topics
        log.info("loading_encoders")
        self.embedder = embedder = self.artifact.embedder(settings.encoder_threads)
        log.info("encoders_loaded", precision=embedder.precision)
        cache = SqliteContentCache(settings.cache_dir / "content.sqlite3", settings.cache_max_bytes)
        self._resources.callback(cache.close)
        fetcher = HttpPictureFetcher(
            picture_limits(settings),
            file_root=settings.picture_file_root,
            policy=WebUrlPolicy(settings.picture_ports, settings.picture_hosts),
            addresses=AddressPolicy(settings.picture_private_networks),
        )
        self._resources.callback(fetcher.close)
        gatherer = PictureGatherer(
            cache=cache,
            fetcher=fetcher,
            clock=self.clock,
            url_ttl_s=settings.picture_url_ttl_s,
            preprocess=partial(embedder.preprocess, max_pixels=settings.picture_max_pixels),
            feature_key=embedder.picture_key,
            bad_picture=BadPicture,
        )
        self._resources.callback(gatherer.close)
        return EmbedRole(
            ports=EmbedPorts(
                source=KafkaSource(
                    self.client,
                    self.names.embed_group,
                    instance=settings.instance if settings.static_member_s else None,
                    away_s=settings.static_member_s,
                ),
                sink=KafkaSink(self.client, self.names.embed_id, commit_budget_s=settings.commit_budget_s),
                clock=self.clock,
                metrics=self.metrics,
                health=self.health.component("embed"),
                deaths=self._deaths("embed", self.names.embed_group, embed_reach(settings)),
            ),
            topics=topics,
            shards=settings.shards,
            stages=Stages(gatherer.gather, embedder, cache, self.metrics, self.clock),
            breaker=Breaker(
                settings.breaker_window, settings.breaker_share or 1e-9, settings.breaker_minimum
            ),
            dead_letter=partial(dead_letter, topics.dlq),
            options=embed_options(settings),
        )

    def _deaths(self, role: str, group: str, reach: int) -> DeathWatch:
        ledger = KafkaDeathLedger(self.client, group)
        limit = self.settings.deaths_limit
        return DeathWatch(ledger, self._company, role, limit=limit, reach=reach)


def dead_letter(topic: str, bad: Bad) -> OutRecord:
    """The dead letter of a bad record."""
    return make_dead_letter(
        bad.record, bad.fault, topic=topic, stage=bad.stage, version=_VERSION, max_bytes=MAX_MESSAGE_BYTES
    )


def embed_reach(settings: Settings) -> int:
    """How many records the embed role may have in work at once: what fills its stages, and what forms."""
    return settings.batch_size * (2 * settings.queue_depth + 1)


def match_options(settings: Settings) -> MatchOptions:
    """The match role's part of the settings."""
    return MatchOptions(
        batch_size=settings.match_batch_size,
        k=settings.match_k,
        k_cap=settings.match_k_cap,
        floor=settings.match_floor,
        settle_s=settings.match_settle_s,
        rows_in_memory=settings.match_rows_in_memory,
        max_events=settings.match_max_events,
        same_seller=SameSeller(settings.match_same_seller),
        marker_ttl_s=settings.match_marker_ttl_s,
        sweep_interval_s=settings.match_sweep_interval_s,
        rows_limit=settings.index_rows_limit or (LITE_ROWS if settings.milvus_uri.endswith(".db") else None),
        probe_share=settings.match_recall_probe_share,
        retry_first_s=settings.retry_first_delay_s,
        retry_max_s=settings.retry_max_delay_s,
    )


def embed_options(settings: Settings) -> EmbedOptions:
    """The embed role's part of the settings."""
    return EmbedOptions(
        batch_size=settings.batch_size,
        linger_s=settings.batch_linger_ms / 1000,
        queue_depth=settings.queue_depth,
        revoke_budget_s=settings.revoke_budget_s,
        url_ttl_s=settings.picture_url_ttl_s,
        retry_max_s=settings.retry_max_delay_s,
        max_attempts=settings.retry_max_attempts,
    )


def picture_limits(settings: Settings) -> PictureLimits:
    """The fetcher's part of the settings."""
    return PictureLimits(
        max_bytes=settings.picture_max_bytes,
        batch_bytes=settings.picture_batch_bytes,
        budget_s=settings.picture_budget_s,
        request_timeout_s=settings.picture_request_timeout_s,
        redirects=settings.picture_redirects,
        concurrency=settings.picture_concurrency,
        per_host=settings.picture_per_host,
    )


class Stoppable(Protocol):
    """What a signal ends."""

    def stop(self) -> None:
        """Finish what is at work, and leave; called inside a signal handler."""


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """Look for unreachable cycles every 100,000 objects, not every 700.

    A batch makes many objects that live on together and hardly a cycle: at Python's default to look through
    them again and again is a third of the matcher's work.
    """
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def signals(app: Stoppable) -> Iterator[None]:
    """The first SIGTERM or SIGINT lets the batch finish and leaves; a second one leaves at once."""
    asked: list[int] = []

    def leave(number: int, _frame: object) -> None:
        if asked:
            os._exit(128 + number)
        asked.append(number)
        log.info("stopping", signal=signal.Signals(number).name)
        app.stop()

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(settings: Settings, role: RoleName) -> None:
    """`skutwin run`: until a signal.

    Raises:
        SkutwinError: what made it stop.
    """
    app = App(settings, role)
    with signals(app):
        app.run()
