"""`skutwin serve`: follow the topic and answer, until SIGTERM; and the follower as other commands use it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from consumer.contracts.topics import TopicNames
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import client_config
from consumer.kafka.state_reader import KafkaStateReader
from consumer.ops.server import WebServer
from consumer.pairs.api import ReadApi
from consumer.pairs.follow import Follower
from consumer.pairs.store import PairStore
from consumer.ports.clock import SystemClock
from consumer.settings import Settings


def matches_topic(settings: Settings) -> str:
    """The topic that is followed; no artifact is needed to name it."""
    return TopicNames.of(settings.topic_prefix, "").matches


def pairs_file(settings: Settings) -> Path:
    """Where the topic lies materialised."""
    return settings.cache_dir / "pairs" / f"{matches_topic(settings)}.sqlite3"


def follower(settings: Settings, store: PairStore) -> Follower:
    """The follower of these settings' topic, on Kafka."""
    topic = matches_topic(settings)
    client = client_config(
        settings.kafka_bootstrap, settings.kafka_security, f"skutwin-serve-{settings.instance}"
    )

    def identity() -> str:
        return "/".join(ClusterAdmin(client).identity(topic))

    return Follower(
        store,
        lambda start: KafkaStateReader(client, [topic], start=start),
        identity,
        topic=topic,
        clock=SystemClock(),
        keep_s=settings.match_marker_ttl_s,
    )


def serve(settings: Settings, on_ready: Callable[[str], None]) -> None:
    """Until SIGTERM or SIGINT.

    Args:
        settings: of the installation.
        on_ready: told the address once it listens.

    Raises:
        Misconfigured: the address or the file is taken, or the topic is missing.
        BrokerFault: Kafka does not answer.
    """
    path = pairs_file(settings)
    with (
        closing(PairStore(path)) as store,
        closing(follower(settings, store)) as following,
        _asked() as asked,
    ):
        api = ReadApi(path, matches_topic(settings), lambda: following.progress)
        with WebServer(api.application(), settings.serve_host, settings.serve_port, "serve") as server:
            on_ready(server.url)
            following.start()
            while not asked.is_set():
                following.turn()


@contextmanager
def _asked() -> Iterator[threading.Event]:
    """Set once somebody asks it to end."""
    asked = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
