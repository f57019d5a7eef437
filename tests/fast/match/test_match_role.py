"""The match role on a broker and an index in memory."""

from __future__ import annotations

import pytest

from consumer.contracts.events import Kind
from consumer.contracts.inner import InnerVerdict
from consumer.contracts.pairs import Pair
from consumer.contracts.retry import RetryRequest
from consumer.contracts.reviews import ReviewTask, Verdict
from consumer.errors import Fenced, IndexMismatch, TransactionAborted
from consumer.kafka.memory import Moment
from consumer.match.options import MatchOptions, SameSeller
from consumer.ports.index import Row, RowKey
from model.decision.decision import Source
from tests.fast.match.world import TOPICS, ColourDecider, World, embedded, pending


def test_twins_in_one_batch_match_once() -> None:
    """Two equal listings that arrive together give one event."""
    world = World()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    world.put(embedded("c", "blue"))
    world.run()
    assert [(e.kind, e.a.listing_id, e.b.listing_id, e.number) for e in world.events()] == [
        (Kind.MATCHED, "a", "b", 1)
    ]


def test_a_twin_that_the_index_does_not_show_yet_is_found_in_memory() -> None:
    """Rows written lately are searched in memory while the index still hides them."""
    world = World(visible_after_s=20)
    role = world.process()
    world.put(embedded("a", "red"))
    world.run(role)
    world.clock.advance(40)  # no strong reads any more
    world.put(embedded("b", "blue"))
    world.run(role)
    world.clock.advance(1)
    world.put(embedded("c", "blue"))
    world.run(role)
    assert world.matched() == {("b", "c")}


def test_a_pair_that_ceases_to_match_is_retracted() -> None:
    """An update that makes twins different takes the match back."""
    world = World()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    role = world.run()
    world.put(embedded("b", "blue", revision=2))
    world.run(role)
    assert [(e.kind, e.number, e.b.revision) for e in world.events()] == [
        (Kind.MATCHED, 1, 1),
        (Kind.RETRACTED, 2, 2),
    ]


def test_a_deletion_takes_its_matches_back_with_the_fields_last_said() -> None:
    """The retraction still names the deleted listing's title."""
    world = World()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    role = world.run()
    gone = world.delete("a")
    world.run(role)
    event = world.events()[-1]
    assert (event.kind, event.source) == (Kind.RETRACTED, Source.DELETION)
    assert (event.a.title, event.a.origin) == ("red shirt", gone)
    assert world.store.rows[RowKey("a", gone)].listing is None


def test_a_price_update_says_the_match_again_of_the_new_revision() -> None:
    """A matched pair's event names the revisions that match now."""
    world = World()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red", price="10", currency="EUR"))
    role = world.run()
    world.put(embedded("b", "red", revision=2, price="12", currency="EUR"))
    world.run(role)
    assert [(e.number, e.b.revision, str(e.b.price)) for e in world.events()] == [(1, 1, "10"), (2, 2, "12")]


def test_equal_offsets_of_another_inner_log_are_not_taken_for_said() -> None:
    """A topic made anew begins at offset 0 again; what it says of new revisions is said."""
    before, after = World(), World()
    before.put(embedded("a", "red"))
    before.put(embedded("b", "red"))
    before.run()
    for record in before.broker.records(TOPICS.matches):
        after.broker.produce(TOPICS.matches, record.key, record.value, record.headers)
    after.put(embedded("a", "red"))
    after.put(embedded("b", "red", revision=2))
    after.run()
    assert [(e.number, e.b.revision) for e in after.events()] == [(1, 1), (2, 2)]


def test_superseded_rows_are_deleted_after_the_commit() -> None:
    """The index keeps one row a listing."""
    world = World()
    world.put(embedded("a", "red"))
    role = world.run()
    newest = world.put(embedded("a", "blue", revision=2))
    world.run(role)
    assert list(world.store.rows) == [("a", newest)]


def test_a_listing_is_no_twin_of_itself() -> None:
    """Its own older row is no candidate."""
    world = World()
    world.put(embedded("a", "red"))
    role = world.run()
    world.put(embedded("a", "red", revision=2))
    world.run(role)
    assert world.events() == []


@pytest.mark.parametrize("moment", [Moment.BEGIN, Moment.AFTER_PRODUCE, Moment.BEFORE_COMMIT])
def test_an_aborted_transaction_is_polled_again(moment: Moment) -> None:
    """An abort leaves nothing visible, and the batch is decided again by the same process."""
    world = World()
    struck: list[Moment] = []

    def strike(now: Moment) -> None:
        if now is moment and not struck:
            struck.append(now)
            raise TransactionAborted("struck")

    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    world.run(world.process(strike))
    assert struck
    assert [e.number for e in world.events()] == [1]


