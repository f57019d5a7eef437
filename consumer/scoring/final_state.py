"""What is believed of every pair in the end: the newest event and the open review task of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from consumer.contracts.events import Kind, MatchEvent
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import ReviewTask
from consumer.errors import BrokerFault
from consumer.ports.clock import Clock
from consumer.ports.log import StateReader
from consumer.ports.records import Record

_POLL_S = 0.5
_BATCH = 5_000


@dataclass
class FinalState:
    """The last word of two compacted topics.

    Attributes:
        events: the newest event of every pair that has one.
        reviews: the open task of every pair that has one.
        records: how many records were read.
    """

    events: dict[Pair, MatchEvent] = field(default_factory=dict)
    reviews: dict[Pair, ReviewTask] = field(default_factory=dict)
    records: int = 0
    _pairs: dict[bytes, Pair] = field(default_factory=dict)

    @property
    def matched(self) -> frozenset[Pair]:
        """Pairs whose newest event says so."""
        return frozenset(pair for pair, event in self.events.items() if event.kind is Kind.MATCHED)

    def take_event(self, record: Record) -> None:
        """A record of `matches`; a null forgets the pair's event."""
        self.records += 1
        key = record.key or b""
        if record.value is not None:
            event = MatchEvent.from_bytes(record.value)
            self._pairs[key] = event.pair
            self.events[event.pair] = event
        elif key in self._pairs:
            self.events.pop(self._pairs[key], None)

    def take_review(self, record: Record) -> None:
        """A record of `match-reviews`; a null withdraws the pair's task."""
        self.records += 1
        key = record.key or b""
        if record.value is not None:
            task = ReviewTask.from_bytes(record.value)
            pair = Pair.of(task.a.listing_id, task.b.listing_id)
            self._pairs[key] = pair
            self.reviews[pair] = task
        elif key in self._pairs:
            self.reviews.pop(self._pairs[key], None)


def read_final_state(
    reader: StateReader, *, matches: str, reviews: str, clock: Clock, patience_s: float = 30.0
) -> FinalState:
    """Read both topics up to where they end now.

    Args:
        reader: follows both topics from their beginning.
        matches: the topic's name.
        reviews: likewise.
        clock: for the patience.
        patience_s: how long nothing may come before the end is reached.

    Raises:
        BrokerFault: the end was not reached in time (a transaction hangs, or the broker is gone).
        ValueError: a record is neither an event nor a task.
    """
    state = FinalState()
    ends = reader.ends()
    since = clock.steady_s()
    while not reader.reached(ends):
        records = reader.poll(_BATCH, _POLL_S)
        for record in records:
            if record.topic == matches:
                state.take_event(record)
            elif record.topic == reviews:
                state.take_review(record)
        if records:
            since = clock.steady_s()
        elif clock.steady_s() - since > patience_s:
            raise BrokerFault(
                f"{matches} and {reviews}: the end was not reached within {patience_s:g} s of silence; "
                "is a transaction of `skutwin run` hanging?"
            )
    return state
