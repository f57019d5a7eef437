"""`dlq replay` sends a letter again only if it is still the last word on its listing, and once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.contracts.dead_letter import REPLAYED_FROM
from consumer.deadletters.replay import DELETED, Known, replay_dead_letters
from consumer.deadletters.report import Refusal, ReplayReport
from consumer.errors import RecordFault
from consumer.kafka.memory import MemoryBroker, MemoryStateReader
from consumer.ports.records import OutRecord, Record
from model.strict_json import canonical
from tests.fast.clocks import HandClock
from tests.fast.deadletters.letters import letter_of

DLQ, LISTINGS = "listings.dlq", "listings"
TTL_S = 7 * 86_400.0


class World:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker(self.clock)
        self.broker.create_topic(DLQ, 2)
        self.broker.create_topic(LISTINGS, 3)
        self.known: dict[str, Known] = {}
        self.asked: set[str] = set()
        self.waited: list[float] = []

    def say(
        self, key: str, revision: int | None = 1, *, headers: tuple[tuple[str, bytes], ...] = ()
    ) -> Record:
        value = None if revision is None else canonical({"listing_id": key, "revision": revision})
        return self.broker.produce(LISTINGS, key.encode(), value, headers)

    def refuse(self, record: Record, reason: str = "bad_gtin", *, max_bytes: int = 1_000_000) -> None:
        letter = letter_of(record, fault=RecordFault(reason, "why"), max_bytes=max_bytes)
        self.broker.produce(DLQ, letter.key, letter.value, letter.headers)

    def open(self, topics: Sequence[str]) -> MemoryStateReader:
        return MemoryStateReader(self.broker, topics)

    def write(self, record: OutRecord) -> None:
        self.broker.produce(
            record.topic, record.key, record.value, record.headers, partition=record.partition
        )

    def current(self, listing_ids: Collection[str]) -> Mapping[str, Known]:
        self.asked |= set(listing_ids)
        return {key: said for key, said in self.known.items() if key in listing_ids}

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.advance(seconds)

    def replay(
        self, *, reason: str | None = None, dry_run: bool = False, rate: float | None = None
    ) -> ReplayReport:
        return replay_dead_letters(
            self.open,
            self.write,
            self.current,
            self.clock,
            dlq=DLQ,
            listings=LISTINGS,
            marker_ttl_s=TTL_S,
            reason=reason,
            dry_run=dry_run,
            rate=rate,
            pause=self.pause,
        )

    def last(self, key: str) -> Record:
        return [record for record in self.broker.records(LISTINGS) if record.key == key.encode()][-1]


@pytest.fixture
def world() -> World:
    return World()


def test_a_letter_goes_back_where_it_came_from_with_its_bytes(world: World) -> None:
    """Same partition, key, value and own headers; one header says which letter it was."""
    bad = world.say("a1", 3, headers=(("traceparent", b"00-ab"),))
    world.refuse(bad)
    report = world.replay()
    assert (report.replayed, report.refused) == (1, {})
    sent = world.last("a1")
    assert sent.offset > bad.offset
    assert (sent.partition, sent.value) == (bad.partition, bad.value)
    (name,) = [value for header, value in sent.headers if header == REPLAYED_FROM]
    assert name.startswith(b"listings.dlq/")
    assert sent.headers == (("traceparent", b"00-ab"), (REPLAYED_FROM, name))


def test_a_letter_is_not_sent_twice(world: World) -> None:
    """A second run finds the first one's record in the topic, however often it is asked."""
    world.refuse(world.say("a1"))
    assert world.replay().replayed == 1
    for _ in range(2):
        report = world.replay()
        assert (report.replayed, report.refused) == (0, {Refusal.REPLAYED: 1})


def test_a_replay_cut_short_goes_on_where_it_stopped(world: World) -> None:
    """After a failure in mid-way the next run sends the rest and nothing again."""
    for key in ("a", "b", "c"):
        world.refuse(world.say(key))
    write, sent = world.write, 0

    def breaks(record: OutRecord) -> None:
        nonlocal sent
        if sent == 2:
            raise ConnectionError
        sent += 1
        write(record)

    world.write = breaks  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        world.replay()
    world.write = write  # type: ignore[method-assign]
    report = world.replay()
    assert (report.replayed, report.refused) == (1, {Refusal.REPLAYED: 2})


@pytest.mark.parametrize("revision", [4, 2, None], ids=["newer", "older by number", "deleted"])
def test_a_letter_with_a_later_record_is_superseded(world: World, revision: int | None) -> None:
    """What its producer said since, a deletion among them, is not overwritten, whatever its revision."""
    world.refuse(world.say("a1", 3))
    later = world.say("a1", revision)
    report = world.replay()
    assert (report.replayed, report.refused) == (0, {Refusal.SUPERSEDED: 1})
    assert world.last("a1").offset == later.offset


def test_of_two_letters_of_one_listing_the_last_is_sent(world: World) -> None:
    """The first is superseded by the record that became the second."""
    world.refuse(world.say("a1", 3))
    second = world.say("a1", 4)
    world.refuse(second)
    report = world.replay()
    assert (report.replayed, report.refused) == (1, {Refusal.SUPERSEDED: 1})
    assert world.last("a1").value == second.value


