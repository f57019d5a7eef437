"""The ledger of lives: who took up a partition at which offset, kept where the next owner can read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from consumer.ports.records import TopicPartition


@dataclass(frozen=True, slots=True)
class Claims:
    """Lives of processes that took a partition up at one offset, and neither got past it nor gave it back.

    Attributes:
        offset: of the record that they began with.
        together: lives that worked on it among others.
        alone: lives that had nothing but this record in work.
        until: records before this offset are taken one by one; 0 for none.
    """

    offset: int
    together: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    until: int = 0


class DeathLedger(Protocol):
    """Claims by partition, of one group.

    No process is fenced out of it: what stands in it may delay a record, and commits nothing.
    """

    def read(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Claims]:
        """What is written of these; those that nothing is written of are left out.

        Raises:
            BrokerFault: it cannot be read.
        """

    def write(self, claims: Mapping[TopicPartition, Claims]) -> None:
        """Replace what is written of these.

        Raises:
            BrokerFault: it cannot be written.
        """

    def close(self) -> None:
        """Let go."""
