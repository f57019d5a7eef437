"""The ledger of lives in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consumer.errors import BrokerFault
from consumer.ports.deaths import Claims
from consumer.ports.records import TopicPartition


class MemoryDeathLedger:
    """See `DeathLedger`. It outlives the processes of a test.

    Attributes:
        claims: what is written.
        away: while set, it does not answer.
    """

    def __init__(self) -> None:
        self.claims: dict[TopicPartition, Claims] = {}
        self.away = False

    def read(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Claims]:
        """See `DeathLedger`."""
        self._answer()
        return {where: self.claims[where] for where in partitions if where in self.claims}

    def write(self, claims: Mapping[TopicPartition, Claims]) -> None:
        """See `DeathLedger`."""
        self._answer()
        self.claims.update(claims)

    def close(self) -> None:
        """See `DeathLedger`."""

    def _answer(self) -> None:
        if self.away:
            raise BrokerFault("the ledger of lives does not answer")
