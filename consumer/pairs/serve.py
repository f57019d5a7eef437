"""`skutwin serve`: follow the topic and answer, until SIGTERM; and the follower as other commands use it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import uvicorn

from consumer.contracts.topics import TopicNames
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import client_config
from consumer.kafka.state_reader import KafkaStateReader
from consumer.ops.server import listen
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
    """Until SIGTERM or SIGINT, which uvicorn hears.

    Args:
        settings: of the installation.
        on_ready: told the address once it listens.

    Raises:
        Misconfigured: the address or the file is taken, or the topic is missing.
        BrokerFault: Kafka does not answer.
    """
    path = pairs_file(settings)
    sock = listen(settings.serve_host, settings.serve_port, "serve")
    with closing(sock), closing(PairStore(path)) as store:
        following = follower(settings, store)
        following.start()
        api = ReadApi(path, matches_topic(settings), lambda: following.progress)
        config = uvicorn.Config(api.application(), log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        loop = _Loop(following, partial(setattr, server, "should_exit", True))
        host, port = sock.getsockname()[:2]
        on_ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
        loop.start()
        try:
            server.run(sockets=[sock])
        finally:
            loop.stop()


class _Loop:
    """The follower's rounds, in a thread of their own; a failure ends the server and is raised by `stop`."""

    def __init__(self, following: Follower, on_failure: Callable[[], None]) -> None:
        self._following, self._on_failure = following, on_failure
        self._ending = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="pairs")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            with closing(self._following):
                while not self._ending.is_set():
                    self._following.turn()
        except BaseException as err:  # noqa: BLE001 (raised again by stop, in the main thread)
            self._failure = err
            self._on_failure()