def test_a_replayed_record_that_is_bad_again_can_be_sent_again_once(world: World) -> None:
    """Its new letter is a new chance; the old letter stays spent."""
    world.refuse(world.say("a1"))
    world.replay()
    world.refuse(world.last("a1"))
    report = world.replay()
    assert (report.replayed, report.refused) == (1, {Refusal.REPLAYED: 1})


@pytest.mark.parametrize(
    ("known", "refused"),
    [(4, {Refusal.OLDER: 1}), (3, {}), (2, {}), (DELETED, {Refusal.DELETED: 1}), (None, {})],
)
def test_what_is_known_of_the_listing_counts(
    world: World, known: Known | None, refused: dict[Refusal, int]
) -> None:
    """Older than, or deleted in, the index: refused. The same or newer, or unknown: sent."""
    world.refuse(world.say("a1", 3))
    if known is not None:
        world.known["a1"] = known
    report = world.replay()
    assert (report.replayed, dict(report.refused)) == (0 if refused else 1, refused)
    assert world.asked == {"a1"}


def test_a_value_without_a_legible_revision_goes_by_its_place(world: World) -> None:
    """Nothing later in the topic, so it is the last word, even where the index knows an earlier one."""
    world.refuse(world.broker.produce(LISTINGS, b"a1", b"no json"))
    world.known["a1"] = 3
    assert world.replay().replayed == 1


def test_a_letter_older_than_the_markers_is_refused(world: World) -> None:
    """Nothing tells whether its listing was deleted since; its own time counts, not the letter's."""
    bad = world.say("a1")
    world.clock.advance(TTL_S + 1)
    world.refuse(bad)
    report = world.replay()
    assert (report.replayed, report.refused) == (0, {Refusal.TOO_OLD: 1})


def test_letters_that_cannot_go_back_are_refused_by_why(world: World) -> None:
    """From another topic, cut off, without a usable key, of no use to anyone."""
    world.refuse(Record("match-verdicts", 0, 0, world.clock.now_ms(), b"p1", b"{}"))
    world.refuse(world.broker.produce(LISTINGS, b"a1", b"x" * 50_000), max_bytes=10_000)
    for key in (None, b"", b"\xff", b"k" * 129):
        world.refuse(Record(LISTINGS, 0, 0, world.clock.now_ms(), key, b"{}"))
    world.broker.produce(DLQ, b"k", b"stranger")
    report = world.replay()
    assert report.replayed == 0
    assert report.refused == {Refusal.OTHER_TOPIC: 1, Refusal.TRUNCATED: 1, Refusal.BAD_KEY: 4}
    assert report.unreadable == 1


def test_a_filter_lets_only_its_reason_pass(world: World) -> None:
    """The others are counted and stay to be replayed later."""
    world.refuse(world.say("a1"), "bad_gtin")
    world.refuse(world.say("a2"), "not_json")
    report = world.replay(reason="bad_gtin")
    assert (report.replayed, report.filtered) == (1, 1)
    assert world.replay(reason="not_json").replayed == 1


def test_a_dry_run_decides_and_sends_nothing(world: World) -> None:
    """The figures are those of the real run that follows."""
    world.refuse(world.say("a1"))
    world.refuse(world.say("a2", 1))
    world.say("a2", 2)
    before = len(world.broker.records(LISTINGS))
    dry = world.replay(dry_run=True)
    assert len(world.broker.records(LISTINGS)) == before
    real = world.replay()
    assert (dry.replayed, dry.refused) == (real.replayed, real.refused) == (1, {Refusal.SUPERSEDED: 1})
    assert "dry run" in str(dry.table().title)


def test_a_rate_is_kept(world: World) -> None:
    """Five records at two a second take two seconds."""
    for number in range(5):
        world.refuse(world.say(f"a{number}"))
    world.replay(rate=2.0)
    assert sum(world.waited) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="positive"):
        world.replay(rate=0.0)


def test_a_deletion_that_was_refused_is_sent_as_a_deletion(world: World) -> None:
    """A null value stays null."""
    world.refuse(world.say("a1", None))
    assert world.replay().replayed == 1
    assert world.last("a1").value is None


_STEPS = st.lists(
    st.tuples(st.sampled_from(["say", "bad", "delete", "replay", "compact"]), st.sampled_from("ab")),
    max_size=14,
)


@pytest.mark.thorough
@settings(max_examples=60)
@given(_STEPS)
def test_a_replay_never_takes_the_place_of_what_was_said_later(steps: list[tuple[str, str]]) -> None:
    """Whatever the order of good and bad records, deletions, replays and compaction: each key's last record
    holds what its producer said last, and no letter is sent twice.
    """
    world = World()
    said: dict[str, bytes | None] = {}
    for revision, (step, key) in enumerate([*steps, ("replay", "a")]):
        if step == "replay":
            world.replay()
        elif step == "compact":
            world.broker.compact(LISTINGS)
        else:
            record = world.say(key, None if step == "delete" else revision)
            said[key] = record.value
            if step == "bad":
                world.refuse(record)
    assert {key: world.last(key).value for key in said} == said
    sent = [record.header(REPLAYED_FROM) for record in world.broker.records(LISTINGS)]
    names = [name for name in sent if name is not None]
    assert len(names) == len(set(names))
