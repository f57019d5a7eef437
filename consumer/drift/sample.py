"""The newest listings of the inner log, for a page or a new reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from consumer.contracts.inner import InnerListing, InnerVoid, read
from consumer.errors import BrokerFault
from consumer.ports.clock import Clock
from consumer.ports.log import StateReader
from consumer.ports.records import Record, TopicPartition
from model.embedded import EmbeddedListing

OpenAt = Callable[[Mapping[TopicPartition, int]], StateReader]
"""Opens a reader of the inner log that begins at these offsets."""
Progress = Callable[[int], None]

_IN_ONE_POLL, _POLL_S, _STALLED_S = 500, 0.5, 30.0
_FIRST_REACH = 2  # offsets for a listing: retries, verdicts, deletions and control records lie between


@dataclass(frozen=True, slots=True)
class Sample:
    """Listings as their own newest records say, in the order of those records' times.

    Attributes:
        times_ms: the log's timestamps of these records.
    """

    listings: tuple[EmbeddedListing, ...]
    times_ms: tuple[int, ...]

    @property
    def began(self) -> datetime:
        """When the first was written.

        Raises:
            IndexError: there is none.
        """
        return datetime.fromtimestamp(self.times_ms[0] / 1000, tz=UTC)

    @property
    def ended(self) -> datetime:
        """When the last was written.

        Raises:
            IndexError: there is none.
        """
        return datetime.fromtimestamp(self.times_ms[-1] / 1000, tz=UTC)


def newest_listings(
    open_at: OpenAt, ends: Mapping[TopicPartition, int], clock: Clock, *, last: int, progress: Progress
) -> Sample:
    """The last listings on sale, so many over all shards; read from the log's end, farther back as needed.

    Args:
        open_at: opens a reader.
        ends: of each partition of the inner log.
        clock: for the patience.
        last: how many.
        progress: told how many offsets more were passed.

    Raises:
        BrokerFault: the log cannot be read.
    """
    reach = _FIRST_REACH * last
    while True:
        starts = {where: max(0, end - reach) for where, end in ends.items()}
        found = listings_from(open_at, starts, ends, clock, last=last, progress=progress)
        if len(found.listings) >= last or not any(starts.values()):
            return found
        reach *= 4


def listings_from(
    open_at: OpenAt,
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
    clock: Clock,
    *,
    last: int,
    progress: Progress,
) -> Sample:
    """Those whose own record lies between two offsets of each partition; at most `last`, the newest.

    A retry of a listing says nothing new of it and is passed over, as the monitor passes it over.

    Raises:
        BrokerFault: nothing came for half a minute although the ends were not reached.
    """
    held: dict[str, tuple[int, EmbeddedListing]] = {}
    with closing(open_at(starts)) as reader:
        moved_s = clock.steady_s()
        while not reader.reached(ends):
            records = reader.poll(_IN_ONE_POLL, _POLL_S)
            for record in records:
                _take(held, record)
            progress(len(records))
            if records:
                moved_s = clock.steady_s()
            elif clock.steady_s() - moved_s > _STALLED_S:
                raise BrokerFault(
                    f"the end of the inner log was not reached: nothing came for {_STALLED_S:.0f} s; is the"
                    " broker up, or does another process hold a transaction open?"
                )
    newest = sorted(held.values(), key=lambda one: one[0])[-last:]
    return Sample(tuple(listing for _, listing in newest), tuple(time_ms for time_ms, _ in newest))


def _take(held: dict[str, tuple[int, EmbeddedListing]], record: Record) -> None:
    try:
        said = read(record)
    except ValueError:  # match has set it aside as a dead letter: it is no listing
        return
    if isinstance(said, InnerVoid):
        held.pop(said.listing_id, None)
    elif isinstance(said, InnerListing) and said.as_of is None:
        held.pop(said.listing_id, None)
        if said.listing is not None:
            held[said.listing_id] = (record.timestamp_ms, said.listing)
