"""Titles that say brand and kind alone, as some shops write all of theirs: "Acme Hoodies", forty times over.

Where titles have words of their own, a decider learns that pictures need not tell much. In such a shop they
are all there is, and its many hoodies are offered as each other's candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from model.data.labelled import LabelledListing
from model.data.title_words import folded_words
from model.lexicon import KINDS
from model.text import fold, fold_brand

_SHELF = 2  # products that a shelf holds at least: one by itself would be named by its brand and kind


def plainly_titled(
    rows: Iterable[LabelledListing], *, share: float, seed: int
) -> tuple[LabelledListing, ...]:
    """The rows in order, those of some shelves called by brand and kind alone; colours go with the words.

    A shelf is what a store has of one brand and kind; all of it is called so or nothing. Listings without
    pictures or brand keep their titles, and so does who says neither category nor a kind that is known.

    Args:
        rows: listings with pictures or without.
        share: of the shelves.
        seed: draws them.
    """
    rows = tuple(rows)
    named = [_plain_title(row) for row in rows]
    products: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row, title in zip(rows, named, strict=True):
        if title is not None:
            products[_shelf(row, title)].add(row.product_id)
    drawn = {
        shelf
        for shelf, held in products.items()
        if len(held) >= _SHELF and Random(f"{seed}:shelf:{shelf}").random() < share
    }
    return tuple(
        row if title is None or _shelf(row, title) not in drawn else _called(row, title)
        for row, title in zip(rows, named, strict=True)
    )


def _shelf(row: LabelledListing, title: str) -> tuple[str, str]:
    return row.store, fold(title)


def _plain_title(row: LabelledListing) -> str | None:
    """Brand and kind; None where there is nothing to call it by, or nothing else to know it by."""
    seen = row.listing
    kind = (seen.category or "").split("/")[-1].strip() or _kind_in(seen.title)
    if kind is None or seen.brand is None or not row.pictures:
        return None
    return kind if fold_brand(seen.brand) in fold_brand(kind) else f"{seen.brand} {kind}"


def _kind_in(title: str | None) -> str | None:
    known = sorted(word for word in folded_words(title or "") if word in KINDS)
    return known[0].capitalize() if known else None


def _called(row: LabelledListing, title: str) -> LabelledListing:
    return replace(row, listing=row.listing.model_copy(update={"title": title, "colour": None}))
