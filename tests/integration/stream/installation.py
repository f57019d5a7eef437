"""One installation under test: its topics on a real Kafka, its index, its processes, and what they wrote."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from consumer.app import App, Names
from consumer.contracts.events import MatchEvent
from consumer.contracts.inner import InnerAgain, InnerListing, InnerVoid, read
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import client_config
from consumer.kafka.ledger import KafkaDeathLedger
from consumer.kafka.state_reader import KafkaStateReader
from consumer.kafka.topics import topic_specs
from consumer.ports.index import Index
from consumer.ports.records import Record, TopicPartition
from consumer.settings import Settings
from model.artifact import load_artifact
from model.embedded import EmbeddedListing
from tests.integration.stream.launch import FAULT_FILE
from tests.integration.stream.process import SkutwinProcess
from tests.integration.stream.waiting import eventually, once_settled

SHORT: Mapping[str, Any] = {
    "match_batch_size": 16,
    "batch_size": 16,
    "match_sweep_interval_s": 1,
    "match_settle_s": 10,
    "world_retry_budget_s": 20,
    "retry_first_delay_s": 1,
    "retry_max_delay_s": 2,
    "picture_budget_s": 1,
    "picture_request_timeout_s": 0.5,
    "log_format": "json",
}
"""Small batches, so that there are many; short waits."""

PARTITIONS = 4


class Installation:
    """Topics under a prefix of their own; all processes that were started in it end with it.

    Attributes:
        settings: as every process of it has them, but for instance and ops port.
        artifact: what its processes decide by.
        published: how many records `listings` was given.
    """

    def __init__(
        self, bootstrap: str, milvus_uri: str, home: Path, artifact: Path | None, **more: Any
    ) -> None:
        given = {
            "kafka_bootstrap": bootstrap,
            "topic_prefix": f"t{uuid.uuid4().hex[:8]}.",
            "milvus_uri": milvus_uri,
            "cache_dir": home / "cache",
            **({} if artifact is None else {"artifact": artifact}),
            **SHORT,
            **more,
        }
        self.settings = Settings(**given)
        self.artifact = load_artifact(artifact)
        self.names = Names(self.settings, self.artifact)
        self.topics = self.names.topics
        self.published = 0
        self._home = home
        self._environment = {f"SKUTWIN_{name.upper()}": str(value) for name, value in given.items()}
        self._fault = home / "fault"
        self._client = {**client_config(bootstrap, {}, "tests"), "log_level": 0}
        self._producer = Producer({**self._client, "acks": "all", "partitioner": "murmur2_random"})
        self._processes: list[SkutwinProcess] = []
        self._readers: dict[str, tuple[KafkaStateReader, list[Record]]] = {}
        self._members: dict[str, Consumer] = {}

    def create_topics(self) -> None:
        """All of them; the inner log has its one partition."""
        ttl_s = self.settings.match_marker_ttl_s
        specs = topic_specs(self.topics, partitions=PARTITIONS, marker_ttl_s=ttl_s)
        ClusterAdmin(self._client).create_topics(specs)

    # -- processes

    def start(self, *command: str, instance: str = "one", **more: str) -> SkutwinProcess:
        """`skutwin run` (or another command) with cheap encoders; see `launch` for its faults."""
        return self._started(command or ("run",), {"INSTANCE": instance, **more}, {})

    def start_plain(self, *command: str, instance: str = "one", **more: str) -> SkutwinProcess:
        """The command line itself, as a user starts it."""
        module = {"module": "consumer.cli.main"}
        return self._started(command or ("run",), {"INSTANCE": instance, **more}, module)

    def strike(self, moment: str) -> None:
        """The matcher kills itself the next time that it comes to this moment of a commit."""
        self._fault.write_text(moment)

    def spare(self) -> None:
        """Nobody is struck any more."""
        self._fault.unlink()

    def close(self) -> None:
        """End all processes, whatever state they are in."""
        for process in self._processes:
            process.kill()
        for reader, _ in self._readers.values():
            reader.close()
        for member in self._members.values():
            member.close()

    def _started(
        self, command: tuple[str, ...], more: Mapping[str, str], how: Mapping[str, str]
    ) -> SkutwinProcess:
        environment = {
            **self._environment,
            **{f"SKUTWIN_{name.upper()}": value for name, value in more.items()},
            FAULT_FILE: str(self._fault),
        }
        log = self._home / f"{len(self._processes)}-{more['INSTANCE']}.log"
        process = SkutwinProcess(command, environment, log, **how)
        self._processes.append(process)
        return process

    # -- input

    def publish(self, listing_id: str, title: str, *, revision: int = 1, **fields: Any) -> None:
        """A listing; one seller each, unless `seller_id` is given."""
        listing = {"seller_id": f"seller of {listing_id}", "title": title, **fields}
        self.publish_bytes(
            listing_id, json.dumps({"listing_id": listing_id, "revision": revision, **listing}).encode()
        )

    def delete(self, listing_id: str) -> None:
        """A null: it is no longer on sale."""
        self.publish_bytes(listing_id, None)

    def publish_bytes(self, key: str, value: bytes | None) -> None:
        """Whatever it is."""
        self._producer.produce(self.topics.listings, key=key, value=value)
        self._producer.poll(0)
        self.published += 1

    def flush(self) -> None:
        """Wait until the broker has all of it."""
        assert self._producer.flush(30) == 0

    # -- output

    def read(self, topic: str) -> list[Record]:
        """All committed records of a topic that there are now."""
        if topic not in self._readers:
            self._readers[topic] = (KafkaStateReader(self._client, [topic]), [])
        reader, records = self._readers[topic]
        ends = reader.ends()

        def at_the_end() -> bool:
            records.extend(reader.poll(1000, 0.1))
            return reader.reached(ends)

        eventually(at_the_end, f"the end of {topic}")
        return records

    def events(self, *listing_ids: str) -> list[MatchEvent]:
        """All match events, or those of pairs of these listings, in the order of each pair."""
        values = [record.value for record in self.read(self.topics.matches)]
        events = [MatchEvent.from_bytes(value) for value in values if value is not None]
        return [event for event in events if not listing_ids or set(event.pair) <= set(listing_ids)]

    def final_rows(self) -> dict[str, tuple[int, EmbeddedListing]]:
        """What the inner log says of each listing at its end: the offset that counts, and the row."""
        held: dict[str, tuple[int, int, EmbeddedListing]] = {}
        for record in self.read(self.topics.embedded):
            item = read(record)
            if isinstance(item, InnerAgain):
                continue
            if isinstance(item, InnerVoid):
                if item.listing_id in held and held[item.listing_id][1] == item.offset:
                    del held[item.listing_id]
                continue
            assert isinstance(item, InnerListing)
            if item.as_of is None and item.listing is None:
                held.pop(item.listing_id, None)
            elif item.listing is not None:
                before = held.get(item.listing_id)
                if item.as_of is None:
                    held[item.listing_id] = (record.offset, record.offset, item.listing)
                elif before is not None and before[0] == item.as_of:
                    held[item.listing_id] = (item.as_of, record.offset, item.listing)
        return {listing_id: (offset, listing) for listing_id, (_, offset, listing) in held.items()}

    def wait_until_quiet(self) -> None:
        """Until all that was published is embedded, and all that was embedded is decided."""
        self.flush()
        eventually(self.all_embedded, "everything embedded")
        eventually(self.all_decided, "everything decided")

    def all_embedded(self) -> bool:
        """Whether the embed group has committed all of `listings` and of `match-verdicts`."""
        return all(map(self._all_read, (self.topics.listings, self.topics.verdicts)))

    def _all_read(self, topic: str) -> bool:
        where = [confluent_kafka.TopicPartition(topic, p) for p in range(PARTITIONS)]
        member = self._member(self.names.embed_group)
        ends = once_settled(
            lambda: {each.partition: member.get_watermark_offsets(each, timeout=10)[1] for each in where},
            f"the leaders of {topic} answer",
        )
        said = self._said_by_coordinator(self.names.embed_group, where)
        return all(max(0, each.offset) >= ends[each.partition] for each in said)

    def all_decided(self) -> bool:
        """Whether the match group has committed all of the inner log."""
        records = self.read(self.topics.embedded)
        return not records or self.match_offset() > records[-1].offset

    def match_offset(self) -> int:
        """What the match group has committed: the next offset it reads."""
        return self.committed(self.names.match_group, TopicPartition(self.topics.embedded, 0))

    def committed(self, group: str, where: TopicPartition) -> int:
        """The next offset that a group reads; below 0 if it has committed none."""
        asked = [confluent_kafka.TopicPartition(*where)]
        return int(self._said_by_coordinator(group, asked)[0].offset)

    def _said_by_coordinator(
        self, group: str, where: list[confluent_kafka.TopicPartition]
    ) -> list[confluent_kafka.TopicPartition]:
        return once_settled(
            lambda: self._member(group).committed(where, timeout=15), f"the coordinator of {group} answers"
        )

    def forget(self, group: str) -> None:
        """As if its offsets had expired, once nobody is in the group; who was killed counts for a while."""
        admin = AdminClient(self._client)

        def gone() -> bool:
            try:
                admin.delete_consumer_groups([group])[group].result(30)
            except KafkaException as err:
                if err.args[0].code() != KafkaError.NON_EMPTY_GROUP:
                    raise
                return False
            return True

        eventually(gone, f"nobody is in {group}", deadline_s=60)

    def ledger(self, group: str) -> KafkaDeathLedger:
        """Who took up what in this group."""
        return KafkaDeathLedger(self._client, group)

    def _member(self, group: str) -> Consumer:
        """A client that asks of a group and never joins it."""
        if group not in self._members:
            self._members[group] = Consumer({**self._client, "group.id": group})
        return self._members[group]

    @contextmanager
    def index(self) -> Iterator[Index]:
        """The index itself; of a Lite file only while no process runs."""
        index = App(self.settings, "match").index(0)
        index.open()
        try:
            yield index
        finally:
            index.close()
