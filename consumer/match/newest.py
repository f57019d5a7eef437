"""What each listing is now: the greatest offset counts; what an aborted batch wrote does not exist yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from consumer.match.fold import Held
from consumer.match.recent import RecentRows
from consumer.ports.index import Index, Row, RowKey


class NewestRows:
    """Rows as of one batch, read once each, and which rows they supersede."""

    def __init__(self, index: Index, recent: RecentRows, *, position: int, strong: bool) -> None:
        self._index, self._recent = index, recent
        self._position, self._strong = position, strong
        self._newest: dict[str, Row | None] = {}
        self._seen: dict[str, set[RowKey]] = {}

    def read(self, listing_ids: Collection[str]) -> None:
        """Read the rows of those not read yet, from memory, else from the index.

        A row in memory is newer than what the index holds besides: we wrote it since we took over, in the
        order of the log, and asked the index for what it supersedes then.
        """
        wanted = [listing_id for listing_id in listing_ids if listing_id not in self._newest]
        not_here = [] if self._recent.whole else [each for each in wanted if not self._recent.of(each)]
        stored = self._index.rows_of(not_here, strong=self._strong) if not_here else {}
        for listing_id in wanted:
            rows = [*stored.get(listing_id, ()), *self._recent.of(listing_id)]
            self._seen[listing_id] = {row.key for row in rows}
            exist = [row for row in rows if row.offset < self._position]
            self._newest[listing_id] = max(exist, key=lambda row: row.offset, default=None)

    def held(self) -> Mapping[str, Held]:
        """What was read so far, by listing; those without any row left out."""
        return {listing_id: Held.of(row) for listing_id, row in self._newest.items() if row is not None}

    def replace(self, rows: Mapping[str, Row]) -> None:
        """What the batch itself makes of its listings."""
        for listing_id, row in rows.items():
            self._newest[listing_id] = row
            self._seen.setdefault(listing_id, set()).add(row.key)

    def get(self, listing_id: str) -> Row | None:
        """A listing that was read or replaced: its row, its marker, or None."""
        return self._newest[listing_id]

    def superseded(self) -> list[RowKey]:
        """Rows met that a newer one of the same listing overtook: to be deleted after the commit."""
        return [
            key
            for listing_id, keys in self._seen.items()
            if (newest := self._newest[listing_id]) is not None
            for key in keys
            if key.offset < newest.offset
        ]
