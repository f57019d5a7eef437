"""What became of the letters of a replay, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from rich.table import Table


class Refusal(StrEnum):
    """Why a letter is not sent again."""

    OTHER_TOPIC = "came from another topic than listings"
    BAD_KEY = "its key cannot be a listing's id"
    TRUNCATED = "was too large to be kept whole"
    TOO_OLD = "is older than marker_ttl"
    REPLAYED = "was replayed before"
    SUPERSEDED = "a later record of its listing exists"
    DELETED = "its listing was deleted"
    OLDER = "a newer revision of its listing is known"


@dataclass(slots=True)
class ReplayReport:
    """What became of the letters.

    Attributes:
        replayed: sent, or in a dry run: that would be.
        refused: by why.
        filtered: letters of other reasons.
        unreadable: records that are no dead letters of ours.
    """

    dry_run: bool
    replayed: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter)
    filtered: int = 0
    unreadable: int = 0

    def table(self) -> Table:
        """The counts, for a terminal."""
        table = Table(title="Dead letters" + (" (dry run: nothing was sent)" if self.dry_run else ""))
        table.add_column("what")
        table.add_column("letters", justify="right")
        table.add_row("would be replayed" if self.dry_run else "replayed", str(self.replayed))
        for why, count in self.refused.most_common():
            table.add_row(f"refused: {why}", str(count))
        if self.filtered:
            table.add_row("of another reason", str(self.filtered))
        if self.unreadable:
            table.add_row("no dead letters", str(self.unreadable))
        return table
