"""What stands in the output topics once the stream is at rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consumer.contracts.events import Kind, MatchEvent
from consumer.contracts.pairs import Pair
from consumer.contracts.topics import TopicNames
from consumer.deadletters.letter import read_dead_letter
from consumer.kafka.state_reader import KafkaStateReader

_AT_ONCE = 5_000
_WAIT_S = 0.2


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
    def read(cls, client: Mapping[str, Any], topics: TopicNames) -> Outputs:
        """Read the three topics to their ends.

        Raises:
            BrokerFault: the broker does not answer.
        """
        reader = KafkaStateReader(client, [topics.matches, topics.reviews, topics.dlq])
        events: list[MatchEvent] = []
        tasks: set[bytes | None] = set()
        reasons: Counter[str] = Counter()
        ends = reader.ends()
        while not reader.reached(ends):
            for record in reader.poll(_AT_ONCE, _WAIT_S):
                if record.topic == topics.dlq:
                    reasons[read_dead_letter(record).headers.reason] += 1
                elif record.topic == topics.reviews:
                    (tasks.discard if record.value is None else tasks.add)(record.key)
                elif record.value is not None:
                    events.append(MatchEvent.from_bytes(record.value))
        reader.close()
        return cls(events, {event.pair: event for event in events}, len(tasks), reasons)
