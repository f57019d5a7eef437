"""Records to a topic, acknowledged one by one: a plain idempotent producer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from consumer.errors import BrokerFault, Misconfigured

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message

_DELIVERY_TIMEOUT_MS = 30_000
_METADATA_TIMEOUT_S = 8.0


class Publisher(Protocol):
    """What a replay needs of a broker."""

    def send(self, key: bytes, value: bytes | None) -> None:
        """Hand a record over, None for a deletion; waits while too many are under way.

        Raises:
            BrokerFault: an earlier record was not taken.
        """

    def wait(self, seconds: float) -> None:
        """Let time pass, serving acknowledgements."""

    def flush(self) -> int:
        """Wait until all is acknowledged, or failed; how many were acknowledged in all.

        Raises:
            BrokerFault: a record was not taken.
        """


class KafkaPublisher:
    """Implements `Publisher` with librdkafka's idempotent producer, partitioned as Java clients do.

    Raises:
        Misconfigured: the topic does not exist.
        BrokerFault: nobody answers at the bootstrap address.
    """

    def __init__(self, config: Mapping[str, Any], topic: str) -> None:
        from confluent_kafka import KafkaException, Producer  # noqa: PLC0415 (heavy, and not needed by rows)

        from consumer.kafka.config import plain_config  # noqa: PLC0415 (as above)
        from consumer.kafka.faults import unreachable  # noqa: PLC0415 (as above)

        self._topic = topic
        self._acknowledged = 0
        self._refused: str | None = None
        self._producer = Producer(
            {**plain_config(config), "linger.ms": 5, "delivery.timeout.ms": _DELIVERY_TIMEOUT_MS}
        )
        try:
            # Of all topics: to ask for one by name makes it, where brokers make topics on first use.
            known = self._producer.list_topics(timeout=_METADATA_TIMEOUT_S).topics.get(topic)
        except KafkaException as err:
            raise unreachable(config, err.args[0].str()) from err
        if known is None or known.error is not None:
            why = "there is no such topic" if known is None else known.error.str()
            raise Misconfigured(f"topic {topic}: {why}; make it with `skutwin topics create`")

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is None:
            self._acknowledged += 1
        else:
            self._refused = self._refused or error.str()

    def _check(self) -> None:
        if self._refused is not None:
            raise BrokerFault(
                f"topic {self._topic}: a record was not taken ({self._refused}); {self._acknowledged} were"
            )

    def send(self, key: bytes, value: bytes | None) -> None:
        """See `Publisher`."""
        while True:
            self._check()
            try:
                self._producer.produce(self._topic, key=key, value=value, on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.5)
            else:
                self._producer.poll(0)
                return

    def wait(self, seconds: float) -> None:
        """See `Publisher`."""
        self._producer.poll(seconds)

    def flush(self) -> int:
        """See `Publisher`."""
        left = self._producer.flush(_DELIVERY_TIMEOUT_MS / 1000 + 5)
        self._check()
        if left:
            raise BrokerFault(f"topic {self._topic}: {left} records were not acknowledged in time")
        return self._acknowledged
