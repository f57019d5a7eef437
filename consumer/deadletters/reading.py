"""Reading a topic from its beginning to where its end is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from consumer.errors import BrokerFault
from consumer.ports.clock import Clock
from consumer.ports.log import StateReader
from consumer.ports.records import Record

OpenReader = Callable[[Sequence[str]], StateReader]
"""Opens a reader of these topics, at their beginnings."""

_IN_ONE_POLL = 500
_POLL_S = 0.5
_STALLED_S = 30.0


def read_to_end(open_reader: OpenReader, topic: str, clock: Clock) -> Iterator[Record]:
    """Every committed record that is there now, in order by partition; the reader is closed at the end.

    Raises:
        BrokerFault: nothing came for half a minute although the end was not reached; an open transaction
            holds readers up until it is ended or times out.
    """
    reader = open_reader([topic])
    try:
        ends = reader.ends()
        moved_s = clock.steady_s()
        while not reader.reached(ends):
            records = reader.poll(_IN_ONE_POLL, _POLL_S)
            if records:
                moved_s = clock.steady_s()
            elif clock.steady_s() - moved_s > _STALLED_S:
                raise BrokerFault(
                    f"the end of {topic} was not reached: nothing came for {_STALLED_S:.0f} s; is the broker"
                    " up, or does another process hold a transaction open?"
                )
            yield from records
    finally:
        reader.close()
