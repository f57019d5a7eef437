"""A topic of match events on a real Kafka, written in transactions as match writes them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from consumer.contracts.events import MatchEvent
from consumer.contracts.topics import TopicNames
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import client_config, transactional_config
from consumer.kafka.topics import topic_specs
from tests.integration.stream.waiting import eventually

PARTITIONS = 3


class MatchesTopic:
    """One installation's `matches` under a prefix of its own."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.prefix = f"p{uuid.uuid4().hex[:8]}."
        names = TopicNames.of(self.prefix, "e1")
        self.name = names.matches
        self._client = {**client_config(bootstrap, {}, "tests"), "log_level": 0}
        self._admin = ClusterAdmin(self._client)
        self._specs = [spec for spec in topic_specs(names, partitions=PARTITIONS) if spec.name == self.name]
        self.make()
        self._producer = Producer(transactional_config(self._client, f"{self.prefix}writer"))
        self._producer.init_transactions(30)

    def make(self) -> None:
        self._admin.create_topics(self._specs)

    def remake(self) -> None:
        """Deleted and made anew under its name."""
        admin = AdminClient(self._client)  # who lets go of it gives the request up
        admin.delete_topics([self.name])[self.name].result(30)
        eventually(lambda: self.name not in self._admin.partitions(), f"{self.name} is gone")
        self.make()

    def say(self, said: Sequence[MatchEvent | str], *, abort: bool = False) -> None:
        """One transaction; a text is a pair id to be forgotten."""
        self._producer.begin_transaction()
        for each in said:
            key = each if isinstance(each, str) else each.pair_id
            value = None if isinstance(each, str) else each.to_bytes()
            self._producer.produce(self.name, key=key.encode(), value=value)
        self._producer.flush(30)
        self._producer.abort_transaction(30) if abort else self._producer.commit_transaction(30)
