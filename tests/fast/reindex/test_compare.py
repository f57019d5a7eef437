"""What `skutwin reindex --verify` finds, and `--reconcile` mends, on an index in memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from consumer.errors import IndexFault, Misconfigured
from consumer.index.memory import MemoryIndex
from consumer.kafka.memory import MemoryStateReader
from consumer.ports.index import Index, Row, RowKey
from consumer.ports.records import TopicPartition
from consumer.reindex import compare
from consumer.reindex.compare import Kind, Verified
from consumer.reindex.expected import Difference, Expected
from consumer.reindex.mend import delete_surplus, write_lacking
from consumer.reindex.reading import Progress, ShardLog, silent
from consumer.reindex.rebuild import rebuild
from tests.fast.match.world import GROUP, TOPICS, World, embedded, pending

SHARD = TopicPartition(TOPICS.embedded, 0)


def quiet(_: str, __: int) -> Progress:
    return silent


class Checked:
    """A world whose stream has come to rest, and its index."""

    def __init__(self, scratch: Path) -> None:
        self.world = World()
        self.scratch = scratch
        self.expired_ms = 0

    @property
    def rows(self) -> dict[RowKey, Row]:
        return self.world.store.rows

    def run(self) -> None:
        self.world.run().close()

    def log(self) -> ShardLog:
        end = self.world.broker.committed(GROUP, SHARD) or 0
        return ShardLog(lambda: MemoryStateReader(self.world.broker, [TOPICS.embedded]), SHARD, end)

    @contextmanager
    def open(self) -> Iterator[tuple[MemoryIndex, Expected]]:
        index = self.world.index()
        index.open()
        with closing(Expected(self.scratch)) as expected:
            yield index, expected

    def verify(self, *, window: int = 3) -> Verified:
        """Anew each time."""
        self.scratch.unlink(missing_ok=True)
        with self.open() as (index, expected):
            return self.verified(index, expected, window)

    def verified(self, index: Index, expected: Expected, window: int = 3) -> Verified:
        return compare.verify(index, expected, self.log(), quiet, expired_ms=self.expired_ms, window=window)

    def reconcile(self) -> tuple[int, int]:
        self.scratch.unlink(missing_ok=True)
        with self.open() as (index, expected):
            self.verified(index, expected)
            deleted = delete_surplus(index, expected)
            return deleted, write_lacking(index, expected, self.log(), silent)


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Twelve listings, of which one was changed, one deleted, and one lacked a picture at first."""
    checked = Checked(tmp_path / "scratch.sqlite3")
    world = checked.world
    for number in range(10):
        world.put(embedded(f"l{number}", "red" if number % 2 else "blue"))
    waiting = world.put(embedded("waits", "green", pictures=pending()))
    world.put(embedded("goes", "grey"))
    checked.run()
    world.put(embedded("l3", "grey", revision=2))
    world.delete("goes")
    world.put(embedded("waits", "green"), as_of=waiting)
    checked.run()
    return checked


def stray(listing_id: str, offset: int) -> Row:
    return Row(listing_id, offset, offset, 7, embedded(listing_id, "red"))


def test_an_index_as_match_left_it_is_what_the_log_says(checked: Checked) -> None:
    """Live rows, a retry's row, a marker: nothing differs, whatever the window."""
    for window in (1, 3, 100):
        verified = checked.verify(window=window)
        assert verified.same, verified
        assert verified.listings == 12
        assert verified.offset == verified.reached


def test_each_kind_of_difference_is_found_where_it_is(checked: Checked) -> None:
    """Missing, wrong in a field, wrong in its place, superseded, deleted, unknown."""
    rows = checked.rows
    del rows[RowKey("l1", 1)]
    wrong = rows[RowKey("l2", 2)]
    rows[RowKey("l2", 2)] = replace(wrong, listing=embedded("l2", "blue", title="another title"))
    rows[RowKey("l4", 4)] = replace(rows[RowKey("l4", 4)], origin=3)
    for row in (stray("l3", 3), stray("goes", 11), stray("who", 5), stray("l6", 9)):
        rows[row.key] = row
    verified = checked.verify()
    assert not verified.same
    assert sorted(verified.examples) == sorted(
        [
            Difference(Kind.MISSING, "l1", 1),
            Difference(Kind.WRONG, "l2", 2),
            Difference(Kind.WRONG, "l4", 4),
            Difference(Kind.SUPERSEDED, "l3", 3),
            Difference(Kind.DELETED, "goes", 11),
            Difference(Kind.UNKNOWN, "who", 5),
            Difference(Kind.UNKNOWN, "l6", 9),
        ]
    )


