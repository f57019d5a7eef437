"""The torture's checker: a sound run passes, and each kind of violation, planted, is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from consumer.contracts.events import Kind, MatchEvent
from consumer.ports.records import Record
from model.embedded import Pictures
from tests.fast.torture.story import Story, Teller, told
from tests.torture.checker.accounts import Accounts
from tests.torture.checker.truth import Search
from tests.torture.history import Rule, WriteKind


@pytest.fixture(scope="module")
def story() -> Story:
    """One run that all tests edit copies of."""
    return told()


def said(record: Record, **changes: object) -> Record:
    """The same event with other fields, and the id that belongs to it."""
    event = MatchEvent.from_bytes(record.value or b"").model_copy(update=changes)
    return replace(record, value=event.to_bytes(), headers=event.headers(0))


def test_a_sound_run_breaks_no_rule(story: Story) -> None:
    """And its writes add up: each is one of live, superseded, deleted, dead-lettered."""
    checked = story.check()
    assert checked.violations == ()
    assert checked.accounts == Accounts(
        live=5, superseded=4, deleted=1, dead_lettered=1, answers=0, stale_retries=1
    )
    assert (len(story.writes), checked.events, checked.truth.decided) == (11, 12, 10)


def test_a_lost_listing_is_found(story: Story) -> None:
    """Acknowledged, and neither embedded nor overtaken nor a dead letter."""
    lost = story.edited("inner", lambda inner: inner.remove(story.row(8)))
    assert Rule.ACCOUNTED in lost.broken()


def test_a_listing_embedded_twice_is_found(story: Story) -> None:
    """The same write, committed a second time."""
    twice = story.edited("inner", lambda inner: inner.append(replace(story.row(8), offset=40)))
    assert Rule.ACCOUNTED in twice.broken()


def test_records_of_a_listing_that_changed_places_are_found(story: Story) -> None:
    """The older one came last, and would be what the listing is."""

    def swap(inner: list[Record]) -> None:
        inner[0], inner[3] = replace(inner[3], offset=0), replace(inner[0], offset=3)

    assert Rule.ORDER in story.edited("inner", swap).broken()


def test_a_record_that_nobody_wrote_is_found(story: Story) -> None:
    """In the inner log, or as a dead letter."""
    invented = replace(story, writes=story.writes[:-1])
    assert Rule.INVENTED in invented.broken()
    letters = story.edited("letters", lambda letters: letters.append(letters[0]))
    unwritten = tuple(write for write in story.writes if write.kind is not WriteKind.POISON)
    assert Rule.INVENTED in replace(letters, writes=unwritten).broken()


def test_a_record_that_says_something_else_is_found(story: Story) -> None:
    """Another title than the one that was written."""
    other = replace(story.writes[0], value=b'{"revision": 1, "title": "blue coat"}')
    assert Rule.INVENTED in replace(story, writes=(other, *story.writes[1:])).broken()


@pytest.mark.parametrize("letters", [0, 2])
def test_poison_without_its_one_dead_letter_is_found(story: Story, letters: int) -> None:
    """None, or two of the same record."""
    changed = story.reads(letters=(story.reading.letters[0],) * letters)
    assert changed.broken() == {Rule.ACCOUNTED}


def test_a_dead_letter_that_is_not_its_record_is_found(story: Story) -> None:
    """Its value was changed on the way."""
    changed = story.reads(letters=(replace(story.reading.letters[0], value=b"}"),))
    assert changed.broken() == {Rule.ACCOUNTED}


def test_a_listing_left_without_its_pictures_is_found() -> None:
    """Its last row still waits for them."""
    teller = Teller()
    teller.lists("a", "red", pictures=Pictures(pending=1))
    assert teller.story().broken() == {Rule.PICTURES}


def test_an_event_id_committed_twice_is_found(story: Story) -> None:
    """The same event again, at another offset."""
    changed = story.edited("matches", lambda matches: matches.append(replace(matches[0], offset=99)))
    assert {Rule.EVENT_ID, Rule.NUMBER} <= changed.broken()


def test_an_event_under_another_id_is_found(story: Story) -> None:
    """A header that is not the hash of what it says."""

    def relabel(matches: list[Record]) -> None:
        matches[0] = replace(matches[0], headers=matches[1].headers)

    assert Rule.EVENT_ID in story.edited("matches", relabel).broken()


def test_a_gap_in_a_pairs_numbers_is_found(story: Story) -> None:
    """An event that a reader never saw."""
    gap = story.edited("matches", lambda matches: matches.pop(story.place("a", "c", 2)))
    assert Rule.NUMBER in gap.broken()


def test_a_match_said_again_is_found(story: Story) -> None:
    """Of the same two rows, under a new number."""

    def repeat(matches: list[Record]) -> None:
        matches.append(replace(said(matches[story.place("a", "b", 2)], number=3), offset=99))

    assert story.edited("matches", repeat).broken() == {Rule.REPEATED}


def test_a_retraction_of_nothing_is_found(story: Story) -> None:
    """Nothing was matched when it came."""

    def retract(matches: list[Record]) -> None:
        place = story.place("a", "c", 3)
        matches.insert(place + 1, said(matches[place], number=4))

    assert Rule.REPEATED in story.edited("matches", retract).broken()


def test_an_event_of_a_revision_that_never_was_is_found(story: Story) -> None:
    """Of its side there is no such row."""

    def forge(matches: list[Record]) -> None:
        place = story.place("c", "d", 1)
        event = MatchEvent.from_bytes(matches[place].value or b"")
        matches[place] = said(matches[place], b=event.b.model_copy(update={"revision": 7}))

    assert Rule.SPOKEN in story.edited("matches", forge).broken()


def test_a_superseded_row_that_speaks_is_found(story: Story) -> None:
    """Rows that were overtaken by others of which the pair has spoken."""

    def late(matches: list[Record]) -> None:
        event = MatchEvent.from_bytes(matches[story.place("a", "b", 1)].value or b"")
        place = story.place("c", "d", 1)
        last = MatchEvent.from_bytes(matches[place].value or b"")
        old = last.model_copy(update={"pair_id": event.pair_id, "number": 3, "a": event.a, "b": event.b})
        matches.append(replace(matches[place], key=event.pair_id.encode(), value=old.to_bytes()))

    assert Rule.SPOKEN in story.edited("matches", late).broken()


@pytest.mark.parametrize(("lag_ms", "excused"), [(60_000, 0), (1_000, 1)])
def test_rows_that_never_counted_together_are_found(story: Story, lag_ms: int, excused: int) -> None:
    """Unless it was said so late that compaction may have taken what was between."""

    def apart(matches: list[Record]) -> None:
        a = MatchEvent.from_bytes(matches[story.place("a", "b", 1)].value or b"").a
        place = story.place("a", "e", 1)
        matches[place] = said(matches[place], a=a)

    checked = story.edited("matches", apart).reads(compaction_lag_ms=lag_ms).check()
    found = [each for each in checked.violations if "never counted together" in each.why]
    assert [each.rule for each in found] == [Rule.SPOKEN] * (1 - excused)
    assert checked.spoken_late == excused


def test_an_event_that_the_artifact_does_not_stand_behind_is_found(story: Story) -> None:
    """It says a probability that the two rows do not have."""

    def other(matches: list[Record]) -> None:
        place = story.place("c", "d", 1)
        matches[place] = said(matches[place], probability=0.5)

    assert story.edited("matches", other).broken() == {Rule.DECIDED}


def test_a_retraction_that_never_came_is_found(story: Story) -> None:
    """A pair ceased to match and is still matched."""
    stays = story.edited("matches", lambda matches: matches.pop(story.place("a", "c", 3)))
    assert Rule.RETRACTION in stays.broken()


def test_a_deleted_listing_that_stays_matched_is_found(story: Story) -> None:
    """The retraction by deletion never came."""
    stays = story.edited("matches", lambda matches: matches.pop(story.place("a", "e", 2)))
    assert stays.broken() == {Rule.GONE}


def test_a_match_of_an_old_row_is_found(story: Story) -> None:
    """The pair still matches, and its last event speaks of a row that was replaced."""
    stays = story.edited("matches", lambda matches: matches.pop(story.place("a", "b", 2)))
    assert stays.broken() == {Rule.TRUTH}


def test_a_match_that_was_never_said_is_found(story: Story) -> None:
    """With room among the neighbours, and beyond the share that an index may miss."""

    def drop(matches: list[Record]) -> None:
        matches.pop(story.place("c", "d", 1))

    missing = story.edited("matches", drop)
    assert missing.broken() == {Rule.MISSED}
    lenient = missing.check(Search(k=20, window=1, missed_share=0.5))
    assert lenient.violations == ()
    assert lenient.truth.missed == 1


def test_a_match_is_excused_only_where_nearer_listings_took_its_place() -> None:
    """Of three twins with k = 1 one pair may be missing; it is counted."""
    teller = Teller()
    for name in ("a", "b", "c"):
        teller.lists(name, "red")
    story = teller.story()
    crowded = story.edited("matches", lambda matches: matches.pop(story.place("b", "c", 1)))
    assert crowded.broken(Search(k=2, window=1)) == {Rule.MISSED}
    checked = crowded.check(Search(k=1, window=1))
    assert checked.violations == ()
    assert checked.truth.crowded == 1


def test_a_review_task_left_open_or_never_made_is_found(story: Story) -> None:
    """Its pair matches by now, or is doubtful and nobody is asked."""
    assert story.reads(reviews=()).broken() == {Rule.REVIEW}
    sure = replace(story, decider=type(story.decider)())
    assert sure.broken() == {Rule.REVIEW}


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (lambda rows: rows.update(a=()), Rule.INDEX),
        (lambda rows: rows.update(a=tuple(replace(row, origin=0) for row in rows["a"])), Rule.INDEX),
        (lambda rows: rows.update(e=(replace(rows["d"][0], listing_id="e"),)), Rule.GONE),
        (lambda rows: rows.update(a=(replace(rows["a"][0], offset=0), *rows["a"])), Rule.SUPERSEDED),
    ],
    ids=["missing", "another origin", "deleted and live", "left behind"],
)
def test_a_wrong_index_is_found(story: Story, edit: Callable[[dict[str, object]], None], rule: Rule) -> None:
    """A row that is missing, wrong, of a deleted listing, or superseded after cleaning."""
    rows: dict[str, object] = dict(story.reading.rows)
    edit(rows)
    assert rule in story.reads(rows=rows).broken()


def test_superseded_rows_are_counted_before_cleaning(story: Story) -> None:
    """They may be there until somebody looks for them, and they are no live listings of their own."""
    rows = dict(story.reading.rows)
    rows["a"] = (replace(rows["a"][0], offset=0), *rows["a"])
    checked = story.reads(rows=rows, cleaned=False, live_rows=6).check()
    assert checked.violations == ()
    assert checked.index.superseded == 1


def test_a_row_that_no_listing_explains_is_found(story: Story) -> None:
    """The index counts more than the listings have."""
    assert story.reads(live_rows=6).broken() == {Rule.INDEX}


def test_a_violation_tells_its_story(story: Story) -> None:
    """The writes, the inner records and the events of the listings concerned."""
    stays = story.edited("matches", lambda matches: matches.pop(story.place("a", "e", 2)))
    (violation,) = stays.check().violations
    told_of = "\n".join(violation.history)
    assert violation.listings == ("a", "e")
    assert "deletion b'e'" in told_of
    assert "inner@10" in told_of
    assert f"number 1 {Kind.MATCHED} of (3, 9)" in told_of
