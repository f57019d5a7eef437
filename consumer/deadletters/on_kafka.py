"""The two commands on a real Kafka: readers, the writer and what is known, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from consumer.contracts.topics import TopicNames
from consumer.deadletters.browse import LetterList, list_dead_letters
from consumer.deadletters.known import known_to_index, known_to_log
from consumer.deadletters.reading import OpenReader
from consumer.deadletters.replay import replay_dead_letters
from consumer.deadletters.report import ReplayReport
from consumer.deadletters.writer import PlainWriter
from consumer.kafka.state_reader import KafkaStateReader
from consumer.ports.clock import SystemClock
from consumer.ports.index import Index


def list_on_kafka(
    config: Mapping[str, Any], topics: TopicNames, *, reason: str | None = None, limit: int = 50
) -> LetterList:
    """`list_dead_letters` of this installation; `config` is from `client_config`.

    Raises:
        Misconfigured: the topic is missing.
        BrokerFault: the broker does not answer.
    """
    return list_dead_letters(_readers(config), topics.dlq, SystemClock(), reason=reason, limit=limit)


def replay_on_kafka(
    config: Mapping[str, Any],
    topics: TopicNames,
    *,
    marker_ttl_s: float,
    shards: Sequence[Index] = (),
    reason: str | None = None,
    dry_run: bool = False,
    rate: float | None = None,
) -> ReplayReport:
    """`replay_dead_letters` of this installation.

    Args:
        config: from `client_config`.
        topics: the installation's.
        marker_ttl_s: how old a letter's record may be.
        shards: open indices of all shards, asked what is known. None: the inner log is read instead, for an
            index that only one process may open; that takes as long as reading all of it does.
        reason: only letters of this reason.
        dry_run: decide, and send nothing.
        rate: records a second at most.

    Raises:
        Misconfigured: a topic is missing.
        BrokerFault: the broker does not answer or does not accept a record.
        IndexFault: the index does not answer.
    """
    clock, readers = SystemClock(), _readers(config)
    current = known_to_index(shards) if shards else known_to_log(readers, topics.embedded, clock)
    with nullcontext() if dry_run else PlainWriter(config) as writer:
        return replay_dead_letters(
            readers,
            _never if writer is None else writer.write,
            current,
            clock,
            dlq=topics.dlq,
            listings=topics.listings,
            marker_ttl_s=marker_ttl_s,
            reason=reason,
            dry_run=dry_run,
            rate=rate,
        )


def _readers(config: Mapping[str, Any]) -> OpenReader:
    return lambda topics: KafkaStateReader(config, topics)


def _never(record: object) -> None:
    raise AssertionError(f"a dry run wrote {record!r:.80}")