def test_a_vector_that_searches_see_is_compared_as_well(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payload may be right where the vector beside it is not."""
    scan = MemoryIndex.scan
    monkeypatch.setattr(
        MemoryIndex,
        "scan",
        lambda index, start, stop: (
            one._replace(vector=np.roll(one.vector, 1)) if one.row.listing_id == "l5" else one
            for one in scan(index, start, stop)
        ),
    )
    assert checked.verify().examples == [Difference(Kind.WRONG, "l5", 5)]


def test_rows_of_an_aborted_batch_do_not_exist_yet(checked: Checked) -> None:
    """A row past the committed offset is no difference: match will write it again."""
    end = checked.log().end
    checked.rows[RowKey("l1", end)] = stray("l1", end)
    assert checked.verify().same


def test_markers_may_go_when_they_are_old_and_stay_when_their_tombstone_went(checked: Checked) -> None:
    """The marker of a deletion is due until it expires; one that the log knows no more does no harm."""
    marker = next(row for row in checked.rows.values() if row.listing is None)
    del checked.rows[marker.key]
    assert checked.verify().counts == {Kind.MISSING: 1}
    checked.expired_ms = marker.timestamp_ms + 1
    assert checked.verify().same
    checked.rows[marker.key] = marker
    checked.world.broker.compact(TOPICS.embedded, drop_tombstones=True)
    assert checked.verify().same


def test_an_index_behind_the_committed_offset_is_not_the_same(checked: Checked) -> None:
    """Even if no row is missing: match would refuse it."""
    checked.world.store.watermark = 3
    verified = checked.verify()
    assert not verified.counts
    assert not verified.same
    assert checked.reconcile() == (0, 0)
    assert checked.verify().same


@pytest.mark.parametrize("seed", range(8))
def test_reconciling_gives_back_what_match_wrote(checked: Checked, seed: int) -> None:
    """Whatever was lost, changed or added, the rows are the same afterwards, and verify is content."""
    rng = random.Random(seed)
    before = dict(checked.rows)
    end = checked.log().end
    for key in rng.sample(sorted(before), 5):
        del checked.rows[key]
    for key in rng.sample(sorted(checked.rows), 3):
        checked.rows[key] = stray(key.listing_id, key.offset)
    for number in range(6):
        row = stray(rng.choice(["l1", "l3", "goes", "waits", "who", f"new {number}"]), rng.randrange(end))
        if row.key not in before:
            checked.rows[row.key] = row
    checked.reconcile()
    assert checked.rows == before
    assert checked.verify().same


def test_an_empty_index_is_filled_by_reconciling(checked: Checked) -> None:
    """As a rebuild would."""
    before = dict(checked.rows)
    checked.world.store.rows.clear()
    checked.world.store.watermark = None
    assert checked.reconcile() == (0, len(before))
    assert checked.rows == before
    assert checked.world.store.watermark == checked.log().end


def test_a_void_record_is_expected_to_be_a_marker(checked: Checked) -> None:
    """What killed the matcher stays out of the index, by the note in the log; live, it is wrong."""
    world = checked.world
    at = world.put(embedded("l7", "red", revision=2))
    world.void("l7", at)
    world.store.rows[RowKey("l7", at)] = Row("l7", at, at, world.clock.now_ms(), None)
    del world.store.rows[RowKey("l7", 7)]
    world.put(embedded("l8", "red", revision=2))
    checked.run()
    assert checked.verify().same
    right = world.store.rows[RowKey("l7", at)]
    world.store.rows[RowKey("l7", at)] = stray("l7", at)
    assert checked.verify().counts == {Kind.WRONG: 1}
    assert checked.reconcile() == (0, 1)
    assert world.store.rows[RowKey("l7", at)] == right


def test_an_interrupted_verify_goes_on_where_it_was(checked: Checked) -> None:
    """What was found before stays found, and no row is compared twice."""
    del checked.rows[RowKey("l1", 1)]
    with checked.open() as (index, expected):
        broken = Breaking(index, after=2)
        with pytest.raises(IndexFault):
            checked.verified(broken, expected)
        assert expected.noted("compared") == broken.scanned[-1]
    with checked.open() as (index, expected):
        counting = Breaking(index, after=99)
        verified = checked.verified(counting, expected)
        assert counting.scanned[0] == broken.scanned[-1]
    assert verified.counts == {Kind.MISSING: 1}
    assert verified.listings == 12


def test_what_match_did_meanwhile_is_compared_anew(checked: Checked) -> None:
    """Another committed offset makes an interrupted verify forget what it compared, not what it read."""
    del checked.rows[RowKey("l1", 1)]
    with checked.open() as (index, expected), pytest.raises(IndexFault):
        checked.verified(Breaking(index, after=2), expected)
    checked.world.put(embedded("l1", "grey", revision=2))
    checked.run()
    with checked.open() as (index, expected):
        assert checked.verified(index, expected).same


def test_an_interrupted_rebuild_goes_on_at_the_watermark(checked: Checked) -> None:
    """The second run writes only what the first did not come to, and the rows are the same."""
    before = dict(checked.rows)
    index = checked.world.index()
    index.open()
    index.drop()
    index.open()
    half = ShardLog(checked.log().open_reader, SHARD, 8)
    assert rebuild(index, half) == 8
    rest = [record for record in checked.world.broker.records(TOPICS.embedded) if record.offset >= 8]
    assert rebuild(index, checked.log(), start=index.watermark() or 0) == len(rest)
    assert checked.rows == before


def test_what_no_one_can_read_is_left_out(checked: Checked) -> None:
    """Match has set it aside; a rebuild and a verify do not die of it."""
    checked.world.broker.produce(TOPICS.embedded, b"foreign", b"{}")
    checked.world.broker.group(GROUP).committed[SHARD] = checked.log().end + 1
    checked.world.store.watermark = checked.log().end
    assert checked.verify().same


def test_a_scratch_folder_that_cannot_be_written_is_the_operators_to_mend(tmp_path: Path) -> None:
    """Said with the setting that names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="SKUTWIN_CACHE_DIR"):
        Expected(tmp_path / "file" / "scratch.sqlite3")


class Breaking:
    """An index that fails after some scans, and tells where they began."""

    def __init__(self, index: MemoryIndex, after: int) -> None:
        self._index, self._left = index, after
        self.scanned: list[int] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)

    def scan(self, start: int, stop: int) -> object:
        self.scanned.append(start)
        self._left -= 1
        if self._left < 0:
            raise IndexFault("gone")
        return self._index.scan(start, stop)
