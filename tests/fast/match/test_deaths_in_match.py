"""A record that kills the matcher: found, set aside, and the log says so for every rebuild to come."""

from __future__ import annotations

from dataclasses import dataclass

from consumer.contracts.events import Kind
from consumer.contracts.inner import InnerVoid, read
from consumer.kafka.memory import MemoryStateReader
from consumer.match.options import MatchOptions
from consumer.ports.index import Row, RowKey
from consumer.ports.records import TopicPartition
from consumer.reindex.reading import ShardLog
from consumer.reindex.rebuild import rebuild
from model.decision.decision import Decision
from model.embedded import EmbeddedListing
from tests.fast.match.world import TOPICS, ColourDecider, World, embedded, pending

SHARD = TopicPartition(TOPICS.embedded, 0)


class Killed(RuntimeError):
    """Stands for the end of a process."""


@dataclass
class FragileDecider(ColourDecider):
    """Dies of a listing with a certain title."""

    def _one(self, a: EmbeddedListing, b: EmbeddedListing) -> Decision:
        if "killer" in {a.title, b.title}:
            raise Killed
        return super()._one(a, b)


def fragile_world() -> World:
    world = World()
    world.decider = FragileDecider()
    return world


def live_until_quiet(world: World) -> int:
    """Processes one after the other, until one is not killed; how many were."""
    for deaths in range(10):
        role = world.process()
        try:
            world.run(role, turns=100)
        except Killed:
            role.close()
        else:
            role.close()
            return deaths
    raise AssertionError("it is killed again and again")


def killer(world: World, listing_id: str, colour: str = "red", revision: int = 2) -> int:
    return world.put(embedded(listing_id, colour, revision=revision, title="killer"))


def rebuilt(world: World) -> dict[RowKey, Row]:
    """What a new index would hold, by the log alone."""
    before = dict(world.store.rows)
    index = world.index()
    index.drop()
    index.open()
    end = world.broker.committed("match", SHARD) or 0
    rebuild(index, ShardLog(lambda: MemoryStateReader(world.broker, [TOPICS.embedded]), SHARD, end))
    found, world.store.rows = dict(world.store.rows), before
    return found


def test_the_record_that_kills_is_set_aside_and_all_others_are_decided() -> None:
    """A dead letter with where and why; twins around it match."""
    world = fragile_world()
    world.put(embedded("a", "red"))
    at = killer(world, "k", "blue")
    world.put(embedded("b", "red"))
    assert live_until_quiet(world) == 4
    (letter,) = world.broker.records(TOPICS.dlq)
    assert letter.header("skutwin.reason") == b"kills_process"
    assert letter.header("skutwin.stage") == b"match"
    assert letter.header("__streams.errors.offset") == b"%d" % at
    assert letter.value == world.broker.records(TOPICS.embedded)[at].value
    assert world.matched() == {("a", "b")}
    assert world.metric("skutwin_dead_letters_total", role="match", reason="kills_process") == 1


def test_a_listing_whose_record_kills_is_off_sale_until_its_next_one() -> None:
    """Its matches are taken back, its row is a marker, and a later revision is judged like any other."""
    world = fragile_world()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    world.run().close()
    assert world.matched() == {("a", "b")}
    at = killer(world, "b")
    live_until_quiet(world)
    assert world.last().popitem()[1].kind is Kind.RETRACTED
    assert world.store.rows[RowKey("b", at)].listing is None
    assert RowKey("b", 1) not in world.store.rows
    world.put(embedded("b", "red", revision=3))
    assert live_until_quiet(world) == 0
    assert world.matched() == {("a", "b")}


def test_a_rebuild_from_the_log_leaves_out_what_killed() -> None:
    """The note in the log makes an index built anew equal to the one that match wrote."""
    world = fragile_world()
    world.put(embedded("a", "red"))
    world.put(embedded("k", "blue"))
    killer(world, "k")
    world.put(embedded("b", "red"))
    live_until_quiet(world)
    notes = [read(record) for record in world.broker.records(TOPICS.embedded)]
    assert [note for note in notes if isinstance(note, InnerVoid)] == [InnerVoid("k", 2)]
    assert rebuilt(world) == world.store.rows
    world.broker.compact(TOPICS.embedded)
    assert rebuilt(world) == world.store.rows


def test_a_newer_revision_behind_the_one_that_kills_stays() -> None:
    """The note is written behind it, and is about the other one only."""
    world = World(options=MatchOptions(batch_size=1, settle_s=30, floor=-1))
    world.decider = FragileDecider()
    world.put(embedded("a", "red"))
    killer(world, "k", revision=1)
    newer = world.put(embedded("k", "red", revision=2))
    live_until_quiet(world)
    assert [letter.key for letter in world.broker.records(TOPICS.dlq)] == [b"k"]
    assert list(world.store.rows) == [RowKey("a", 0), RowKey("k", newer)]
    assert world.matched() == {("a", "k")}
    assert rebuilt(world) == world.store.rows


def test_what_no_one_can_read_is_set_aside_as_well() -> None:
    """A record of the inner log that is no listing and no verdict stops nobody for ever."""
    world = fragile_world()
    world.put(embedded("a", "red"))
    world.broker.produce(TOPICS.embedded, b"foreign", b"{}")
    world.put(embedded("b", "red"))
    for _ in range(10):
        role = world.process()
        try:
            world.run(role, turns=100)
            break
        except ValueError:
            role.close()
    assert [letter.key for letter in world.broker.records(TOPICS.dlq)] == [b"foreign"]
    assert world.matched() == {("a", "b")}


def test_a_retry_that_kills_takes_its_listing_off() -> None:
    """And a stale one, which would have changed nothing, changes nothing."""
    world = fragile_world()
    origin = world.put(embedded("k", "red", pictures=pending()))
    world.put(embedded("a", "red"))
    world.run().close()
    at = world.put(embedded("k", "red", title="killer"), as_of=origin)
    live_until_quiet(world)
    assert world.store.rows[RowKey("k", at)].listing is None
    assert world.matched() == set()
    assert rebuilt(world) == world.store.rows
