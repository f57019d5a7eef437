"""The drift watch's port: what the match role shows of its batches, and is given to write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from consumer.ports.records import OutRecord, Record
from model.decision.decision import Decision
from model.embedded import EmbeddedListing


class Judged(NamedTuple):
    """A pair's decision, and the seller of the listing whose change made it be judged."""

    seller: str
    decision: Decision


class DriftWatch(Protocol):
    """Watches one shard. Calls come from one thread."""

    def apply(self, record: Record) -> None:
        """Take in a record of the followed topics; those of other topics and shards are passed over."""

    def begin(self) -> None:
        """The shard is decided here from now on; what was seen under an earlier assignment is forgotten."""

    def saw(
        self, listings: Sequence[EmbeddedListing], nearest: Sequence[float], judged: Sequence[Judged]
    ) -> None:
        """A committed batch.

        Args:
            listings: those that took effect by a record of their own; a retry says nothing new of one.
            nearest: of each the cosine to its nearest other listing; NaN where none is over the floor.
            judged: pairs whose two sides are on sale.
        """

    def due(self) -> list[OutRecord]:
        """What is to be written, in one transaction of the shard's own sink; often nothing.

        The same is given again until `written` is called, so that an aborted transaction loses nothing.
        """

    def written(self) -> None:
        """The transaction with what `due` gave is in."""

    def end(self) -> None:
        """The shard is no longer decided here."""


class Unwatched:
    """Watches nothing."""

    def apply(self, record: Record) -> None:
        """See `DriftWatch`."""

    def begin(self) -> None:
        """See `DriftWatch`."""

    def saw(
        self, listings: Sequence[EmbeddedListing], nearest: Sequence[float], judged: Sequence[Judged]
    ) -> None:
        """See `DriftWatch`."""

    def due(self) -> list[OutRecord]:
        """See `DriftWatch`."""
        return []

    def written(self) -> None:
        """See `DriftWatch`."""

    def end(self) -> None:
        """See `DriftWatch`."""
