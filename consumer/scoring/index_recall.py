"""How much of the exact neighbourhood the approximate index finds, on the very vectors that are evaluated."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from consumer.ports.index import Index, IndexIdentity, Row
from model.embedded import EmbeddedListing
from model.evaluation.search import nearest, unit_rows

NEIGHBOURS = 20
_MOST_ROWS = 20_000
_MOST_QUERIES = 2_000
_BATCH = 256
_TIE = 1e-5  # a hit as near as the last exact one is as good


@dataclass(frozen=True)
class IndexRecall:
    """The index against exact search.

    Attributes:
        recall: share of the exact `k` nearest that it returned, or others just as near.
        k: neighbours a query.
        queries: how many were asked.
        listings: how many it held.
    """

    recall: float
    k: int
    queries: int
    listings: int


def index_recall(listings: Sequence[EmbeddedListing], seed: int = 0) -> IndexRecall | None:
    """Load the listings' vectors into Milvus Lite, in a folder that goes again; None for fewer than two.

    At most 20,000 are loaded and 2,000 asked for, drawn by the seed.

    Raises:
        IndexFault: Milvus Lite fails.
    """
    from consumer.index.milvus import MilvusIndex  # noqa: PLC0415 (slow to import)

    if len(listings) < 2:
        return None
    chosen = np.random.default_rng(seed).permutation(len(listings))[:_MOST_ROWS]
    held = [
        listings[place].model_copy(update={"listing_id": f"listing-{number}", "image_urls": ()})
        for number, place in enumerate(chosen)
    ]
    dimension = len(held[0].embedding.vector)
    with tempfile.TemporaryDirectory(prefix="skutwin-recall-") as folder:
        identity = IndexIdentity("evaluation", "evaluation", "evaluation", 0, "evaluation", dimension)
        index = MilvusIndex(str(Path(folder) / "index.db"), identity, collection="skutwin_evaluation")
        index.open()
        try:
            for start in range(0, len(held), _BATCH):
                rows = [
                    Row(one.listing_id, number, number, 0, one)
                    for number, one in enumerate(held[start : start + _BATCH], start)
                ]
                index.write(rows, start + len(rows))
            return recall_of(index, np.stack([one.embedding.vector for one in held]))
        finally:
            index.close()


def recall_of(index: Index, vectors: NDArray[np.float32]) -> IndexRecall:
    """Ask an open index that holds `listing-0` to `listing-(n-1)` with float32[n, d] for their neighbours."""
    k = min(NEIGHBOURS, len(vectors) - 1)
    unit = unit_rows(vectors)
    _, cosines = nearest(unit, k)
    queries = np.arange(len(vectors))[:_MOST_QUERIES]
    found = 0
    for start in range(0, len(queries), _BATCH):
        asked = queries[start : start + _BATCH]
        for query, hits in zip(asked, index.search(vectors[asked], k + 1, strong=True), strict=True):
            places = [int(hit.listing_id.removeprefix("listing-")) for hit in hits]
            others = np.array([place for place in places if place != query][:k], np.int64)
            found += int((unit[others] @ unit[query] >= cosines[query, -1] - _TIE).sum())
    return IndexRecall(found / (len(queries) * k), k, len(queries), len(vectors))
