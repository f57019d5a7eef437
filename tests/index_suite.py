"""What every index must do, run against the one in memory, Milvus Lite and a Milvus server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from consumer.errors import IndexFault, IndexMismatch
from consumer.ports.index import Index, IndexIdentity, Row, RowKey
from model.embedded import EmbeddedListing, Embedding
from model.gtin import check_digit

DIMENSION = 8
IDENTITY = IndexIdentity(
    cluster_id="cluster-1",
    topic="listings.embedded",
    topic_id="topic-1",
    shard=0,
    embedding_version="v1",
    dimension=DIMENSION,
)
GTIN = "04006381333931"

HOSTILE_IDS = (
    '"] or true',
    '" or kind >= 0 or "" == "',
    "it's",
    "back\\slash",
    "{vector}",
    "%",
    "_",
    " ",
    "ショップ/αβγ/🧦",
    "a" * 128,
    "é" * 64,
    "wm-0000000000000000001",
)

REFUSED_IDS = ("line\nbreak", "tab\tstop", "\x1b[31m", "a\r\nb")
"""The contract of listings refuses these; a marker of one must do no harm all the same."""

OpenIndex = Callable[..., Index]
"""Opens an index on this test's storage; `identity=` another identity than `IDENTITY`."""


def unit(*numbers: float) -> NDArray[np.float32]:
    """These numbers, then zeros, as a unit vector `float32[DIMENSION]`."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[: len(numbers)] = numbers
    return vector / np.float32(np.linalg.norm(vector))


def live(
    listing_id: str,
    offset: int,
    vector: NDArray[np.float32] | None = None,
    *,
    gtin: str | None = None,
    title: str = "a coat",
    revision: int = 1,
) -> Row:
    fused = unit(1.0) if vector is None else vector
    return Row(
        listing_id=listing_id,
        offset=offset,
        origin=offset,
        timestamp_ms=1_000 + offset,
        listing=EmbeddedListing(
            listing_id=listing_id,
            seller_id="seller",
            revision=revision,
            title=title,
            gtin=gtin,
            embedding=Embedding(vector=fused, numbers=fused),
        ),
    )


def marker(listing_id: str, offset: int, *, timestamp_ms: int | None = None) -> Row:
    when = 1_000 + offset if timestamp_ms is None else timestamp_ms
    return Row(listing_id=listing_id, offset=offset, origin=offset, timestamp_ms=when, listing=None)


def same(found: Row, written: Row) -> bool:
    """Rows hold arrays, which do not compare: their bytes do."""
    ours = written.listing.to_bytes() if written.listing else None
    theirs = found.listing.to_bytes() if found.listing else None
    numbers = (written.key, written.origin, written.timestamp_ms)
    return theirs == ours and (found.key, found.origin, found.timestamp_ms) == numbers


class IndexSuite:
    """A subclass gives the fixture `open_index`; every test reads strongly what it wrote."""

    @pytest.fixture
    def index(self, open_index: OpenIndex) -> Iterator[Index]:
        index = open_index()
        yield index
        index.close()

    def test_an_empty_index_has_nothing(self, index: Index) -> None:
        """A fresh index has no watermark, no rows, no hits, and reads of nothing give nothing."""
        assert index.watermark() is None
        assert index.live_rows() == 0
        assert index.search(unit(1.0)[None], 5, strong=True) == [[]]
        assert index.search(np.empty((0, DIMENSION), np.float32), 5, strong=True) == []
        assert index.rows_of([], strong=True) == {}
        assert index.rows_of(["nobody"], strong=True) == {}
        assert index.by_gtin([], 5, strong=True) == {}
        assert index.by_gtin([GTIN], 5, strong=True) == {}
        assert index.expired_markers(2**40, 5) == []
        index.delete([])

    def test_what_is_written_is_read_back_whole(self, index: Index) -> None:
        """A row comes back with its key, origin, time and every byte of its listing."""
        row = replace(live("a", 7, unit(0.3, -0.2, 0.9), gtin=GTIN, title='ein "Mantel" \\ 外套'), origin=3)
        index.write([row], 8)
        (found,) = index.rows_of(["a"], strong=True)["a"]
        assert same(found, row)

    def test_a_key_written_again_is_replaced(self, index: Index) -> None:
        """The second write of one key leaves one row, the newer."""
        index.write([live("a", 1, unit(1.0), title="first")], 2)
        again = live("a", 1, unit(0.0, 1.0), title="second")
        index.write([again], 2)
        (found,) = index.rows_of(["a"], strong=True)["a"]
        assert same(found, again)
        assert index.live_rows() == 1
        ((hit,),) = index.search(unit(0.0, 1.0)[None], 5, strong=True)
        assert (hit.listing_id, hit.offset) == ("a", 1)
        assert hit.score == pytest.approx(1.0, abs=1e-5)

    def test_of_one_key_twice_in_one_write_the_last_counts(self, index: Index) -> None:
        """Back ends differ in which of the two they keep; the port says the last."""
        last = live("a", 1, unit(0.0, 1.0), title="last")
        index.write([live("a", 1, title="first"), live("b", 2), last], 3)
        assert same(index.rows_of(["a"], strong=True)["a"][0], last)
        assert index.live_rows() == 2

    def test_search_leaves_markers_and_watermarks_out(self, index: Index) -> None:
        """However many markers there are, a search returns live rows only."""
        index.write([marker(f"gone-{number}", number) for number in range(20)] + [live("a", 20)], 21)
        index.write([], 22)
        for probe in (unit(1.0), unit(0.0, 1.0), -unit(1.0)):
            (hits,) = index.search(probe[None], 50, strong=True)
            assert [hit.listing_id for hit in hits] == ["a"]
        assert index.live_rows() == 1

    def test_hits_come_best_first_and_no_more_than_the_limit(self, index: Index) -> None:
        """The nearest by inner product, each query with its own order."""
        index.write([live(f"l{n}", n, unit(np.cos(n / 10), np.sin(n / 10))) for n in range(10)], 10)
        first, last = index.search(np.stack([unit(1.0), unit(np.cos(0.9), np.sin(0.9))]), 3, strong=True)
        assert [hit.listing_id for hit in first] == ["l0", "l1", "l2"]
        assert [hit.listing_id for hit in last] == ["l9", "l8", "l7"]
        assert [hit.score for hit in first] == pytest.approx([np.cos(n / 10) for n in range(3)], abs=1e-5)

    def test_ties_are_ordered_by_listing_and_newest_offset(self, index: Index) -> None:
        """Equal scores come by rising id, and of one listing the newest row first."""
        index.write([live("b", 3), live("a", 1), live("c", 4), live("a", 5)], 6)
        (hits,) = index.search(unit(1.0)[None], 10, strong=True)
        assert [(hit.listing_id, hit.offset) for hit in hits] == [("a", 5), ("a", 1), ("b", 3), ("c", 4)]

    def test_a_limit_past_the_rows_gives_them_all(self, index: Index) -> None:
        """The greatest limit Milvus knows is a limit like any other; one past it is refused."""
        index.write([live(f"l{n}", n) for n in range(5)], 5)
        assert len(index.search(unit(1.0)[None], 16_384, strong=True)[0]) == 5
        for limit in (0, 16_385):
            with pytest.raises(ValueError, match="limit"):
                index.search(unit(1.0)[None], limit, strong=True)

    def test_rows_of_gives_superseded_rows_and_markers_by_rising_offset(self, index: Index) -> None:
        """All rows of a listing come, oldest first, whatever order they were written in."""
        rows = [live("a", 9), live("a", 2), marker("a", 5), live("b", 3)]
        index.write(rows, 10)
        found = index.rows_of(["a", "b", "nobody"], strong=True)
        assert {name: [row.offset for row in of] for name, of in found.items()} == {"a": [2, 5, 9], "b": [3]}
        assert found["a"][1].listing is None

    def test_scan_gives_every_row_of_some_offsets_with_its_vector(self, index: Index) -> None:
        """Live, superseded and markers, however many; the vector is the one that searches compare."""
        vector = unit(0.3, -0.2, 0.9)
        rows = [live("a", 1, vector), live("a", 3), marker("b", 4), live("c", 2**40)]
        index.write(rows, 9)
        scanned = {stored.row.key: stored for stored in index.scan(0, 2**41)}
        assert sorted(scanned) == [RowKey("a", 1), RowKey("a", 3), RowKey("b", 4), RowKey("c", 2**40)]
        assert all(same(scanned[row.key].row, row) for row in rows)
        assert np.array_equal(scanned[RowKey("a", 1)].vector, vector)
        assert [stored.row.offset for stored in index.scan(3, 4)] == [3]
        assert list(index.scan(5, 9)) == []

    def test_by_gtin_finds_live_rows_with_it(self, index: Index) -> None:
        """Rows with one of the GTINs, neither markers nor rows without one, within the limit."""
        zero = "0" * 14
        rows = [live(f"l{n}", n, gtin=GTIN) for n in range(3)]
        index.write([*rows, live("zero", 3, gtin=zero), live("none", 4), marker("gone", 5)], 6)
        found = index.by_gtin([GTIN, "00000000000017"], 10, strong=True)
        assert {gtin: sorted(keys) for gtin, keys in found.items()} == {GTIN: [row.key for row in rows]}
        assert index.by_gtin([zero], 10, strong=True) == {zero: [RowKey("zero", 3)]}

    def test_a_gtin_that_many_share_leaves_room_for_the_others(self, index: Index) -> None:
        """The limit is each one's own, however many rows the neighbour has."""
        bodies = [f"0400638133{number:03}" for number in range(1, 9)]
        numbers = [f"{body}{check_digit(body)}" for body in bodies]
        crowd = [live(f"c{n}", n, gtin=numbers[0]) for n in range(30)]
        index.write([*crowd, *(live(f"l{n}", 30 + n, gtin=gtin) for n, gtin in enumerate(numbers[1:]))], 40)
        found = index.by_gtin(numbers, 2, strong=True)
        assert {gtin: len(keys) for gtin, keys in found.items()} == dict.fromkeys(numbers, 1) | {
            numbers[0]: 2
        }

    def test_deleting_is_idempotent_and_takes_only_its_keys(self, index: Index) -> None:
        """A row goes, its listing's other rows stay, and deleting it again or a stranger is no error."""
        index.write([live("a", 1), live("a", 2), live("b", 3)], 4)
        for _ in range(2):
            index.delete([RowKey("a", 1), RowKey("nobody", 9)])
            assert [row.offset for row in index.rows_of(["a"], strong=True)["a"]] == [2]
            assert index.live_rows() == 2
        (hits,) = index.search(unit(1.0)[None], 10, strong=True)
        assert [(hit.listing_id, hit.offset) for hit in hits] == [("a", 2), ("b", 3)]

    def test_the_greatest_watermark_counts(self, index: Index) -> None:
        """A late write by a fenced process cannot take the watermark back."""
        for noted, greatest in ((0, 0), (5, 5), (12, 12), (7, 12), (12, 12), (100, 100), (3, 100)):
            index.write([], noted)
            assert index.watermark() == greatest

    def test_the_greatest_offset_noted_as_committed_counts(self, open_index: OpenIndex) -> None:
        """It is noted with a write, is none of an empty index, does not go back, and stays after closing."""
        index = open_index()
        assert index.decided() == 0
        for watermark, decided, greatest in ((5, 0, 0), (12, 5, 5), (7, 3, 5), (100, 12, 12), (101, 0, 12)):
            index.write([live("a", watermark)], watermark, decided)
            assert index.decided() == greatest
        index.close()
        again = open_index()
        assert again.decided() == 12
        again.close()

    def test_markers_older_than_a_time_are_found(self, index: Index) -> None:
        """Only markers, only those older, no more than the limit, and never a live row."""
        rows = [marker(f"m{n}", n, timestamp_ms=1_000 * n) for n in range(6)]
        index.write([*rows, live("a", 6)], 7)
        assert sorted(row.offset for row in index.expired_markers(3_000, 10)) == [0, 1, 2]
        assert {row.listing for row in index.expired_markers(3_000, 10)} == {None}
        assert len(index.expired_markers(5_000, 2)) == 2

    def test_hostile_ids_are_ids(self, index: Index) -> None:
        """Quotes, operators, breaks, other scripts and the longest ids neither break nor widen a read."""
        rows = [live(name, offset) for offset, name in enumerate(HOSTILE_IDS)]
        rows += [marker(name, len(rows) + offset) for offset, name in enumerate(REFUSED_IDS)]
        index.write(rows, len(rows))
        for row in rows:
            found = index.rows_of([row.listing_id], strong=True)
            assert list(found) == [row.listing_id]
            assert [same(kept, row) for kept in found[row.listing_id]] == [True]
        (hits,) = index.search(unit(1.0)[None], 50, strong=True)
        assert [hit.listing_id for hit in hits] == sorted(HOSTILE_IDS)
        index.delete([row.key for row in rows[1:]])
        assert index.live_rows() == 1

    def test_what_is_not_a_row_is_refused_before_anything_is_written(self, index: Index) -> None:
        """NaN, a wrong dimension, a long id or another listing's id is our fault, and leaves no trace."""
        good = live("a", 1)
        broken = unit(1.0).copy()
        broken[3] = np.nan
        listing = good.listing
        assert listing is not None
        poisoned = listing.model_copy(
            update={"embedding": listing.embedding.model_copy(update={"vector": broken})}
        )
        short = listing.embedding.model_copy(update={"vector": unit(1.0)[:-1]})
        for bad in (
            replace(good, listing=poisoned),
            replace(good, listing=listing.model_copy(update={"embedding": short})),
            replace(good, listing_id="someone else"),
            marker("a" * 129, 1),
            marker("", 1),
            marker("a", -1),
        ):
            with pytest.raises(ValueError, match=r"finite|shape|holds the listing|bytes|offset"):
                index.write([good, bad], 2)
        with pytest.raises(ValueError, match="finite"):
            index.search(broken[None], 1, strong=True)
        with pytest.raises(ValueError, match="shape"):
            index.search(unit(1.0)[None, :-1], 1, strong=True)
        assert index.live_rows() == 0
        assert index.watermark() is None

    def test_a_row_too_long_for_milvus_is_refused(self, index: Index) -> None:
        """Pictures left in as data: URLs fit no VarChar: that is our fault, and nothing is written."""
        urls = ("data:image/png;base64," + "A" * 40_000,) * 2
        row = live("a", 1)
        assert row.listing is not None
        long = replace(row, listing=row.listing.model_copy(update={"image_urls": urls}))
        with pytest.raises(ValueError, match="data: URLs"):
            index.write([live("b", 2), long], 3)
        assert index.watermark() is None
        assert index.live_rows() == 0

    def test_rows_stay_after_closing(self, open_index: OpenIndex) -> None:
        """An index opened again has rows, hits and watermark; a closed one says so."""
        index = open_index()
        index.write([live("a", 1), marker("b", 2)], 3)
        index.delete([RowKey("b", 2)])
        index.close()
        with pytest.raises(IndexFault, match="open"):
            index.live_rows()
        again = open_index()
        assert again.watermark() == 3
        assert again.live_rows() == 1
        assert list(again.rows_of(["a", "b"], strong=True)) == ["a"]
        assert [hit.listing_id for hit in again.search(unit(1.0)[None], 5, strong=True)[0]] == ["a"]
        again.close()
        again.close()

    def test_an_index_made_for_something_else_is_refused(self, open_index: OpenIndex) -> None:
        """The message names each field that differs, both values, and the command that mends it."""
        open_index().close()
        other = replace(IDENTITY, topic_id="topic-2", embedding_version="v2", dimension=DIMENSION + 1)
        with pytest.raises(IndexMismatch, match="skutwin reindex") as refused:
            open_index(identity=other)
        text = str(refused.value)
        for said in (
            "topic_id",
            "'topic-1'",
            "'topic-2'",
            "embedding_version",
            "'v1'",
            "'v2'",
            "dimension is 8, not 9",
        ):
            assert said in text
        assert "cluster_id" not in text

    def test_dropping_leaves_room_for_another(self, open_index: OpenIndex) -> None:
        """After `drop` the same storage takes an index of another identity, with nothing in it."""
        index = open_index()
        index.write([live("a", 1)], 2)
        index.drop()
        index.close()
        other = open_index(identity=replace(IDENTITY, topic_id="topic-2", dimension=4))
        assert other.watermark() is None
        assert other.live_rows() == 0
        other.close()

    def test_three_thousand_rows_are_all_there(self, index: Index) -> None:
        """Nothing is cut silently: every row is counted, read by listing, found by GTIN and deleted."""
        numbers = np.random.default_rng(7).standard_normal((3_000, DIMENSION)).astype(np.float32)
        vectors = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
        rows = [live(f"l{n % 1_500}", n, vectors[n], gtin=GTIN) for n in range(3_000)]
        index.write(rows, 3_000)
        assert index.live_rows() == 3_000
        assert sorted(stored.row.offset for stored in index.scan(0, 3_000)) == list(range(3_000))
        names = [f"l{n}" for n in range(1_500)]
        found = index.rows_of(names, strong=True)
        assert [[row.offset for row in found[name]] for name in names] == [
            [n, n + 1_500] for n in range(1_500)
        ]
        assert len(index.by_gtin([GTIN], 16_384, strong=True)[GTIN]) == 3_000
        hits = index.search(vectors[::600], 10, strong=True)
        thorough = index.search(vectors[::600], 10, strong=True, thorough=True)
        exact = vectors[::600] @ vectors.T
        for line, all_of, scores, own in zip(hits, thorough, exact, range(0, 3_000, 600), strict=True):
            assert (line[0].offset, len(line)) == (own, 10)
            best = set(np.argsort(-scores)[:10].tolist())
            assert len(best & {hit.offset for hit in line}) >= 8
            assert best == {hit.offset for hit in all_of}
        index.delete([row.key for row in rows[:2_999]])
        assert index.live_rows() == 1
