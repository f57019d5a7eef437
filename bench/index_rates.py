"""How fast each index writes, searches and reads, beside one matrix product in numpy, in one run.

    python bench/index_rates.py [--rows 20000] [--milvus http://127.0.0.1:19530]

Absolute times belong to a machine; the ratios to numpy carry over. Vectors are clustered (one product, a few
listings), as embeddings are; what lies under the floor is near-random and matters to nobody.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from consumer.index.milvus import MilvusIndex
from consumer.ports.index import Index, IndexIdentity, Row
from model.embedded import EmbeddedListing, Embedding

DIMENSION = 192
BATCH = 256
NEIGHBOURS = 20
ROUNDS = 5


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--milvus", help="a server to measure too")
    options = arguments.parse_args()
    vectors = _clustered(options.rows)
    queries = vectors[np.random.default_rng(2).integers(0, len(vectors), 128)]
    exact_s = _median(lambda: _exact(queries, vectors))
    print(f"{options.rows} rows of {DIMENSION} numbers, 128 queries a search, {NEIGHBOURS} neighbours")
    print(f"numpy: search {exact_s * 1e3:.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        _measure("lite", str(Path(folder) / "index.db"), vectors, queries, exact_s)
    if options.milvus:
        _measure("server", options.milvus, vectors, queries, exact_s)


def _measure(
    name: str, uri: str, vectors: NDArray[np.float32], queries: NDArray[np.float32], exact_s: float
) -> None:
    identity = IndexIdentity("bench", "bench", "bench", 0, "bench", DIMENSION)
    index = MilvusIndex(uri, identity, collection="skutwin_bench", budget_s=300.0, call_timeout_s=60.0)
    index.open()
    rows = [_row(number, vector) for number, vector in enumerate(vectors)]
    started = time.perf_counter()
    slowest = 0.0
    for start in range(0, len(rows), BATCH):
        before = time.perf_counter()
        index.write(rows[start : start + BATCH], start + BATCH)
        slowest = max(slowest, time.perf_counter() - before)
    wrote_s = time.perf_counter() - started
    print(f"{name}: write {len(rows) / wrote_s:.0f} rows/s, slowest batch of {BATCH} {slowest * 1e3:.0f} ms")
    usual_s = _median(lambda: index.search(queries, NEIGHBOURS, strong=False))
    strong_s = _median(lambda: index.search(queries, NEIGHBOURS, strong=True))
    print(f"{name}: search, usual: {usual_s * 1e3:.0f} ms, {usual_s / exact_s:.1f} x numpy")
    print(f"{name}: search, strong: {strong_s * 1e3:.0f} ms, {strong_s / exact_s:.1f} x numpy")
    for floor in (0.5, -1.0):
        print(
            f"{name}: recall@{NEIGHBOURS} of those over {floor} {_recall(index, queries, vectors, floor):.4f}"
        )
    names = [f"listing-{number}" for number in range(0, len(rows), max(1, len(rows) // 1_000))][:1_000]
    read_s = _median(lambda: index.rows_of(names, strong=False))
    print(f"{name}: rows of {len(names)} listings {read_s * 1e3:.0f} ms")
    payloads = [row.listing.to_bytes() for row in rows[: len(names)] if row.listing]
    parse_s = _median(lambda: [EmbeddedListing.from_bytes(payload) for payload in payloads])
    print(f"{name}: of which parsing them {parse_s * 1e3:.0f} ms")
    print(f"{name}: count {_median(index.live_rows) * 1e3:.0f} ms")
    index.drop()
    index.close()


def _clustered(rows: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((max(1, rows // 3), DIMENSION))
    chosen = centres[rng.integers(0, len(centres), rows)]
    vectors = (chosen + 0.25 * rng.standard_normal((rows, DIMENSION))).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _row(number: int, vector: NDArray[np.float32]) -> Row:
    listing = EmbeddedListing(
        listing_id=f"listing-{number}",
        seller_id=f"seller-{number % 50}",
        revision=1,
        title=f"A knitted cardigan in merino wool, number {number}",
        image_urls=tuple(f"https://pictures.example/{number}/{picture}.jpg" for picture in range(3)),
        embedding=Embedding(vector=vector, image=vector, text=vector, numbers=vector),
    )
    return Row(listing.listing_id, number, number, number, listing)


def _exact(queries: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.argpartition(-(queries @ vectors.T), NEIGHBOURS, axis=1)[:, :NEIGHBOURS]


def _recall(index: Index, queries: NDArray[np.float32], vectors: NDArray[np.float32], floor: float) -> float:
    """Of the true neighbours with a cosine over the floor, the share that the index gives."""
    best = _exact(queries, vectors)
    found = index.search(queries, NEIGHBOURS, strong=True)
    shared = total = 0
    for query, hits, line in zip(queries, found, best, strict=True):
        near = {number for number in line.tolist() if float(query @ vectors[number]) >= floor}
        shared += len(near & {hit.offset for hit in hits})
        total += len(near)
    return shared / total


def _median(run: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    return float(np.median(times))


if __name__ == "__main__":
    main()
