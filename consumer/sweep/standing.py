"""What a sweep finds in the inner log: each listing's row, and which of them are to be decided anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from consumer.match.fold import Held, Said, fold, listing_ids
from consumer.reindex.reading import Progress, ShardLog, silent

SWEPT_FOR = "swept_for"
"""The header of a row that a sweep has written again: the version of the artifact that is to decide it."""


class Place(Enum):
    """Where a listing stands in a sweep."""

    GONE = auto()
    WAITING = auto()
    DONE = auto()
    DUE = auto()


class Standing(NamedTuple):
    """A listing at the end of the log.

    Attributes:
        held: its row or its marker.
        waiting: pictures are missing for now. Their retry writes a row of the same origin, which a copy that
            comes after it would drive out; and it is decided anew without a sweep.
        swept_for: the artifact's version in its row's header; None where no sweep has written it.
    """

    held: Held
    waiting: bool
    swept_for: str | None

    def place(self, version: str, *, again: bool) -> Place:
        """Whether a sweep for this version has to write it; `again` also where one has."""
        if self.held.revision is None:
            return Place.GONE
        if self.waiting:
            return Place.WAITING
        return Place.DONE if self.swept_for == version and not again else Place.DUE


@dataclass(frozen=True, slots=True)
class Tally:
    """How many listings on sale are due, wait for pictures, and were swept for the same artifact before."""

    due: int
    waiting: int
    done: int

    @classmethod
    def of(cls, standings: Mapping[str, Standing], version: str, *, again: bool) -> Tally:
        """Count them."""
        places = [standing.place(version, again=again) for standing in standings.values()]
        return cls(places.count(Place.DUE), places.count(Place.WAITING), places.count(Place.DONE))


def standings(log: ShardLog, progress: Progress = silent) -> dict[str, Standing]:
    """Each listing that the log knows up to its end, folded as match folds it; some 0.5 kB of memory each.

    Raises:
        BrokerFault: the log cannot be read.
    """
    known: dict[str, Standing] = {}
    for batch, _ in log.batches(0, progress):
        known.update(_after(batch, known))
    return known


def _after(batch: list[Said], known: Mapping[str, Standing]) -> dict[str, Standing]:
    """What a batch changes."""
    held = {name: known[name].held for name in listing_ids(batch) if name in known}
    swept = {record.offset: record.header(SWEPT_FOR) for record, _ in batch}
    changed = {}
    for name, row in fold(batch, held).rows.items():
        version = swept.get(row.offset)
        changed[name] = Standing(
            Held.of(row),
            row.listing is not None and row.listing.pending,
            None if version is None else version.decode(),
        )
    return changed
