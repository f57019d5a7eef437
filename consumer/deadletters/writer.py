"""Writing records to a real Kafka outside any transaction, each acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from consumer.errors import BrokerFault
from consumer.kafka.config import plain_config
from consumer.ports.records import OutRecord

_FULL_WAIT_S = 1.0


class PlainWriter:
    """An idempotent producer as a context: leaving it waits until everything is acknowledged."""

    def __init__(self, config: Mapping[str, Any], *, timeout_s: float = 30.0) -> None:
        """Connect lazily; `config` is from `client_config`, `timeout_s` bounds a record's delivery."""
        self._timeout_s = timeout_s
        self._failed: KafkaError | None = None
        self._producer = Producer({**plain_config(config), "delivery.timeout.ms": round(timeout_s * 1000)})

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for all acknowledgements; see `write` for what is raised."""
        left = self._producer.flush(self._timeout_s + _FULL_WAIT_S)
        if error is None:
            self._check()
            if left:
                raise BrokerFault(f"{left} records were not acknowledged within {self._timeout_s:.0f} s")

    def write(self, record: OutRecord) -> None:
        """Hand one record over.

        Raises:
            BrokerFault: this or an earlier one was not accepted.
        """
        while True:
            self._check()
            try:
                self._producer.produce(
                    record.topic,
                    key=record.key,
                    value=record.value,
                    headers=list(record.headers),
                    on_delivery=self._delivered,
                    **({} if record.partition is None else {"partition": record.partition}),
                )
            except BufferError:  # the queue is full: let it drain
                self._producer.poll(_FULL_WAIT_S)
                continue
            except KafkaException as err:
                raise BrokerFault(f"a record for {record.topic} was refused: {err}") from err
            self._producer.poll(0)
            return

    def _check(self) -> None:
        if self._failed is not None:
            raise BrokerFault(f"a record was not delivered: {self._failed.str()}")

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed = error
