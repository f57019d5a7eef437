"""Step 4: which listings a changed one is judged against."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from consumer.contracts.pairs import Pair
from consumer.match.newest import NewestRows
from consumer.match.options import MatchOptions
from consumer.match.pair_state import PairState
from consumer.match.probe import Probed, RecallProbe
from consumer.match.recent import RecentRows
from consumer.ports.clock import Clock
from consumer.ports.index import Hit, Index, Row
from model.gtin import GtinKind, gtin_kind

_SLACK = 4  # rows that may be superseded or self, asked for on top of k


@dataclass(slots=True)
class Candidates:
    """The pairs of one batch that will be judged.

    Attributes:
        pairs: each once.
        rank: of a pair that a search offered, the place among the neighbours, from 0.
        top: cosine of a changed listing's nearest other listing, of those that have one over the floor.
        by_source: how many each way offered.
        capped: searches that ended at their cap, with neighbours left above the floor or others of the GTIN.
        probed: what repeating some of the searches showed.
    """

    pairs: set[Pair] = field(default_factory=set)
    rank: dict[Pair, int] = field(default_factory=dict)
    top: dict[str, float] = field(default_factory=dict)
    by_source: dict[str, int] = field(default_factory=dict)
    capped: int = 0
    probed: Probed = field(default_factory=Probed)

    def add(self, one: str, other: str, source: str) -> None:
        """A pair that `source` offers; self is no candidate."""
        if one != other:
            self.pairs.add(Pair.of(one, other))
            self.by_source[source] = self.by_source.get(source, 0) + 1


class CandidateSearch:
    """Neighbours, equal GTINs and partners of the listings that a batch changed."""

    def __init__(
        self, index: Index, recent: RecentRows, pairs: PairState, options: MatchOptions, clock: Clock
    ) -> None:
        self._index, self._recent, self._pairs, self._options = index, recent, pairs, options
        self._probe = RecallProbe(index, clock, options.probe_share)

    def find(self, rows: Mapping[str, Row], newest: NewestRows, *, strong: bool) -> Candidates:
        """The candidates of all rows of a batch; every listing named has been read into `newest`."""
        found = Candidates()
        for listing_id in rows:
            for partner in self._pairs.partners(listing_id):
                found.add(listing_id, partner, "pairs")
        live = [row for row in rows.values() if row.listing is not None]
        self._add_gtins(found, live, strong=strong)
        newest.read({listing_id for pair in found.pairs for listing_id in pair})
        self._add_neighbours(found, live, newest, strong=strong)
        return found

    def _add_gtins(self, found: Candidates, live: Sequence[Row], *, strong: bool) -> None:
        wanted: dict[str, list[str]] = {}
        for row in live:
            gtin = row.listing.gtin if row.listing is not None else None
            if gtin is not None and gtin_kind(gtin) is GtinKind.GLOBAL:
                wanted.setdefault(gtin, []).append(row.listing_id)
        if not wanted:
            return
        others = self._with_gtins(wanted, strong=strong)
        for gtin, ids in wanted.items():
            partners = others.get(gtin, [])
            found.capped += len(ids) * (len(partners) > self._options.gtin_cap)
            for listing_id in ids:
                for partner in partners:
                    found.add(listing_id, partner, "gtin")

    def _with_gtins(self, gtins: Collection[str], *, strong: bool) -> dict[str, list[str]]:
        """By GTIN the listings that have it, or lately had: the one that asks, and others up to the cap."""
        limit = self._options.gtin_cap + 1
        others: dict[str, set[str]] = {}
        if not self._recent.whole:
            for gtin, keys in self._index.by_gtin(gtins, limit, strong=strong).items():
                others.setdefault(gtin, set()).update(key.listing_id for key in keys)
        for row in self._recent.with_gtin(gtins):
            if row.listing is not None and row.listing.gtin is not None:
                others.setdefault(row.listing.gtin, set()).add(row.listing_id)
        return {gtin: sorted(ids)[:limit] for gtin, ids in others.items()}

    def _add_neighbours(
        self,
        found: Candidates,
        live: Sequence[Row],
        newest: NewestRows,
        *,
        strong: bool,
    ) -> None:
        limit = self._options.k + _SLACK
        wanting = list(live)
        while wanting:
            offers = self._search(found, wanting, limit, newest, strong=strong)
            at_cap = limit >= self._options.k_cap
            again = []
            for row, (hits, complete) in zip(wanting, offers, strict=True):
                if complete or at_cap:
                    found.capped += not complete
                    self._take(found, row, hits)
                else:
                    again.append(row)
            wanting, limit = again, min(limit * 4, self._options.k_cap)

    def _search(
        self,
        found: Candidates,
        rows: Sequence[Row],
        limit: int,
        newest: NewestRows,
        *,
        strong: bool,
    ) -> list[tuple[list[tuple[Hit, str]], bool]]:
        """For each row its distinct live neighbours (and who offered them), and whether there are no others.

        A side that was cut short may hold more down to the score of its last hit: one full of superseded rows
        is no reason to take farther ones of the other side.
        """
        vectors = np.stack([row.listing.embedding.vector for row in rows if row.listing is not None])
        in_index: list[list[Hit]] = [[] for _ in rows]
        in_memory = self._recent.search(vectors, limit)
        if not self._recent.whole:
            in_index = self._index.search(vectors, limit, strong=strong)
            probed = self._probe.probe(vectors, in_index, in_memory, limit, strong=strong)
            found.probed = Probed(*map(sum, zip(found.probed, probed, strict=True)))
        newest.read({hit.listing_id for hits in (*in_index, *in_memory) for hit in hits})
        offers = []
        for row, stored, late in zip(rows, in_index, in_memory, strict=True):
            hits = self._distinct(row, stored, late, newest)
            farthest = hits[self._options.k - 1][0].score if len(hits) >= self._options.k else -np.inf
            complete = all(
                len(side) < limit or side[-1].score < self._options.floor or side[-1].score <= farthest
                for side in (stored, late)
            )
            offers.append((hits[: self._options.k], complete))
        return offers

    def _distinct(
        self, row: Row, stored: Collection[Hit], late: Collection[Hit], newest: NewestRows
    ) -> list[tuple[Hit, str]]:
        """Hits on the newest, live row of another listing, best first, each listing once."""
        best: dict[str, tuple[Hit, str]] = {}
        for source, hits in (("recent", late), ("index", stored)):
            for hit in hits:
                current = newest.get(hit.listing_id)
                counts = current is not None and current.listing is not None and current.offset == hit.offset
                if counts and hit.listing_id != row.listing_id and hit.score >= self._options.floor:
                    best.setdefault(hit.listing_id, (hit, source))
        return sorted(best.values(), key=lambda offer: (-offer[0].score, offer[0].listing_id))

    def _take(self, found: Candidates, row: Row, hits: Sequence[tuple[Hit, str]]) -> None:
        for rank, (hit, source) in enumerate(hits):
            found.add(row.listing_id, hit.listing_id, source)
            found.rank.setdefault(Pair.of(row.listing_id, hit.listing_id), rank)
        if hits:
            found.top[row.listing_id] = hits[0][0].score
