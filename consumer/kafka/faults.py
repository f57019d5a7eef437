"""What librdkafka's errors mean here: the operator's fault, or the world's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError

from consumer.errors import BrokerFault, Misconfigured, SkutwinError
from consumer.kafka.codes import Local

_CREDENTIALS = frozenset(
    {
        Local.AUTHENTICATION,
        Local.SSL,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.ILLEGAL_SASL_STATE,
    }
)
_PERMISSIONS = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    }
)
_MISSING = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, Local.UNKNOWN_TOPIC, Local.UNKNOWN_PARTITION})
_FENCED = frozenset(
    {
        Local.FENCED,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.FENCED_INSTANCE_ID,
    }
)
_UNREACHABLE = frozenset({Local.ALL_BROKERS_DOWN, Local.TRANSPORT, Local.RESOLVE, Local.TIMED_OUT})


def is_fenced(error: KafkaError) -> bool:
    """Whether another process holds the id now."""
    return error.code() in _FENCED


def is_credentials(error: KafkaError) -> bool:
    """Whether the broker did not accept who we say we are."""
    return error.code() in _CREDENTIALS


def unreachable(config: Mapping[str, Any], why: str) -> BrokerFault:
    """Nobody answers at the bootstrap address."""
    return BrokerFault(
        f"Kafka at {config['bootstrap.servers']} does not answer ({why}): is it running, is the address "
        "right (SKUTWIN_KAFKA_BOOTSTRAP), and can its advertised listeners be reached from here?"
    )


def fault_of(error: KafkaError, what: str, config: Mapping[str, Any]) -> SkutwinError:
    """The exception for an error, with what was tried, on what, and what to do."""
    where = f"{what} on Kafka at {config['bootstrap.servers']}"
    if error.code() in _CREDENTIALS:
        return Misconfigured(
            f"{where}: {error.str()}. Check the SASL and TLS settings (security.protocol, sasl.mechanism, "
            "sasl.username, sasl.password, ssl.ca.location)."
        )
    if error.code() in _PERMISSIONS:
        return Misconfigured(f"{where}: {error.str()}. This user lacks an access rule (ACL) for it.")
    if error.code() in _MISSING:
        return Misconfigured(f"{where}: {error.str()}. Make the topics with `skutwin topics create`.")
    if error.code() in _UNREACHABLE:
        return unreachable(config, f"{what}: {error.str()}")
    return BrokerFault(f"{where}: {error.name()}: {error.str()}")
