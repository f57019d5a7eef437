"""The inner log of one shard, read from its beginning to an offset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import structlog

from consumer.match.fold import Said, parsed
from consumer.ports.log import StateReader
from consumer.ports.records import Record, TopicPartition

_AT_ONCE = 500
_WAIT_S = 0.2
Progress = Callable[[int], None]
"""Told how far a stage has come, in the unit of its length."""
Report = Callable[[str, int], Progress]
"""Begins a stage of a given length, and gives what to tell its progress to."""
log = structlog.get_logger(__name__)


def silent(_: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class ShardLog:
    """The inner log of one shard, up to where the group has come.

    Attributes:
        open_reader: gives a reader of the inner log, at its beginning.
        where: the shard's partition.
        end: the committed offset; if the broker has forgotten it, what is known of it; 0 if nobody knows.
    """

    open_reader: Callable[[], StateReader]
    where: TopicPartition
    end: int

    def batches(self, start: int, progress: Progress) -> Iterator[tuple[list[Said], int]]:
        """What the records from `start` on say, and the position after each batch.

        What match could not read it has set aside as a dead letter, and so it says nothing here either.

        Raises:
            BrokerFault: the log cannot be read.
        """
        with closing(self.open_reader()) as reader:
            while not reader.reached({self.where: self.end}):
                records = [record for record in reader.poll(_AT_ONCE, _WAIT_S) if self._has(record)]
                if records:
                    progress(records[-1].offset + 1)
                wanted = [record for record in records if record.offset >= start]
                if wanted:
                    yield [said for record in wanted for said in _said(record)], wanted[-1].offset + 1
        progress(self.end)

    def _has(self, record: Record) -> bool:
        return record.where == self.where and record.offset < self.end


def _said(record: Record) -> list[Said]:
    try:
        return parsed([record])
    except ValueError as err:
        log.warning("record_left_out", offset=record.offset, why=str(err))
        return []