@pytest.mark.parametrize("moment", list(Moment))
def test_a_crash_anywhere_in_the_commit_loses_and_doubles_nothing(moment: Moment) -> None:
    """A successor that finds rows of an aborted batch says each event once."""
    world = World()

    def die(now: Moment) -> None:
        if now is moment:
            raise KeyboardInterrupt

    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    victim = world.process(die)
    with pytest.raises(KeyboardInterrupt):
        world.run(victim)
    victim._ports.source.expel()  # type: ignore[attr-defined]
    world.run()
    assert [(e.kind, e.number) for e in world.events()] == [(Kind.MATCHED, 1)]


def test_the_rows_of_an_aborted_batch_do_not_exist_yet() -> None:
    """[a red], crash after the index write of [a blue, b red]: judged one by one, b first meets the red a."""
    world = World()
    role = world.run()
    world.put(embedded("a", "red"))
    world.run(role)
    world.put(embedded("b", "red"))
    late = world.put(embedded("a", "blue", revision=2))
    index = world.index()
    index.open()
    index.write([Row("a", late, late, 0, embedded("a", "blue", revision=2))], late)
    role._options = MatchOptions(batch_size=1, floor=-1)
    world.run(role)
    assert [e.kind for e in world.events()] == [Kind.MATCHED, Kind.RETRACTED]


def test_a_fenced_process_writes_nothing_and_ends() -> None:
    """When a successor has opened the shard's id, the old owner's commit is refused."""
    world = World()
    old = world.process()
    old.turn()
    old.turn()
    old._ports.source.expel()  # type: ignore[attr-defined]
    new = world.run()
    assert new.active_shards == [0]
    world.put(embedded("a", "red"))
    sink = next(iter(old._held.values())).assignment.sink
    with pytest.raises(Fenced):
        sink.commit([], {("x", 0): 1}, old._ports.source)  # type: ignore[dict-item]


def test_a_stand_by_follows_and_takes_over() -> None:
    """After the first process leaves, the second retracts what the first one matched."""
    world = World()
    first, second = world.process(), world.process()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    for _ in range(10):
        first.turn()
        second.turn()
    active, standby = (first, second) if first.active_shards else (second, first)
    assert standby.active_shards == []
    active.close()
    world.put(embedded("b", "blue", revision=2))
    world.run(standby)
    assert [e.kind for e in world.events()] == [Kind.MATCHED, Kind.RETRACTED]


def test_who_slept_through_a_takeover_knows_what_was_said_meanwhile() -> None:
    """It reads its successor's events before it learns of its loss, and counts on from them later."""
    world = World()
    sleeper = world.run()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    world.run(sleeper)
    sleeper._ports.source.expel()  # type: ignore[attr-defined]
    other = world.process()
    world.put(embedded("b", "blue", revision=2))
    world.run(other)
    sleeper.turn()  # follows first, and then hears that the shard is no longer its own
    other._ports.source.expel()  # type: ignore[attr-defined]
    world.put(embedded("b", "red", revision=3))
    world.run(sleeper)
    assert [(e.number, e.kind) for e in world.events()] == [
        (1, Kind.MATCHED),
        (2, Kind.RETRACTED),
        (3, Kind.MATCHED),
    ]


def test_an_index_behind_the_committed_offset_is_refused() -> None:
    """Rows that were lost are noticed, and the message names the command that mends it."""
    world = World()
    world.put(embedded("a", "red"))
    world.run().close()
    world.store.clear()
    with pytest.raises(IndexMismatch, match="skutwin reindex --shard 0"):
        world.run()


def test_an_incomplete_listing_is_asked_for_again_and_takes_nothing_back() -> None:
    """Pictures missing for now: a retry is requested, and a match is not retracted by the lack of them."""
    world = World()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    role = world.run()
    lacking = world.put(embedded("b", "blue", revision=2, pictures=pending()))
    world.run(role)
    assert [e.kind for e in world.events()] == [Kind.MATCHED]
    request = RetryRequest.from_bytes(world.broker.records(TOPICS.retry)[0].value or b"")
    assert (request.as_of, request.attempt) == (lacking, 1)
    world.put(embedded("b", "blue", revision=2), as_of=lacking)
    world.run(role)
    assert [e.kind for e in world.events()] == [Kind.MATCHED, Kind.RETRACTED]


