"""What a sweep finds in the inner log: each listing's row, and which listings are to be decided anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from consumer.contracts.inner import InnerAgain
from consumer.match.fold import Held, Said, fold, listing_ids
from consumer.reindex.reading import Progress, ShardLog, silent


class Place(Enum):
    """Where a listing stands in a sweep."""

    GONE = auto()
    DONE = auto()
    DUE = auto()


class Standing(NamedTuple):
    """A listing at the end of the log.

    Attributes:
        held: its row or its marker.
        swept_for: the artifact's version that a sweep has asked for since that row; None where none has.
    """

    held: Held
    swept_for: str | None

    def place(self, version: str, *, again: bool) -> Place:
        """Whether a sweep for this version has to ask for it; `again` also where one has."""
        if self.held.revision is None:
            return Place.GONE
        return Place.DONE if self.swept_for == version and not again else Place.DUE


@dataclass(frozen=True, slots=True)
class Tally:
    """How many listings on sale are due, and were swept for the same artifact before."""

    due: int
    done: int

    @classmethod
    def of(cls, standings: Mapping[str, Standing], version: str, *, again: bool) -> Tally:
        """Count them."""
        places = [standing.place(version, again=again) for standing in standings.values()]
        return cls(places.count(Place.DUE), places.count(Place.DONE))


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
    changed = {name: Standing(Held.of(row), None) for name, row in fold(batch, held).rows.items()}
    for record, item in batch:
        if isinstance(item, InnerAgain):
            standing = changed.get(item.listing_id) or known.get(item.listing_id)
            if standing is not None and standing.held.offset < record.offset:
                changed[item.listing_id] = standing._replace(swept_for=item.version)
    return changed
