"""Behind `skutwin dlq list`: what lies in the dead-letter topic."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from consumer.contracts.dead_letter import printable
from consumer.deadletters.letter import DeadLetter, read_dead_letter
from consumer.deadletters.reading import OpenReader, read_to_end
from consumer.ports.clock import Clock

_SHOWN = 60  # characters of a key


@dataclass(frozen=True, slots=True)
class LetterList:
    """What was found.

    Attributes:
        letters: the newest that were asked for, oldest first.
        by_reason: how many there are of each reason, all of them.
        unreadable: records of the topic that are no dead letters of ours.
    """

    letters: tuple[DeadLetter, ...]
    by_reason: Counter[str]
    unreadable: int

    def table(self) -> Table:
        """The letters, for a terminal; nothing of a record is taken for markup."""
        table = Table(title=self._title())
        for column in ("when", "from", "reason", "key", "why"):
            table.add_column(column, overflow="fold", no_wrap=column in {"when", "reason"})
        for letter in self.letters:
            about = letter.headers
            place = f"{about.topic}/{about.partition}/{about.offset}"
            cells = (_moment(letter.record.timestamp_ms), place, about.reason, _key(letter), about.message)
            table.add_row(*(Text(printable(cell)) for cell in cells))
        return table

    def _title(self) -> Text:
        counts = ", ".join(f"{reason} {count}" for reason, count in self.by_reason.most_common())
        found = f"{self.by_reason.total()} dead letters" + (f" ({counts})" if counts else "")
        other = f"; {self.unreadable} records that are none" if self.unreadable else ""
        return Text(printable(found + other))


def list_dead_letters(
    open_reader: OpenReader, topic: str, clock: Clock, *, reason: str | None = None, limit: int = 50
) -> LetterList:
    """Read the dead-letter topic to its end.

    Args:
        open_reader: opens a `StateReader` of topics.
        topic: the dead-letter topic.
        clock: for the patience with a silent broker.
        reason: only letters of this reason; None: all.
        limit: so many of the newest are kept.

    Raises:
        BrokerFault: it cannot be read.
    """
    newest: list[tuple[int, int, int, DeadLetter]] = []  # a heap: partitions come in any order
    by_reason: Counter[str] = Counter()
    unreadable = 0
    for record in read_to_end(open_reader, topic, clock):
        try:
            letter = read_dead_letter(record)
        except ValueError:  # someone else's record: said in the table's title
            unreadable += 1
            continue
        by_reason[letter.headers.reason] += 1
        if reason in {None, letter.headers.reason}:
            heapq.heappush(newest, (record.timestamp_ms, record.partition, record.offset, letter))
            if len(newest) > limit:
                heapq.heappop(newest)
    return LetterList(tuple(letter for *_, letter in sorted(newest)), by_reason, unreadable)


def _moment(timestamp_ms: int) -> str:
    return (
        datetime.fromtimestamp(timestamp_ms / 1000, tz=UTC).isoformat(" ", "seconds")[:19]
        if timestamp_ms >= 0
        else "?"
    )


def _key(letter: DeadLetter) -> str:
    key = (letter.record.key or b"").decode("utf-8", "backslashreplace")
    return key if len(key) <= _SHOWN else key[:_SHOWN] + "…"
