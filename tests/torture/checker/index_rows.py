"""The index at the end: each listing's newest row is what the inner log says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consumer.ports.index import Row
from tests.torture.checker.facts import Facts, Life
from tests.torture.history import Rule, Violation


@dataclass(frozen=True, slots=True)
class IndexCount:
    """What the index holds.

    Attributes:
        live: listings whose newest row is on sale.
        markers: whose newest row says that they are gone.
        superseded: rows behind the newest of their listing.
    """

    live: int
    markers: int
    superseded: int


def count_rows(facts: Facts) -> IndexCount:
    """Count the rows."""
    newest = [rows[-1] for rows in facts.reading.rows.values() if rows]
    live = sum(row.listing is not None for row in newest)
    rows = sum(len(rows) for rows in facts.reading.rows.values())
    return IndexCount(live, len(newest) - live, rows - len(newest))


def check_index(facts: Facts) -> Iterator[Violation]:
    """Missing, wrong, deleted and yet there, or left behind."""
    final = facts.final
    live_rows = 0
    for listing_id in sorted(facts.reading.rows.keys() | final.keys()):
        rows = sorted(facts.reading.rows.get(listing_id, ()), key=lambda row: row.offset)
        live_rows += sum(row.listing is not None for row in rows)
        life = final.get(listing_id)
        yield from _gone(listing_id, rows) if life is None else _live(life, rows)
        if facts.reading.cleaned and len(rows) > 1:
            old = [row.offset for row in rows[:-1]]
            yield Violation(Rule.SUPERSEDED, f"{listing_id!r} still has the rows {old}", (listing_id,))
    if live_rows != facts.reading.live_rows:
        why = f"the index counts {facts.reading.live_rows} live rows; those of the listings are {live_rows}"
        yield Violation(Rule.INDEX, why)


def _gone(listing_id: str, rows: Sequence[Row]) -> Iterator[Violation]:
    if rows and rows[-1].listing is not None:
        why = f"{listing_id!r} is not on sale, and its row of {rows[-1].offset} is live"
        yield Violation(Rule.GONE, why, (listing_id,))


def _live(life: Life, rows: Sequence[Row]) -> Iterator[Violation]:
    newest = rows[-1] if rows else None
    if newest is None or newest.offset != life.offset:
        held = None if newest is None else newest.offset
        why = f"{life.listing_id!r} is what {life.offset} says, and the index holds {held}"
        yield Violation(Rule.INDEX, why, (life.listing_id,))
    elif newest.origin != life.origin or not _same(life, newest):
        why = f"the row of {life.listing_id!r} at {life.offset} is not what the inner log says there"
        yield Violation(Rule.INDEX, why, (life.listing_id,))


def _same(life: Life, row: Row) -> bool:
    """Inline pictures are not in the index."""
    return (
        life.listing is not None
        and row.listing is not None
        and row.listing.embedding == life.listing.embedding
        and row.listing.model_copy(update={"image_urls": ()})
        == life.listing.model_copy(update={"image_urls": ()})
    )