def test_a_retry_that_comes_too_late_says_nothing_and_leaves_the_log() -> None:
    """A newer record overtook it: it is stale, and its key is closed."""
    world = World()
    first = world.put(embedded("a", "red", pictures=pending()))
    role = world.run()
    world.put(embedded("a", "blue", revision=2))
    world.put(embedded("b", "red"))
    world.put(embedded("a", "red"), as_of=first)
    world.run(role)
    assert world.matched() == set()
    assert world.metric("skutwin_stale_retries_total") == 1
    world.broker.compact(TOPICS.embedded, drop_tombstones=True)
    keys = [record.key or b"" for record in world.broker.records(TOPICS.embedded)]
    assert sorted(keys) == [b"a", b"b"]


def test_a_rebuild_from_the_compacted_log_finds_a_listing_whose_last_record_is_a_retry() -> None:
    """The retry stands on a record that compaction keeps, so an empty index takes both in."""
    world = World()
    first = world.put(embedded("a", "grey", pictures=pending()))
    world.put(embedded("a", "red", pictures=pending(1)), as_of=first)
    world.put(embedded("a", "red"), as_of=first)
    world.put(embedded("b", "red"))
    world.run().close()
    said = world.events()
    world.broker.compact(TOPICS.embedded, drop_tombstones=True)
    world.store.clear()
    world.broker.group("match").committed.clear()
    world.run()
    assert world.events() == said
    assert {key.listing_id for key in world.store.rows} == {"a", "b"}
    assert world.store.rows[RowKey("a", first + 2)].listing == embedded("a", "red")


def test_an_equal_gtin_is_a_candidate_however_far_away() -> None:
    """GTIN partners come from the index although the search would not offer them."""
    world = World(options=MatchOptions(batch_size=8, floor=0.99))
    world.put(embedded("a", "red", gtin="4006381333931"))
    role = world.run()
    world.put(embedded("b", "grey", gtin="4006381333931"))
    world.run(role)
    assert [(e.kind, e.source) for e in world.events()] == [(Kind.MATCHED, Source.GTIN)]


@pytest.mark.parametrize("rows_in_memory", [0, 100])
def test_a_gtin_that_too_many_share_offers_so_many_and_is_counted(rows_in_memory: int) -> None:
    """Whether the index or memory knows the others: an operator sees that matches may be missed."""
    options = MatchOptions(batch_size=8, floor=0.99, gtin_cap=3, settle_s=0, rows_in_memory=rows_in_memory)
    world = World(options=options)
    for number in range(5):
        world.put(embedded(f"old {number}", "red", gtin="4006381333931"))
    role = world.run()
    world.clock.advance(1)
    said, capped = len(world.events()), world.metric("skutwin_k_cap_hits_total")
    world.put(embedded("new", "grey", gtin="4006381333931"))
    world.run(role)
    assert len(world.events()) == said + 3
    assert world.metric("skutwin_k_cap_hits_total") == capped + 1


def test_a_gtin_that_the_model_keeps_doubting_is_named_once() -> None:
    """Over-shared GTINs raise an alarm; the decisions stay what rows and artifact say."""
    world = World()
    world.decider.doubts_gtins = True
    for number, colour in enumerate(("red", "blue", "green", "grey") * 2):
        world.put(embedded(f"l{number}", colour, gtin="4006381333931"))
    world.run()
    assert len(world.matched()) == 28
    assert world.metric("skutwin_doubted_gtins_total") == 1


def test_hubs_are_asked_for_again_until_k_distinct_listings_are_found() -> None:
    """Rows that were superseded but not deleted yet do not crowd out live neighbours."""
    world = World(options=MatchOptions(batch_size=64, k=5, k_cap=64, floor=0.5))
    for number in range(12):
        world.put(embedded(f"l{number:02}", "red"))
    role = world.run()
    world.put(embedded("zz", "red"))
    world.run(role)
    assert len([event for event in world.events() if "zz" in event.pair]) == 5
    assert world.metric("skutwin_k_cap_hits_total") == 0


def test_superseded_rows_in_the_index_hide_no_twin_behind_farther_rows_in_memory() -> None:
    """What memory offers beside a search that was cut short may fill k places and be farther away."""
    world = World(options=MatchOptions(batch_size=8, k=2, floor=-1))
    world.put(embedded("twin", "green", colour="grey"))
    stale = [world.put(embedded("moved", "grey", revision=number)) for number in range(1, 8)]
    world.put(embedded("moved", "red", revision=8))
    role = world.run()
    world.clock.advance(40)
    world.put(embedded("far", "red"))
    world.put(embedded("away", "blue"))
    world.run(role)
    late = [Row("moved", offset, offset, 0, embedded("moved", "grey")) for offset in stale]
    frozen = world.index()  # a process that slept until now
    frozen.open()
    frozen.write(late, 0)
    world.put(embedded("new", "grey"))
    world.run(role)
    assert ("new", "twin") in world.matched()


