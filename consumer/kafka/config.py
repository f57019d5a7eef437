"""What every client of librdkafka is given here, whichever its kind."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

log = logging.getLogger("skutwin.kafka")

TRANSACTION_TIMEOUT_MS = 10_000  # a process frozen inside a transaction holds its readers up so long
SESSION_TIMEOUT_MS = 10_000  # and a dead member its partitions
MAX_MESSAGE_BYTES = 1_048_576  # what a topic takes by default; validation keeps every record far below it

# What an operator may not change by the pass-through: guarantees rest on it.
_OURS = frozenset(
    {
        "auto.offset.reset",
        "enable.auto.commit",
        "enable.idempotence",
        "group.id",
        "isolation.level",
        "partition.assignment.strategy",
        "partitioner",
        "transactional.id",
    }
)


def client_config(bootstrap: str, security: Mapping[str, str], client_id: str) -> dict[str, Any]:
    """The settings that producers, consumers and admin clients have in common.

    Args:
        bootstrap: `host:port`, several parted by commas.
        security: passed to librdkafka as it is (`security.protocol`, `sasl.…`, `ssl.…`, and what
            else a cluster asks for).
        client_id: what the broker's logs and quotas call us.

    Raises:
        ValueError: `security` holds a setting that the delivery guarantee rests on.
    """
    refused = _OURS & security.keys()
    if refused:
        raise ValueError(f"{', '.join(sorted(refused))}: set by skutwin itself, its guarantees rest on it")
    return {
        "bootstrap.servers": bootstrap,
        "client.id": client_id,
        "socket.keepalive.enable": True,
        "socket.timeout.ms": 8_000,
        "socket.connection.setup.timeout.ms": 5_000,
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 2_000,
        **security,
    }


def reader_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """On top of `client_config`: what a reader of committed records is given."""
    return {
        **config,
        "logger": log,
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "allow.auto.create.topics": False,
        "fetch.error.backoff.ms": 100,
        "fetch.queue.backoff.ms": 20,
        "queued.min.messages": 10_000,
        "queued.max.messages.kbytes": 16_384,
    }


def member_config(
    config: Mapping[str, Any], group: str, instance: str | None, away_s: float = 0.0
) -> dict[str, Any]:
    """On top of `reader_config`: a cooperative member of a group, static if it has an `instance`.

    Args:
        config: from `client_config`.
        group: the consumer group.
        instance: makes it a static member (KIP-345).
        away_s: a static member may be away so long before others get its partitions.
    """
    member: dict[str, Any] = {
        **reader_config(config),
        "group.id": group,
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": SESSION_TIMEOUT_MS,
        "heartbeat.interval.ms": 2_000,
        "max.poll.interval.ms": 120_000,
    }
    if instance is not None:
        member["group.instance.id"] = instance
        member["session.timeout.ms"] = max(SESSION_TIMEOUT_MS, int(away_s * 1000))
    return member


def transactional_config(config: Mapping[str, Any], transactional_id: str) -> dict[str, Any]:
    """On top of `client_config`: a transactional producer."""
    return {
        **config,
        "logger": log,
        "transactional.id": transactional_id,
        "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 5,
        "compression.type": "lz4",
        "partitioner": "murmur2_random",
        "message.max.bytes": MAX_MESSAGE_BYTES,
    }


def plain_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """On top of `client_config`: a producer without transactions, for commands.

    What it does not reach is told by the records that were not taken, and not by a line for each try.
    """
    return {
        **config,
        "log_level": 0,
        "acks": "all",
        "enable.idempotence": True,
        "compression.type": "lz4",
        "partitioner": "murmur2_random",
        "message.max.bytes": MAX_MESSAGE_BYTES,
    }


def admin_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """On top of `client_config`: an admin client. Nobody polls it, so its news come as exceptions."""
    return {**config, "log_level": 0, "socket.timeout.ms": 8_000}
