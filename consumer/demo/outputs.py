"""What stands in the output topics once the stream is at rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from consumer.contracts.events import Kind, MatchEvent
from consumer.contracts.pairs import Pair
from consumer.contracts.topics import TopicNames
from consumer.deadletters.letter import read_dead_letter
from consumer.deadletters.reading import OpenReader, read_to_end
from consumer.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Outputs:
    """Every event, the last one of each pair, and the dead letters' reasons.

    Attributes:
        in_review: pairs with an open review task.
    """

    events: list[MatchEvent]
    last: dict[Pair, MatchEvent]
    in_review: int
    dead_letters: Counter[str]

    @property
    def matched(self) -> frozenset[Pair]:
        """Pairs whose last event says so."""
        return frozenset(pair for pair, event in self.last.items() if event.kind is Kind.MATCHED)

    @classmethod
    def read(cls, open_reader: OpenReader, topics: TopicNames, clock: Clock) -> Outputs:
        """Read the three topics to their ends.

        Raises:
            BrokerFault: the broker does not answer, or an end is not reached.
        """
        letters = read_to_end(open_reader, topics.dlq, clock)
        reasons = Counter(read_dead_letter(letter).headers.reason for letter in letters)
        tasks: set[bytes | None] = set()
        for record in read_to_end(open_reader, topics.reviews, clock):
            (tasks.discard if record.value is None else tasks.add)(record.key)
        said = read_to_end(open_reader, topics.matches, clock)
        events = [MatchEvent.from_bytes(record.value) for record in said if record.value is not None]
        return cls(events, {event.pair: event for event in events}, len(tasks), reasons)
