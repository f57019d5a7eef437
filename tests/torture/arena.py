"""Everything that a torture happens in: services, topics, the fleet, the market, the observer."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from tests.integration.kafka_broker import KafkaBroker
from tests.integration.milvus_server import MilvusServer
from tests.integration.stream.installation import Installation
from tests.integration.stream.process import SkutwinProcess
from tests.integration.stream.waiting import eventually
from tests.torture.checker.facts import waiting_for_pictures
from tests.torture.disk import Disk
from tests.torture.fleet import BATCH_SIZES, BOTH, EMBED, MATCH, Fleet
from tests.torture.history import Reading, Write
from tests.torture.journal import Journal
from tests.torture.market import Market, Publisher
from tests.torture.observer import Observer
from tests.torture.pictures import Pictures
from tests.torture.proxy import Proxy
from tests.torture.reviewer import Reviewer
from tests.torture.steps import FOLDER, Orders

K = 8
WINDOW = 4 * max(BATCH_SIZES)
"""Offsets that a batch may span: its records, and the markers of the transactions between them."""

_BACKLOG = 250
"""Offsets that deciding may be behind before sellers wait: on a busy machine four are decided a second."""

COMPACTION_LAG_MS = 60_000
MOVES_ON_S = 180.0
_LATE_MS = 20_000
_REFUSED = 2
_ACTS_TO_AN_ANSWER = 10
REST_S = 240.0
SEVERAL = ((EMBED, "embed-1"), (MATCH, "match-1"), (EMBED, "embed-2"), (MATCH, "match-2"))
ONE_PROCESS = ((BOTH, "one"),)


class Place(Installation):
    """An installation whose processes obey orders."""

    def launch(self, command: tuple[str, ...], instance: str, more: dict[str, str]) -> SkutwinProcess:
        """`skutwin` through `tests.torture.consumer`."""
        how = {"module": "tests.torture.consumer"}
        return self._started(command, {"INSTANCE": instance, **more}, how)


@dataclass(frozen=True, slots=True)
class Services:
    """What a torture runs on; those that are None are not its own, and are not tampered with.

    Attributes:
        disk: what the index is on.
        milvus_uri: of a server; or a Lite folder, which one process that plays both roles has to itself.
    """

    bootstrap: str
    milvus_uri: str
    broker: KafkaBroker | None
    milvus: MilvusServer | None
    disk: Disk | None = None

    @property
    def one_process(self) -> bool:
        """Whether both roles are one process."""
        return self.milvus_uri.endswith(".db")


class Arena:
    """One run's world; faults reach into it."""

    def __init__(
        self, services: Services, artifact: Path, home: Path, *, seed: int, listings: int, rate: float
    ) -> None:
        self.services, self.home, self.rate = services, home, rate
        self.draw = random.Random(f"arena {seed}")
        self.journal = Journal(home)
        self.orders = Orders(home / "orders")
        self.pictures = Pictures()
        self.proxy = Proxy(lambda: services.milvus.uri if services.milvus else services.milvus_uri)
        self._never = threading.Event()
        self._enough = threading.Event()
        self.selling = threading.Event()
        self._seller = threading.Thread(target=self._sell, name="market")
        uri = services.milvus_uri if services.one_process else self.proxy.uri
        self.place = Place(services.bootstrap, uri, home, artifact, **self._settings())
        self.place._environment[FOLDER] = str(self.orders.folder)
        self.place.create_topics()
        self._compact_soon()
        self.publisher = Publisher(self.place._client, self.place.topics.listings)
        self.verdicts = Publisher(self.place._client, self.place.topics.verdicts)
        self.market = Market(self.publisher, self.pictures, seed, listings)
        self.fleet = Fleet(self.place.launch, self.orders, self.journal, self.draw)
        topics = self.place.topics
        self.observer = Observer(
            self.place._client, [topics.embedded, topics.matches, topics.reviews, topics.dlq]
        )
        self.reviewer = Reviewer(self.observer, topics.embedded, self.verdicts, self.market, seed)

    @property
    def writes(self) -> list[Write]:
        """All that the broker acknowledged, by when it was sent."""
        return sorted([*self.publisher.writes, *self.verdicts.writes], key=lambda write: write.sent_ms)

    @contextmanager
    def open(self) -> Iterator[None]:
        """With services in front, members running and sellers at work; all of it ends with the context."""
        with self.pictures, self.proxy:
            try:
                for role, name in ONE_PROCESS if self.services.one_process else SEVERAL:
                    self.fleet.join(role, name)
                self.fleet.watch()
                eventually(lambda: self.fleet.active() or self.fleet.violations, "a matcher that decides")
                self.selling.set()
                self._seller.start()
                yield
            finally:
                self._sell_no_more()
                self.fleet.close()
                self.observer.close()
                self.place.close()
                self.journal.close()

    def pause(self, seconds: float) -> None:
        """Let a fault last."""
        self._never.wait(seconds)

    def decided(self) -> int:
        """The offset of the inner log that match has committed, or -1 while nobody can say."""
        try:
            return self.place.match_offset()
        except KafkaException:
            return -1

    def moves_on(self, deadline_s: float = MOVES_ON_S) -> float:
        """Wait until a record written from now on has been decided; seconds that it took.

        Raises:
            AssertionError: it was not in time.
        """
        began, before = self.journal.elapsed_s, self.observer.count(self.place.topics.embedded)
        self.market.do(self.market.changes)

        def embedded() -> int:
            records = self.observer.records(self.place.topics.embedded)
            return records[-1].offset + 1 if len(records) > before else 0

        offset = eventually(embedded, "something is embedded", deadline_s=deadline_s)
        eventually(lambda: self.decided() >= offset, "it is decided", deadline_s=deadline_s)
        return self.journal.elapsed_s - began

    def come_to_rest(self) -> None:
        """Stop selling, and wait until all is embedded, has its pictures and is decided.

        Raises:
            AssertionError: it does not come to rest.
        """
        topics = self.place.topics
        self._sell_no_more()
        self.journal.note("rest", sent=self.publisher.sent)
        self._everything_is_decided()
        for publisher, topic in ((self.publisher, topics.listings), (self.verdicts, topics.verdicts)):
            publisher.find(self.place.read(topic))
        self.reviewer.has_the_last_word()
        self._everything_is_decided()

    def _everything_is_decided(self) -> None:
        flushed = self.publisher.flush() and self.verdicts.flush()
        assert flushed, "the broker has not acknowledged all writes"
        eventually(self.place.all_embedded, "all embedded", deadline_s=REST_S)
        self.journal.note("embedded", inner=self.observer.count(self.place.topics.embedded))
        eventually(self._nothing_waits, "all pictures fetched, all decided", deadline_s=REST_S)
        self.observer.catch_up(REST_S)

    def reindex(self, *how: str, deadline_s: float = 60.0) -> SkutwinProcess:
        """`skutwin reindex`, ended; asked again while one that was killed still counts as a member.

        Raises:
            AssertionError: the group does not empty in time.
        """

        def done() -> SkutwinProcess | None:
            job = self.place.launch(("reindex", *how), "reindex", {})
            code = job.wait(180)
            self.journal.note("reindex", how=how, code=code)
            return None if code == _REFUSED and "stop every matcher first" in job.tail() else job

        job = eventually(done, "skutwin reindex is let", deadline_s=deadline_s)
        assert job is not None
        return job

    def reading(self, *, cleaned: bool) -> Reading:
        """What is there at the end; the fleet has left."""
        topics = self.place.topics
        ids = sorted({write.key.decode("utf-8", "replace") for write in self.writes})
        with self.place.index() as index:
            rows, live = index.rows_of(ids, strong=True), index.live_rows()
        return Reading(
            listings_topic=topics.listings,
            inner=self.observer.records(topics.embedded),
            matches=self.observer.records(topics.matches),
            reviews=self.observer.records(topics.reviews),
            letters=self.observer.records(topics.dlq),
            rows=rows,
            live_rows=live,
            cleaned=cleaned,
            compaction_lag_ms=COMPACTION_LAG_MS,
        )

    def _nothing_waits(self) -> bool:
        self.observer.catch_up(REST_S)
        records = self.observer.records(self.place.topics.embedded)
        if records and self.decided() <= records[-1].offset:
            return False
        return not waiting_for_pictures(records)

    def _sell_no_more(self) -> None:
        """Afterwards nothing is written that nobody waits for."""
        self._enough.set()
        if self._seller.ident is not None:
            self._seller.join()

    def _sell(self) -> None:
        """At the wanted rate, and never so far ahead that the rest takes longer than the torture."""
        self.reviewer.prepares()
        for turn in itertools.count():
            if self._enough.wait(1 / self.rate):
                return
            if turn % max(1, round(self.rate)) == 0:
                keeps_up = self._keeps_up()
            if keeps_up and self.selling.is_set():
                self.market.act()
                if turn % _ACTS_TO_AN_ANSWER == 0:
                    self.reviewer.answers()

    def _keeps_up(self) -> bool:
        """Whether embedding is at most seconds behind the market, and deciding not far behind embedding."""
        records = self.observer.records(self.place.topics.embedded)
        if not records:
            return self.publisher.sent < _BACKLOG
        newest_ms = max(int(record.header("arrived_ms") or b"0") for record in records[-50:])
        late = self.publisher.last_ms - newest_ms > _LATE_MS
        decided = self.decided()
        return not late and (decided < 0 or records[-1].offset - decided < _BACKLOG)

    def _compact_soon(self) -> None:
        """So that compaction is part of it, and the observer still reads everything first."""
        topics, settings = self.place.topics, {"segment.ms": "20000", "min.cleanable.dirty.ratio": "0.01"}
        settings["min.compaction.lag.ms"] = f"{COMPACTION_LAG_MS}"
        entries = [ConfigEntry(name, value) for name, value in settings.items()]
        for entry in entries:
            entry.incremental_operation = AlterConfigOpType.SET
        wanted = [
            ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=entries)
            for topic in (topics.embedded, topics.matches, topics.reviews)
        ]
        admin = AdminClient(self.place._client)
        for answer in admin.incremental_alter_configs(wanted).values():
            answer.result(30)

    def _settings(self) -> Mapping[str, Any]:
        return {
            "match_k": K,
            "match_k_cap": 64,
            "picture_ports": str(self.pictures.port),
            "picture_private_networks": "127.0.0.0/8",
            "retry_max_delay_s": 4,
        }