def test_a_batch_that_owes_too_many_events_is_cut_and_nothing_is_lost() -> None:
    """Halves are decided one after the other."""
    world = World(options=MatchOptions(batch_size=64, max_events=3, floor=-1))
    for number in range(5):
        world.put(embedded(f"l{number}", "red"))
    world.run()
    assert len(world.matched()) == 10
    assert len(world.events()) == len({event.event_id() for event in world.events()})


def test_a_doubtful_pair_is_put_before_a_person_and_withdrawn_when_it_is_clear() -> None:
    """A task is written once, and taken back by a null."""
    world = World()
    world.decider = ColourDecider(review=frozenset({"grey"}))
    world.put(embedded("a", "red"))
    world.put(embedded("b", "grey"))
    role = world.run()
    world.put(embedded("b", "blue", revision=2))
    world.run(role)
    tasks = world.broker.records(TOPICS.reviews)
    assert [record.value is None for record in tasks] == [False, True]


def _verdict(world: World, answer: str) -> None:
    task = ReviewTask.from_bytes(world.broker.records(TOPICS.reviews)[-1].value or b"")
    verdict = Verdict.model_validate(
        {
            "pair_id": task.pair_id,
            "a": task.a.listing_id,
            "b": task.b.listing_id,
            "seen_a": task.a.seen,
            "seen_b": task.b.seen,
            "answer": answer,
            "reviewer": "ann",
            "decided_at": "2026-01-01T00:00:00Z",
        }
    )
    out = InnerVerdict(task.pair_id, verdict).to_record(TOPICS.embedded, 0)
    world.broker.produce(out.topic, out.key, out.value, out.headers, partition=0)


def test_a_verdict_outranks_the_model_until_what_was_seen_changes() -> None:
    """A price may change under a verdict; a title may not."""
    world = World()
    world.decider = ColourDecider(review=frozenset({"grey"}))
    world.put(embedded("a", "red", price="1", currency="EUR"))
    world.put(embedded("b", "grey"))
    role = world.run()
    _verdict(world, "same")
    world.run(role)
    world.put(embedded("a", "red", revision=2, price="2", currency="EUR"))
    world.run(role)
    world.put(embedded("a", "red", revision=3, title="another shirt"))
    world.run(role)
    assert [(e.kind, e.source) for e in world.events()] == [
        (Kind.MATCHED, Source.REVIEW),
        (Kind.MATCHED, Source.REVIEW),
        (Kind.RETRACTED, Source.MODEL),
    ]


def test_a_verdict_against_a_match_survives_a_takeover() -> None:
    """The answer is in the pair's newest event, so a new process knows it."""
    world = World()
    world.decider = ColourDecider(review=frozenset({"grey"}))
    world.put(embedded("a", "red"))
    world.put(embedded("b", "grey"))
    role = world.run()
    _verdict(world, "different")
    world.run(role).close()
    world.decider = ColourDecider()
    world.put(embedded("a", "red", revision=2, price="3", currency="EUR"))
    world.run()
    last = world.last()[Pair("a", "b")]
    assert (last.kind, last.verdict is not None and last.verdict.reviewer) == (Kind.RETRACTED, "ann")
    assert len(world.events()) == 1


def test_same_seller_pairs_are_flagged_or_ignored() -> None:
    """By default they are reported with a flag."""
    seen = []
    for policy in SameSeller:
        world = World(options=MatchOptions(floor=-1, same_seller=policy))
        world.put(embedded("a", "red", seller_id="s"))
        world.put(embedded("b", "red", seller_id="s"))
        world.run()
        seen.append([event.same_seller for event in world.events()])
    assert seen == [[True], []]


def test_markers_and_their_pairs_go_after_their_time() -> None:
    """A deletion is forgotten once nobody can still need it."""
    world = World()
    world.put(embedded("a", "red"))
    world.put(embedded("b", "red"))
    role = world.run()
    world.delete("a")
    world.run(role)
    world.clock.advance(8 * 86_400)
    world.run(role)
    assert [key.listing_id for key in world.store.rows] == ["b"]
    assert world.broker.latest(TOPICS.matches) == {}


def test_events_of_a_replay_have_the_same_bytes() -> None:
    """Two worlds with the same log write the same events, byte for byte."""
    written = []
    for batch_size in (1, 8):
        world = World(options=MatchOptions(batch_size=batch_size, floor=-1))
        world.put(embedded("a", "red"))
        world.put(embedded("b", "red"))
        world.put(embedded("c", "red"))
        world.run()
        written.append({(r.key, r.value, r.headers) for r in world.broker.records(TOPICS.matches)})
    assert written[0] == written[1]
