"""What a catalogue's titles say of one another: which words tell a product from its variants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from model.data.labelled import LabelledListing
from model.text import fold

_EDGES = "\"'()[]{}.,;:!?|-+*/\u2013\u2014\u2026"
_COMMON = 0.002  # of the products: over this a word names a kind of thing, under it a thing


def folded_words(title: str) -> frozenset[str]:
    """A title's words as they are compared: folded, without the marks at their edges."""
    return frozenset(word for token in fold(title).split() if (word := token.strip(_EDGES)))


@dataclass(frozen=True)
class TitleWords:
    """Word counts of a catalogue.

    Attributes:
        products: how many.
        frequency: of each word, how many products' titles hold it.
        telling: of each (store, variant group), the words that some of its products' titles have and others
            do not.
        named: of each (store, folded title, folded colour), how many products are called so.
    """

    products: int
    frequency: Mapping[str, int]
    telling: Mapping[tuple[str, str], frozenset[str]]
    named: Mapping[tuple[str, str, str], int]

    @classmethod
    def of(cls, rows: Iterable[LabelledListing]) -> TitleWords:
        """Count the titles of `rows`."""
        words: dict[tuple[str, str], set[str]] = defaultdict(set)
        groups: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        named: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for row in rows:
            if row.listing.title is None:
                continue
            product = row.store, row.product_id
            words[product] |= folded_words(row.listing.title)
            groups[row.store, row.variant_group].add(product)
            named[_name(row)].add(row.product_id)
        frequency: dict[str, int] = defaultdict(int)
        for said in words.values():
            for word in said:
                frequency[word] += 1
        telling = {
            group: _not_shared([words[product] for product in products])
            for group, products in groups.items()
            if len(products) > 1
        }
        return cls(
            len(words), dict(frequency), telling, {name: len(products) for name, products in named.items()}
        )

    def naming(self, rows: Iterable[LabelledListing]) -> TitleWords:
        """The same, of a catalogue that also has these rows; of their words nothing is counted."""
        return replace(self, named={**self.named, **TitleWords.of(rows).named})

    def tells(self, row: LabelledListing) -> frozenset[str]:
        """The words that tell the row's product from its variants; empty where it has none."""
        return self.telling.get((row.store, row.variant_group), frozenset())

    def is_rare(self, word: str) -> bool:
        """Whether so few products' titles hold this folded word that it names them."""
        return self.frequency.get(word, 0) <= max(2.0, _COMMON * self.products)

    def names_one(self, row: LabelledListing) -> bool:
        """Whether no other product of the store has this title and colour: words alone tell it."""
        return row.listing.title is not None and self.named.get(_name(row), 1) == 1


def _not_shared(titles: list[set[str]]) -> frozenset[str]:
    return frozenset(set().union(*titles) - titles[0].intersection(*titles))


def _name(row: LabelledListing) -> tuple[str, str, str]:
    return row.store, fold(row.listing.title or ""), fold(row.listing.colour or "")
